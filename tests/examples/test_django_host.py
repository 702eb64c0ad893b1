"""The Django host of the examples, beside the simulated shop and supplier."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.examples.hosts import EXAMPLES, hosted
from tests.faults.harness import ROOT, environment, post, wait_for

PASSWORD = "correct horse battery"
PREPARE = f"""
import json, sys, types
import django
django.setup()
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from tests.faults.harness import connect
call_command("migrate", verbosity=0)
User.objects.create_user("quill", password={PASSWORD!r}, is_staff=True)
outsider = Client()
outsider.force_login(User.objects.create_user("larch"))
credentials = json.load(sys.stdin)
sync = apps.get_app_config("orders").sync
connect(sync, types.SimpleNamespace(credentials=lambda: credentials))
sync.close()
print(outsider.cookies["sessionid"].value)
"""
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture
def told(tmp_path):
    path = f"{ROOT}:{EXAMPLES / 'django_host'}"
    given = {"BACK_OFFICE_KEY": "k" * 40, "BACK_OFFICE_DATA": str(tmp_path), "PYTHONPATH": path}
    return {**given, "DJANGO_SETTINGS_MODULE": "backoffice.settings"}


@pytest.fixture
def python(told, tmp_path):
    def run(*arguments: str, **more) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=environment(tmp_path, **told),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            **more,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def outsider(python, sandbox):
    """Everything is made; the session of a user who is not of the staff."""
    return python("-c", PREPARE, input=json.dumps(sandbox.credentials())).strip()


def log_in(client, name):
    form = client.get("/admin/login/")
    told = {"csrfmiddlewaretoken": _CSRF.search(form.text)[1], "username": name, "password": PASSWORD}
    return client.post("/admin/login/", data=told, headers={"Referer": str(client.base_url)})


def test_an_order_flows_from_the_shop_to_the_supplier_beside_django(outsider, sandbox, told, tmp_path, python):
    with hosted("django_host", tmp_path, "backoffice.asgi:application", **told) as client:
        hook = str(client.base_url).rstrip("/") + "/order-sync"
        assert post(hook, sandbox.shopify.webhook("orders/paid", sandbox.shopify.add_order([("B00760004", 2)]))) == 200
        stranger = client.get("/order-sync/orders")
        assert stranger.status_code == 302
        assert stranger.headers["location"] == "/admin/login/?next=%2Forder-sync%2Forders"
        assert client.get("/records/").status_code == 302
        assert log_in(client, "quill").status_code == 302
        wait_for(lambda: "#1001: placed" in client.get("/records/").text, "it is bought, and Django's own page says so")
        page = client.get("/order-sync/orders")
        assert page.status_code == 200 and "#1001" in page.text
        assert client.get("/order-sync/health").text == "ok"
        client.cookies.clear()
        assert client.get("/order-sync/orders", headers={"Cookie": f"sessionid={outsider}"}).status_code == 401
        assert client.get("/order-sync/orders").status_code == 302

    sandbox.shopify.add_order([("B00760004", 1)])  # nothing runs: cron finds it
    said = python(str(EXAMPLES / "django_host" / "manage.py"), "order_sync", "main")
    assert "#1002 placed" in said
    assert len(sandbox.supplier.orders) == 2
