"""With --json stdout is one document, whatever a plugin prints while the command runs."""

from __future__ import annotations

import json

from tests.e2e.conftest import LIVE, SINCE
from tests.fakes.outside import install, with_path

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
