"""A practice shop and a practice supplier on loopback: real HTTP, no accounts, no money.

    from order_sync.sandbox import Sandbox

    with Sandbox() as sandbox:
        order_id = sandbox.shopify.add_order([("B00760004", 2)])
        sandbox.credentials()          # what to put into the settings
        sandbox.supplier.orders        # what was ordered
        sandbox.supplier.faults.add(Fault("cut_after", method="POST"))

Both simulators follow the vendors' pages, not our adapters; what is assumed is a knob
(`sandbox.supplier.knobs`, `sandbox.shopify.knobs`). Importing this package is cheap: the GraphQL library is
loaded when a sandbox is made.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING

from order_sync.sandbox.clock import SandboxClock
from order_sync.sandbox.faults import Fault

if TYPE_CHECKING:
    from order_sync.sandbox.shopify.server import ShopifySimulator
    from order_sync.sandbox.ssactivewear.server import SupplierSimulator

__all__ = ["Fault", "Sandbox", "SandboxClock"]


class Sandbox:
    """One shop and one supplier that share a clock. Use as a context manager, or start() and stop().

    seed: makes ids and tokens differ between sandboxes, and repeat within one seed.
    ports: of the shop and the supplier; 0 takes a free one. now: aware UTC time, real time by default.
    """

    shopify: ShopifySimulator
    supplier: SupplierSimulator

    def __init__(
        self,
        shop: str = "demo.myshopify.com",
        seed: int = 0,
        rate_limit_per_minute: int | None = 60,
        ports: tuple[int, int] = (0, 0),
        now: Callable[[], datetime] | None = None,
    ) -> None:
        from order_sync.sandbox.shopify.server import ShopifySimulator
        from order_sync.sandbox.ssactivewear.knobs import Knobs
        from order_sync.sandbox.ssactivewear.server import SupplierSimulator

        self.clock = now if isinstance(now, SandboxClock) else SandboxClock(now)
        knobs = Knobs(rate_limit_per_minute=rate_limit_per_minute)
        self.shopify = ShopifySimulator(shop, port=ports[0], now=self.clock, seed=seed)
        self.supplier = SupplierSimulator(port=ports[1], now=self.clock, seed=seed, knobs=knobs)

    def start(self) -> Sandbox:
        self.shopify.start()
        self.supplier.start()
        return self

    def stop(self) -> None:
        self.shopify.stop()
        self.supplier.stop()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def populate(self) -> dict[str, str]:
        """Add the sample orders; returns their gids by a short name."""
        from order_sync.sandbox.samples import populate

        return populate(self)

    def credentials(self) -> dict[str, str]:
        """Everything a client has to be told. Worthless outside this sandbox."""
        return {
            "shop": self.shopify.domain,
            "shopify_base_url": self.shopify.base_url,
            "token": self.shopify.token,
            "client_id": self.shopify.client_id,
            "client_secret": self.shopify.client_secret,
            "supplier_base_url": self.supplier.base_url,
            "account": self.supplier.account,
            "api_key": self.supplier.api_key,
            "profile_email": next(iter(self.supplier.profiles), ""),
        }
