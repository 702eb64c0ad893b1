"""Django's users decide who may open Order Sync's pages."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections
from django.http import HttpRequest
from starlette.responses import RedirectResponse, Response


def staff(request: Any) -> str | Response | None:
    """The name of a user of the staff; None for other users; strangers are sent to Django's login.

    It is called in a thread, so the ORM may be used. ``request`` is Starlette's.
    """
    close_old_connections()
    try:
        asked = HttpRequest()
        sessions = import_module(settings.SESSION_ENGINE)
        asked.session = sessions.SessionStore(request.cookies.get(settings.SESSION_COOKIE_NAME))
        user = get_user(asked)  # also ends sessions of an old password
        if not user.is_authenticated:
            return RedirectResponse(f"{settings.LOGIN_URL}?{urlencode({'next': request.url.path})}", 302)
        return str(user.get_username()) if user.is_active and user.is_staff else None
    finally:
        close_old_connections()
