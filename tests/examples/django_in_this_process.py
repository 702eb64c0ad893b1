"""The Django host's settings store, for tests that call it: Django is set up once in a process."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from typing import Any

from tests.examples.hosts import EXAMPLES

PROJECT = EXAMPLES / "django_host"


def an_empty_store() -> Any:
    """The store over empty tables."""
    _set_up()
    from orders.models import StoredConnection, StoredSecret
    from orders.store import DjangoSettingsStore

    StoredConnection.objects.all().delete()
    StoredSecret.objects.all().delete()
    return DjangoSettingsStore()


def give_connections_back() -> None:
    """Close what this thread opened."""
    from django.db import connections

    connections.close_all()


def _set_up() -> None:
    from django.apps import apps

    if apps.ready:
        return
    import django
    from django.core.management import call_command

    sys.path.insert(0, str(PROJECT))
    os.environ.setdefault("BACK_OFFICE_KEY", "a key for tests only")
    folder = tempfile.mkdtemp(prefix="order-sync-django-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["BACK_OFFICE_DATA"] = folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    django.setup()
    call_command("migrate", verbosity=0)
