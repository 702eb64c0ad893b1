"""``order-sync demo``: the whole loop on the simulated servers"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from order_sync.commands.demo_serve import serve_demo
from order_sync.commands.output import emit_json, json_option

if TYPE_CHECKING:
    from order_sync import OrderSync
    from order_sync.sandbox import Sandbox

NAME = "demo"


@click.command()
@click.option("--serve", "serves", is_flag=True, help="Open the pages on it, with sample orders flowing, until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the pages; 0 takes a free one.")
@json_option
def demo(serves: bool, port: int, as_json: bool) -> None:
    """Show the whole loop on simulated servers, over real HTTP, in a temporary folder.

    Sets up a connection as an operator would, takes orders through auto mode, manual mode, disabled
    dropshipping and a test order; one has an unknown SKU, and the reply to one purchase is lost.
    """
    import tempfile

    from order_sync import OrderSync
    from order_sync.bootstrap.documents import record_document
    from order_sync.sandbox import Sandbox

    with (
        tempfile.TemporaryDirectory(prefix="order-sync-demo-") as home,
        Sandbox(rate_limit_per_minute=None) as sandbox,
        OrderSync(home=home, environment={}) as sync,
    ):
        tour = Tour(sync, sandbox, quiet=as_json or serves)
        tour.set_up()
        if serves:
            serve_demo(sync, sandbox, port=port)
            return
        tour.auto_mode()
        tour.manual_mode()
        tour.disabled_dropshipping()
        tour.test_order()
        tour.shipment()
        if as_json:
            emit_json({"records": [record_document(record) for record in sync.records()]})
            return
        tour.sum_up()


class Tour:
    """The steps of the demo, each told in words."""

    def __init__(self, sync: OrderSync, sandbox: Sandbox, *, quiet: bool) -> None:
        self._sync = sync
        self._sandbox = sandbox
        self._quiet = quiet

    def set_up(self) -> None:
        """Connect, fetch profiles, select one, turn it on."""
        sandbox = self._sandbox.credentials()
        self._title("Setting up a connection, as an operator would")
        self._command("connect demo --source shopify --supplier ssactivewear --set … --secret …")
        self._sync.connect(
            NAME,
            source="shopify",
            supplier="ssactivewear",
            settings={
                "source.shop": sandbox["shop"],
                "source.base_url": sandbox["shopify_base_url"],
                "supplier.account": sandbox["account"],
                "supplier.base_url": sandbox["supplier_base_url"],
                "supplier.settle_s": "0.5",
            },
            secrets={"source.token": sandbox["token"], "supplier.api_key": sandbox["api_key"]},
        )
        email = sandbox["profile_email"]
        self._command(f"profiles demo --email {email}")
        profiles = self._sync.fetch_profiles(NAME, email)
        for profile in profiles:
            self._say(f"  {profile.profile_id}  {profile.kind}  {profile.label}")
        self._command(f"profiles demo --email {email} --select {profiles[0].profile_id}")
        self._sync.select_profile(NAME, email, profiles[0].profile_id)
        self._set(enabled=True, auto_fulfillment=True, test_order=False)

    def auto_mode(self) -> None:
        """The sample orders, bought as soon as they are paid; the reply to one purchase is lost."""
        from order_sync.sandbox import Fault

        self._title("Auto mode: paid orders are bought, the others say why not")
        orders = self._sandbox.populate()
        number = self._sandbox.shopify.orders[orders["unicode"]].number
        self._say(f"  (the connection will be cut after the supplier has taken order #{number})")
        self._sandbox.supplier.faults.add(
            Fault("cut_after", method="POST", path_contains="/v2/orders", body_contains=f"-{number}")
        )
        self._look()

    def manual_mode(self) -> None:
        """Bought only when the merchant marks a part as fulfilled."""
        self._title("Manual mode: bought only once the merchant marks it fulfilled")
        self._set(auto_fulfillment=False)
        shop = self._sandbox.shopify
        order = shop.add_order([("B00760004", 3), ("B00760005", 1)])
        self._look()
        self._say("  (the merchant marks 2 pieces of the first line as fulfilled)")
        shop.fulfill(order, {shop.orders[order].lines[0].id: 2})
        self._look()
        self._set(auto_fulfillment=True)

    def disabled_dropshipping(self) -> None:
        """Shipped to the store."""
        self._title("Disable Dropshipping: shipped to the store instead of the customer")
        location = self._sync.locations(NAME)[0]
        self._command(f"locations demo --select {location.location_id.rpartition('/')[2]}")
        self._sync.select_location(NAME, location.location_id)
        self._set(disable_dropshipping=True)
        self._sandbox.shopify.add_order([("B00760004", 1)])
        self._look()
        address = self._sandbox.supplier.orders[-1]["shippingAddress"]
        self._say(f"  S&S ships it to: {address['customer']}, {address['address']}, {address['city']}")
        self._set(disable_dropshipping=False)

    def test_order(self) -> None:
        """Sent as a test order."""
        self._title("Test Order: the supplier gets it as a test, the shop is never written to")
        self._set(test_order=True)
        self._sandbox.shopify.add_order([("B00760004", 1)])
        self._look()

    def shipment(self) -> None:
        """The supplier ships the first order: the shop is told."""
        self._title("The supplier ships the first order, the shop gets its tracking number")
        first = next(r for r in reversed(self._sync.records(NAME)) if r.supplier_orders)
        for order in first.supplier_orders:
            self._sandbox.supplier.ship(order.order_number)
        self._command(f"handle demo '{first.order_name}'")
        result = self._sync.handle_new_order(NAME, first.key.order_id, explicit=True, follow=True)
        numbers = ", ".join(info.number for record in result.records for info in record.tracking)
        self._say(f"  {first.order_name} is {result.state}; tracking {numbers}")

    def sum_up(self) -> None:
        """Every record, and what the supplier really got."""
        from order_sync.commands.records import show_records

        self._title("What every order became")
        show_records(self._sync.records(NAME), title="Records")
        supplier = self._sandbox.supplier
        numbers = {order["poNumber"] for order in supplier.orders}
        requests = [r for r in supplier.requests if r.method == "POST" and "/orders" in r.path.lower()]
        sent = Counter(r.body["poNumber"] for r in requests if isinstance(r.body, dict))
        twice = [number for number, count in sent.items() if count > 1]
        click.echo(
            f"\nThe supplier received {len(requests)} purchases with {len(sent)} PO numbers and made "
            f"{len(supplier.orders)} orders of them, one a warehouse; bought twice: {', '.join(twice) or 'none'}; "
            f"PO numbers: {', '.join(sorted(numbers))}."
        )

    def _look(self) -> None:
        from order_sync.commands.records import show_records

        self._command("sync demo")
        known = {record.key: record.updated_at for record in self._sync.records(NAME)}
        look = self._sync.sync(NAME)
        if not self._quiet:
            show_records([r for r in look.records if known.get(r.key) != r.updated_at])

    def _set(self, **values: Any) -> None:
        pairs = " ".join(f"{name}={str(value).lower()}" for name, value in values.items())
        self._command(f"settings demo {pairs}")
        self._sync.change_settings(NAME, values)

    def _title(self, text: str) -> None:
        self._say(f"\n== {text}")

    def _command(self, text: str) -> None:
        self._say(f"$ order-sync {text}")

    def _say(self, text: str) -> None:
        if not self._quiet:
            click.echo(text)
