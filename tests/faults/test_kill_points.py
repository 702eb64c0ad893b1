"""kill -9 at every named point between two effects, then another process: every order is bought once."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from order_sync import OrderSync
from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.sandbox import Fault
from tests.faults.installation import wait_for
from tests.faults.kill_points import CLAIM, EFFECTS, FOUND, KILL_POINTS, READ, KillPoint, Scene

DOOMED = Path(__file__).with_name("doomed.py")
PIECES = {"B00760004": 2, "B00760005": 1}


class Stage:
    """An installation with one paid order, prepared for a scene."""

    def __init__(self, home: Path, sandbox, scene: Scene) -> None:
        self.home, self.sandbox, self.scene = home, sandbox, scene
        credentials = sandbox.credentials()
        with self.open() as sync:
            sync.connect(
                "main",
                source="shopify",
                supplier="ssactivewear",
                settings={
                    "source.shop": credentials["shop"],
                    "source.base_url": credentials["shopify_base_url"],
                    "supplier.account": credentials["account"],
                    "supplier.base_url": credentials["supplier_base_url"],
                    "supplier.settle_s": "0.2",
                    "supplier.timeout_s": "5",
                },
                secrets={"source.token": credentials["token"], "supplier.api_key": credentials["api_key"]},
            )
            sync.change_settings("main", {"enabled": True, "auto_fulfillment": True, "test_order": False})
            self.order_id = sandbox.shopify.add_order(list(PIECES.items()))
            self._prepare(sync)

    def open(self) -> OrderSync:
        return OrderSync(home=self.home, environment={})

    def _prepare(self, sync: OrderSync) -> None:
        if self.scene is Scene.DOUBT:
            self.sandbox.supplier.faults.add(Fault("cut_after", method="POST"))
        if self.scene in (Scene.BUY, Scene.DOUBT):
            self._hint(sync, EventKind.LOOK)
        if self.scene in (Scene.SHIP, Scene.ERASE, Scene.EXPORT):
            sync.handle_new_order("main", self.order_id)
        if self.scene is Scene.SHIP:
            for order in self.sandbox.supplier.orders:
                self.sandbox.supplier.ship(order["orderNumber"])
        if self.scene is Scene.ERASE:
            self._hint(sync, EventKind.ERASE_PERSON)
        if self.scene is Scene.EXPORT:
            self._hint(sync, EventKind.EXPORT_PERSON)

    def _hint(self, sync: OrderSync, kind: EventKind) -> None:
        order_id = self.order_id if kind is EventKind.LOOK else ""
        event = ShopEvent("test", kind, "1", order_id=order_id, order_ids=(self.order_id,), reference="7")
        sync.container.inbox().add([("main", event)], now=sync.container.clock().now())

    def play(self, point: KillPoint | None = None) -> subprocess.Popen[str]:
        """The scene in a process of its own."""
        arguments = [sys.executable, str(DOOMED), str(self.home), self.scene, *([point.name] if point else [])]
        return subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def survive(self) -> None:
        """What another process makes of what was left."""
        with self.open() as sync, sync.service(workers=2, look_every_s=1.0):
            wait_for(lambda: self._is_over(sync), f"{self.scene} is over: {sync.records('main')}", within_s=40)

    def _is_over(self, sync: OrderSync) -> bool:
        states = [str(record.state) for record in sync.records("main")]
        if self.scene is Scene.SHIP and states == ["placed"]:
            sync.handle_new_order("main", self.order_id, follow=True)
        wanted = ["completed"] if self.scene is Scene.SHIP else ["placed"]
        return states == wanted and not sync.container.inbox().stats().waiting

    def judge(self) -> None:
        """Bought once, every piece of it, nothing open, the shop told once."""
        with self.open() as sync:
            (record,) = sync.records("main")
            assert {line.outcome for line in record.lines} == {"bought"}
            assert record.po_number == self.sandbox.supplier.orders[0]["poNumber"]
            if self.scene is Scene.ERASE:
                assert record.intent_body is None
        bought: dict[str, int] = {}
        for order in self.sandbox.supplier.orders:
            for line in order["lines"]:
                bought[line["sku"]] = bought.get(line["sku"], 0) + line["qtyOrdered"]
        assert bought == PIECES
        told = self.sandbox.shopify.fulfillments(self.order_id)
        pieces = sum(item.quantity for fulfillment in told for item in fulfillment.lines)
        assert pieces == (sum(PIECES.values()) if self.scene is Scene.SHIP else 0)
        assert len(list((self.home / "exports").glob("*.json"))) == (self.scene is Scene.EXPORT)


@pytest.mark.parametrize("point", KILL_POINTS, ids=lambda point: point.name)
def test_a_process_killed_at_any_point_leaves_an_order_that_is_bought_once(tmp_path, sandbox, point):
    stage = Stage(tmp_path, sandbox, point.scene)
    doomed = stage.play(point)
    try:
        doomed.wait(40)
        assert doomed.returncode == -signal.SIGKILL, f"it never came to the point: {doomed.stderr.read()}"
    finally:
        doomed.kill()
        doomed.communicate()
    stage.survive()
    stage.judge()


@pytest.mark.parametrize("scene", list(Scene))
def test_every_effect_of_a_scene_is_a_kill_point(tmp_path, sandbox, scene):
    stage = Stage(tmp_path, sandbox, scene)
    process = stage.play()
    try:
        if scene is not Scene.SHIP:
            with stage.open() as sync:
                wait_for(lambda: stage._is_over(sync), f"{scene} is over", within_s=40)
    finally:
        seen, errors = process.communicate("", timeout=40)
    effects = set(seen.split("\n")) - {""}
    assert effects, errors
    known = {*EFFECTS[scene]}
    if scene in (Scene.LOOK, Scene.DOUBT):
        known |= {*EFFECTS[Scene.BUY]}
    if scene is Scene.SHIP:
        known |= {CLAIM, READ}
    known.add(FOUND)  # an order as old as the ledger, to the second, is looked up before it is sent
    assert effects <= {str(effect) for effect in known}
    assert {str(effect) for effect in EFFECTS[scene]} <= effects
