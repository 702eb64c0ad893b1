"""``order-sync sandbox``"""

from __future__ import annotations

import sys

import click

from order_sync.commands.output import emit_json, json_option


@click.command()
@click.option("--shopify-port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--supplier-port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--orders/--no-orders", default=True, help="Begin with a dozen sample orders.")
@json_option
def sandbox(shopify_port: int, supplier_port: int, orders: bool, as_json: bool) -> None:
    """Run the simulated shop and the simulated supplier on loopback until Ctrl-C; prints their addresses.

    What they received can be read at /__sandbox__/received and /__sandbox__/state of each; faults are
    switched on with POST /__sandbox__/faults.
    """
    import signal
    import threading

    from order_sync.sandbox import Sandbox

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    with Sandbox(ports=(shopify_port, supplier_port)) as running:
        if orders:
            running.populate()
        credentials = running.credentials()
        if as_json:
            emit_json(credentials)
        else:
            _explain(credentials)
        sys.stdout.flush()
        stop.wait()


def _explain(credentials: dict[str, str]) -> None:
    for name, value in credentials.items():
        click.echo(f"{name + ':':<20}{value}")
    click.echo("\nTo connect to it (these credentials are worthless elsewhere):\n")
    click.echo(f"  export SHOPIFY_TOKEN={credentials['token']} SS_API_KEY={credentials['api_key']}")
    click.echo("  order-sync connect practice --source shopify --supplier ssactivewear \\")
    click.echo(
        f"    --set source.shop={credentials['shop']} --set source.base_url={credentials['shopify_base_url']} \\"
    )
    click.echo("    --secret source.token=env:SHOPIFY_TOKEN --secret supplier.api_key=env:SS_API_KEY \\")
    click.echo(f"    --set supplier.account={credentials['account']} --set supplier.settle_s=1 \\")
    click.echo(f"    --set supplier.base_url={credentials['supplier_base_url']}")
    click.echo("\nCtrl-C ends it.")
