"""``order-sync demo --serve``: the pages on the simulated servers, with orders flowing"""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

from order_sync.commands.output import note

if TYPE_CHECKING:
    from order_sync import OrderSync
    from order_sync.sandbox import Sandbox

EVERY_S = 6.0
"""Seconds between two new orders."""
_LOOK_EVERY_S = 2.0
_ORDERS = (
    [("B00760004", 2)],
    [("B00760003", 1), ("B00760005", 1)],
    [("B00760005", 3)],
    [("MUG-11OZ", 1)],  # nothing of the supplier: it is held
    [("B00760004", 1), ("B00760004", 2)],
)


def serve_demo(sync: OrderSync, sandbox: Sandbox, *, port: int) -> None:
    """Serve an installation that is connected to the simulated servers, while customers order there."""
    from order_sync.commands.serve import listening, serve_until_stopped

    ended = threading.Event()
    sandbox.populate()
    customers = threading.Thread(target=_customers, args=(sandbox, ended), name="demo-customers", daemon=True)
    with listening("127.0.0.1", port) as listener:
        note("A practice shop and a practice supplier: no accounts, no money. Ctrl-C ends it and removes everything.")
        customers.start()
        try:
            serve_until_stopped(sync, listener, workers=4, every=_LOOK_EVERY_S, grace=5.0)
        finally:
            ended.set()
            customers.join(EVERY_S)


def _customers(sandbox: Sandbox, ended: threading.Event) -> None:
    """Order, now and then something that the supplier does not have; the supplier ships what is a while old."""
    for lines in itertools.cycle(_ORDERS):
        if ended.wait(EVERY_S):
            return
        sandbox.shopify.add_order(lines)
        under_way = [order for order in sandbox.supplier.orders if order["orderStatus"] == "In Progress"]
        if len(under_way) > 5:
            sandbox.supplier.ship(under_way[0]["orderNumber"], boxes=1)
