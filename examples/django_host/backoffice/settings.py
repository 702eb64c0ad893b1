"""Settings of the project, from the environment where they differ from place to place."""

from __future__ import annotations

import os
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ["BACK_OFFICE_KEY"]
ALLOWED_HOSTS = os.environ.get("BACK_OFFICE_HOSTS", "127.0.0.1 localhost").split()
DEBUG = False
USE_TZ = True

ORDER_SYNC_HOME = Path(os.environ.get("BACK_OFFICE_DATA", BASE / "data"))
"""The ledger is here. Connections, their settings and their secrets are in Django's database."""
ORDER_SYNC_WORKERS = 4

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ORDER_SYNC_HOME / "django.sqlite3",
        # the page and the workers write at the same time: they wait for one another
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "orders",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "backoffice.urls"
STATIC_URL = "/static/"
LOGIN_URL = "/admin/login/"
