"""Every point between two effects of handling an order through the service, by what is going on.

An effect changes the ledger, or is a request to the shop or the supplier. Each is a place to die twice: just before
it, and when it has happened but nobody here knows yet. `test_every_effect_of_the_service_has_its_kill_points` fails
when the service has an effect that is not listed here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KillPoint:
    """``number``: which of the same effects, when there are several in a run."""

    scenario: str
    effect: str
    moment: str
    number: int = 1

    def __str__(self) -> str:
        again = f"-{self.number}" if self.number > 1 else ""
        return f"{self.scenario}-{self.moment}-{self.effect.replace(' ', '-').replace('/', '-')}{again}"


_BUYING = (
    "ledger.claim order",
    "shop.OrderForSync",
    "supplier.GET inventory",
    "ledger.save planned",
    "ledger.save submitting",
    "supplier.POST orders",
    "ledger.save placed",
    "ledger.give_back order",
    "inbox.applied",
)
EFFECTS: dict[str, tuple[str, ...]] = {
    # an event comes, and the order is bought
    "event": ("ledger.free_dead_claims", "inbox.prune", "inbox.add orders/paid", *_BUYING),
    # no event comes: the scheduled look finds the order
    "look": (
        "ledger.claim look",
        "shop.OrdersChanged",
        "inbox.add order-sync/look",
        "ledger.set_cursor",
        "ledger.give_back look",
        "ledger.note_look",
    ),
    # the purchase arrived, its answer is lost
    "answer lost": ("ledger.save in_doubt", "supplier.GET orders", "ledger.save placed", "ledger.give_back order"),
    # the purchase never arrived: it is provably absent, and sent again
    "request lost": (
        "supplier.POST orders",
        "ledger.save in_doubt",
        "supplier.GET orders",
        "ledger.save planned#2",
        "ledger.save submitting#2",
        "supplier.POST orders#2",
        "ledger.save placed",
    ),
    # the order is old: the supplier may have it already, and is asked before the first send
    "old order": ("supplier.GET orders", "ledger.save submitting", "ledger.save placed"),
    # the supplier asks to wait
    "limited": ("supplier.POST orders", "account_gates.change", "ledger.save planned#2", "ledger.save submitting#2"),
    # the supplier refuses the key; the connection rests and is tried again
    "refused": ("ledger.save received", "pauses.pause"),
    "resumed": ("pauses.resume",),
    # the goods are shipped, and the shop is told
    "shipped": (
        "supplier.GET orders",
        "ledger.save placed",
        "shop.FulfillmentCreate",
        "ledger.save placed#2",
        "shop.OrderForSync#2",
        "ledger.save completed",
        "ledger.give_back order",
    ),
    # the order was cancelled in the shop after it was bought: cancelled at the supplier, whose answer is believed
    "cancelled": (
        "inbox.add orders/cancelled",
        "ledger.save placed",
        "supplier.DELETE orders",
        "ledger.save placed#2",
        "ledger.save cancelled",
        "ledger.give_back order",
    ),
    # a piece was refunded: a supplier order is cancelled as a whole, and the rest of it bought again
    "refunded in part": (
        "inbox.add refunds/create",
        "shop.OrderRefunds",
        "supplier.GET inventory",
        "ledger.save placed",
        "supplier.DELETE orders",
        "ledger.save placed#2",
        "ledger.save cancelled",
        "ledger.save planned",
        "ledger.save submitting",
        "supplier.POST orders",
        "ledger.save placed#3",
        "ledger.give_back order",
    ),
    # the law asks
    "data request": (
        "inbox.add customers/data_request",
        "personal_data.export",
        "exports.write",
        "inbox.applied",
    ),
    "customer erased": ("inbox.add customers/redact", "personal_data.erase", "inbox.applied"),
    "shop erased": ("inbox.add shop/redact", "personal_data.erase", "inbox.applied"),
    "uninstalled": ("inbox.add app/uninstalled", "pauses.pause", "inbox.applied"),
}


def _points() -> tuple[KillPoint, ...]:
    found = []
    for scenario, effects in EFFECTS.items():
        for each in effects:
            effect, _, number = each.partition("#")
            found += [KillPoint(scenario, effect, moment, int(number or 1)) for moment in ("before", "after")]
    return tuple(found)


KILL_POINTS = _points()
