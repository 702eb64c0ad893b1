"""Settings are changed while workers are in the middle of a call."""

from __future__ import annotations

import pytest

from order_sync.sandbox import Fault
from tests.faults.accounts import account_of, settled
from tests.faults.harness import connect, opened, wait_for


@pytest.mark.parametrize("where", ["/inventory", "/orders"])
def test_an_order_under_way_is_bought_with_what_it_began_with_when_its_connection_is_changed(tmp_path, sandbox, where):
    with opened(tmp_path) as sync:
        connect(sync, sandbox, supplier__timeout_s="20")
        order = sandbox.shopify.add_order([("B00760004", 2), ("B00760003", 1)])
        slow = Fault("cut_before", method="GET", path_contains="/inventory", delay_s=1.0)
        sandbox.supplier.faults.add(slow if where == "/inventory" else Fault("delay", path_contains=where, delay_s=1.0))
        service = sync.service(workers=2, look_every_s=1.0)
        with service:
            wait_for(lambda: any(where in r.path for r in sandbox.supplier.requests), "the call is under way")
            sync.change_settings("main", {"notify_customer": False})
            sync.connect("main", secrets={"supplier.api_key": sandbox.credentials()["api_key"]})
            sync.built("main")
            wait_for(lambda: settled(sandbox, sync), lambda: str(account_of(sandbox, sync)))
        states = [entry.state for record in sync.records("main") for entry in sync.history(record)]
        assert "held" not in states
        assert len(sandbox.supplier.orders_for(f"DEMO-{sandbox.shopify.orders[order].number}")) == 1
