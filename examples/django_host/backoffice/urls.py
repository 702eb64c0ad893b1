"""Django's own addresses. Those of Order Sync are beside them: see asgi.py."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from orders.views import records

urlpatterns = [path("admin/", admin.site.urls), path("records/", records)]
