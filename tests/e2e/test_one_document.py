"""What the terminal shows when plugins talk, are missing, or fail where no command expects it."""

from __future__ import annotations

import json

from tests.e2e.conftest import LIVE, SINCE
from tests.fakes.outside import install, with_path

SHOP = ("--set", "source.shop=demo.myshopify.com", "--secret", "source.token=env:TOKEN")
GIVEN = (*SHOP, "--set", "supplier.account=1")
TALKS = """
from order_sync.plugins import hookimpl

ORDER_SYNC_HOOK_API = 1


@hookimpl
def order_placed(record):
    print("placed", record.order_name)


@hookimpl
def adjust_plan(plan):
    print("asked")
"""

FAILS = """
from order_sync.adapters.memory import InMemoryGateway
from order_sync.core.model.supplier_order import Capabilities
from order_sync.plugins import Field, Supplier, SupplierPlugin, hookimpl


FIELDS = (Field("account", "Account", "Any", required=True),)


class Profiles:
    def fetch_profiles(self, email):
        raise KeyError("s3cret-word")


@hookimpl
def register_suppliers(register):
    gateway = InMemoryGateway(capabilities=Capabilities(payment_profiles=True))
    register(SupplierPlugin("fails", "Fails", lambda context: Supplier(gateway, Profiles()), FIELDS))
"""


def test_what_hooks_print_while_orders_are_bought_is_not_in_the_answer(installation, sandbox, tmp_path):
    install(tmp_path / "site", "talks", TALKS)
    installation.environment = with_path(installation.environment, tmp_path / "site")
    sandbox.shopify.add_order([("B00760004", 1)])
    installation.set_up(*LIVE)
    document = json.loads(installation.run("sync", "main", *SINCE, "--json"))
    assert [record["state"] for record in document["records"]] == ["placed"]
    assert "asked" in installation.errors and "placed #1001" in installation.errors


def test_a_command_that_is_not_there_names_the_plugins_that_are_not_loaded(installation, tmp_path):
    install(tmp_path / "site", "broken", "raise RuntimeError('no')")
    installation.environment = with_path(installation.environment, tmp_path / "site")
    installation.run("stock-report", code=2)
    assert "No such command" in installation.errors and "broken (RuntimeError: no" in installation.errors
    installation.run("--safe-mode", "stock-report", code=2)
    assert "safe mode" in installation.errors


def test_a_defect_of_a_plugin_ends_with_its_name_and_place_and_not_with_what_it_says(installation, tmp_path):
    install(tmp_path / "site", "fails", FAILS)
    installation.environment = {**with_path(installation.environment, tmp_path / "site"), "TOKEN": "t" * 20}
    installation.run("connect", "other", "--source", "shopify", "--supplier", "fails", *GIVEN)
    for json_or_not in ((), ("--json",)):
        assert installation.run("profiles", "other", "--email", "buyer@example.com", *json_or_not, code=1) == ""
        assert "The plugin 'fails' failed with KeyError in fails, line" in installation.errors
        assert "Report it to the plugin's author" in installation.errors
        assert "Traceback" not in installation.errors and "s3cret-word" not in installation.errors
