"""The command ``order-sync``: parse, call the public API, show, exit.

Commands live in order_sync/commands, one file each, and are imported when they are called.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module

import click

COMMANDS = {
    "demo": ("demo:demo", "Show the whole loop on the simulated servers, over real HTTP."),
    "sandbox": ("sandbox:sandbox", "Run the two simulated servers alone."),
    "connect": ("connect:connect", "Create or edit a connection."),
    "connections": ("connections:connections", "List connections, or show one."),
    "disconnect": ("connections:disconnect", "Remove a connection and its secrets."),
    "settings": ("settings:settings", "Show or change Order Sync settings."),
    "profiles": ("profiles:profiles", "Fetch payment profiles, and select one."),
    "locations": ("locations:locations", "List the shop's locations, and select one as store address."),
    "doctor": ("doctor:doctor", "Check everything, each with its remedy."),
    "sync": ("sync:sync", "Look at the shop once and do what is due."),
    "handle": ("handle:handle", "Look at one order now."),
    "pause": ("pause:pause", "Buy nothing for a connection until it is resumed."),
    "resume": ("pause:resume", "Buy again after a pause."),
    "reconcile": ("reconcile:reconcile", "Compare shop, ledger and supplier, and mend what differs."),
    "serve": ("serve:serve", "Take webhooks, work, look at the shops: until stopped."),
    "worker": ("serve:worker", "Work alone, beside a serve elsewhere."),
    "login": ("login:login", "Print a link that logs into the pages of serve, once."),
    "password": ("login:password", "Set the password of the pages."),
    "webhooks": ("webhooks:webhooks", "Have the shop send its events here, or see what it sends."),
    "orders": ("orders:orders", "List, show, explain, retry, release, skip or settle orders."),
    "notify": ("notify:notify", "Send a test message, or the message of the day, to people."),
    "plugins": ("plugins:plugins", "List plugins and what they provide."),
    "completion": ("completion:completion", "Print the shell completion script."),
}


class OrderSyncGroup(click.Group):
    """Loads a command when it is called; turns our errors into a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which an operator meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's file."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"order_sync.commands.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table above, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse bytes that are no text of this terminal: they could be neither stored nor sent."""
        for arg in args:
            if not arg.isascii() and any("\ud800" <= char <= "\udfff" for char in arg):
                raise click.UsageError(f"{arg!r} is not valid text.")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error of ours ends with its message and code."""
        from order_sync.core.errors import OrderSyncError

        try:
            return super().invoke(ctx)
        except OrderSyncError as exc:
            from order_sync.commands.exits import exit_code_of

            click.echo(f"Error: {exc.message}", err=True)
            if exc.next_step:
                click.echo(exc.next_step, err=True)
            ctx.exit(exit_code_of(exc))


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        from order_sync import __version__

        click.echo(f"order-sync {__version__}")
        ctx.exit()


@click.group(cls=OrderSyncGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--verbose", count=True, help="Log what happens to stderr; twice for more.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
def cli(verbose: int) -> None:
    """A shop's paid orders become purchase orders at a wholesale supplier, each exactly once.

    Settings, secrets and the ledger live in ORDER_SYNC_HOME. Every command that reads takes --json.
    Exit codes: 0 done, 1 failed, 2 usage, 3 something is held or needs a person, 4 credentials, 5 in doubt.
    """
    level = logging.ERROR if verbose == 0 else logging.INFO if verbose == 1 else logging.DEBUG
    logging.basicConfig(stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("order_sync").setLevel(level)
    if verbose < 2:  # its lines hold addresses of requests, and so e-mail addresses
        logging.getLogger("httpx").setLevel(logging.WARNING)


def main() -> None:
    """Entry point of the command."""
    cli(prog_name="order-sync")
