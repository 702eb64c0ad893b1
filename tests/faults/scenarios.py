"""What goes on in the shop, at the supplier and here while a service is killed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from order_sync import OrderSync
from order_sync.core.ports import Pause
from order_sync.sandbox import Fault, Sandbox
from tests.faults.accounts import account_of

STREET = "418 Larch Ave"
"""Where the simulated customers live."""


@dataclass
class World:
    """A shop, a supplier, and the home of an installation that may die."""

    home: Path
    sandbox: Sandbox
    order_id: str = ""

    def events(self, *topics: str) -> list[Any]:
        return [
            self.sandbox.shopify.webhook(topic, None if topic in WITHOUT_ORDER else self.order_id) for topic in topics
        ]

    def stored(self) -> str:
        """Everything in the installation's files."""
        return "".join(p.read_bytes().decode("utf-8", "replace") for p in self.home.rglob("*") if p.is_file())

    def is_free(self) -> bool:
        """Whether the next hint about the order would be worked on."""
        with OrderSync(home=self.home, environment={}) as sync:
            now = sync.container.clock().now()
            return sync.container.ledger().claim("main", self.order_id, now=now, lease_s=1) is not None


WITHOUT_ORDER = frozenset({"shop/redact", "app/uninstalled"})
Check = Callable[[World, OrderSync], object]


def _bought(world: World, sync: OrderSync) -> bool:
    return account_of(world.sandbox, sync).settled


def _shop_told(world: World, sync: OrderSync) -> bool:
    return _bought(world, sync) and sync.records("main")[0].state == "completed"


def _paused(world: World, sync: OrderSync) -> bool:
    return "main" in sync.container.pauses().all()


def _resumed(world: World, sync: OrderSync) -> bool:
    return _bought(world, sync) and not _paused(world, sync)


def _forgotten(world: World, sync: OrderSync) -> bool:
    return _bought(world, sync) and STREET not in world.stored()


def _exported(world: World, sync: OrderSync) -> bool:
    return _bought(world, sync) and any(STREET in p.read_text() for p in (world.home / "exports").glob("*.json"))


def _left(world: World, sync: OrderSync) -> bool:
    return _bought(world, sync) and _paused(world, sync)


def _nothing(world: World, sync: OrderSync) -> None:
    """The order is only paid."""


def _bought_before(world: World, sync: OrderSync) -> None:
    assert sync.handle_new_order("main", world.order_id).state == "placed"


def _bought_and_shipped(world: World, sync: OrderSync) -> None:
    _bought_before(world, sync)
    world.sandbox.supplier.ship(world.sandbox.supplier.orders[0]["orderNumber"])


def _bought_and_cancelled(world: World, sync: OrderSync) -> None:
    _bought_before(world, sync)
    world.sandbox.shopify.cancel(world.order_id)


def _bought_and_refunded_in_part(world: World, sync: OrderSync) -> None:
    _bought_before(world, sync)
    first = world.sandbox.shopify.orders[world.order_id].lines[0]
    world.sandbox.shopify.refund(world.order_id, {first.id: 1})


def _pause_that_is_over(world: World, sync: OrderSync) -> None:
    over = sync.container.clock().now() - timedelta(seconds=1)
    sync.container.pauses().pause(Pause("main", "authentication", "refused", "", since=over, until=over))


@dataclass(frozen=True)
class Scenario:
    """One run of the service.

    Attributes:
        topics: events that the shop sends.
        before: what happened before the service was started.
        faults: at the supplier.
        look_every_s: the scheduled look.
        ahead_s, later_ahead_s: the clock of the service that is killed, and of the next one.
        first, last: what the service that is not killed comes to, and what it must come to in the end.
        told: how often the shop is told of a shipment.
        purchases: how often the order is bought, cancelled purchases too.
    """

    topics: tuple[str, ...] = ("orders/paid",)
    before: Callable[[World, OrderSync], None] = _nothing
    faults: tuple[dict[str, Any], ...] = ()
    look_every_s: float | None = None
    ahead_s: float = 0.0
    later_ahead_s: float | None = None
    first: Check = _bought
    last: Check = _bought
    told: int = 0
    purchases: int = 1
    settings: dict[str, str] = field(default_factory=dict)

    def strike(self, sandbox: Sandbox) -> None:
        for fault in self.faults:
            sandbox.supplier.faults.add(Fault(**fault))


TWO_HOURS_S = 7200.0
SCENARIOS: dict[str, Scenario] = {
    "event": Scenario(),
    "look": Scenario(topics=(), look_every_s=1.0),
    "answer lost": Scenario(faults=({"kind": "cut_after", "method": "POST"},)),
    "request lost": Scenario(faults=({"kind": "cut_before", "method": "POST"},)),
    "old order": Scenario(ahead_s=TWO_HOURS_S),
    "limited": Scenario(faults=({"kind": "status", "status": 429, "method": "POST"},)),
    "refused": Scenario(
        faults=({"kind": "status", "status": 401, "path_contains": "/inventory"},),
        first=_paused,
        last=_resumed,
        later_ahead_s=TWO_HOURS_S,
    ),
    "resumed": Scenario(before=_pause_that_is_over, first=_resumed),
    "shipped": Scenario(
        topics=(),
        before=_bought_and_shipped,
        ahead_s=TWO_HOURS_S,
        first=_shop_told,
        last=_shop_told,
        told=1,
    ),
    "cancelled": Scenario(topics=("orders/cancelled",), before=_bought_and_cancelled),
    "refunded in part": Scenario(topics=("refunds/create",), before=_bought_and_refunded_in_part, purchases=2),
    "data request": Scenario(
        topics=("customers/data_request",), before=_bought_before, first=_exported, last=_exported
    ),
    "customer erased": Scenario(topics=("customers/redact",), before=_bought_before, first=_forgotten, last=_forgotten),
    "shop erased": Scenario(topics=("shop/redact",), before=_bought_before, first=_forgotten, last=_forgotten),
    "uninstalled": Scenario(topics=("app/uninstalled",), before=_bought_before, first=_left, last=_left),
}
