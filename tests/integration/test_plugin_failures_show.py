"""A plugin whose hook fails is seen: by the doctor, and at /metrics."""

from __future__ import annotations

from order_sync import OrderSync
from order_sync.plugins import hookimpl
from tests.faults.harness import connect


class Broken:
    @hookimpl
    def adjust_plan(self, plan):
        raise RuntimeError("Dana Quill, 418 Larch Ave")


def test_a_hook_that_fails_is_counted_and_told_by_the_doctor_and_orders_are_bought(tmp_path, sandbox):
    with OrderSync(home=tmp_path, environment={}, plugins=[("broken", Broken())]) as sync:
        numbers = sync.observed()
        connect(sync, sandbox)
        sandbox.shopify.add_order([("B00760004", 2)])
        sync.sync("main")
        assert len(sandbox.supplier.orders) == 1
        checks = {check.name: check for check in sync.doctor("main")}
        assert checks["plugin broken"].status == "warn"
        assert "adjust_plan failed 1 times" in checks["plugin broken"].detail
        text = numbers.render().decode()
        assert 'order_sync_plugin_failures_total{hook="adjust_plan",plugin="broken"} 1.0' in text
        assert "Dana" not in text + checks["plugin broken"].detail
