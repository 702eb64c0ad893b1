"""A page of this project's own."""

from __future__ import annotations

from django.apps import apps
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@staff_member_required
def records(request: HttpRequest) -> HttpResponse:
    """What became of every order, for the staff."""
    sync = apps.get_app_config("orders").sync
    return render(request, "orders/records.html", {"records": sync.records()})
