"""The command ``order-sync``: parse, call the public API, show, exit.

Commands live in order_sync/commands, one file each, and are imported when they are called.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from importlib import import_module
from traceback import walk_tb
from typing import TYPE_CHECKING, NoReturn

import click

from order_sync.commands.output import STDOUT

if TYPE_CHECKING:
    from order_sync.core.errors import OrderSyncError
    from order_sync.plugins import CommandPlugin
    from order_sync.plugins.manager import PluginReport, Plugins

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


ONE_DOCUMENT = "order_sync.one_document"


class OrderSyncGroup(click.Group):
    """Loads a command when it is called; turns our errors into a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which an operator meets them; those of plugins come last."""
        return [*COMMANDS, *_of_plugins()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's file; plugins are only looked at for a name that is not built in."""
        if cmd_name not in COMMANDS:
            plugin = _of_plugins().get(cmd_name)
            return None if plugin is None else _loaded(plugin, completing=ctx.resilient_parsing)
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"order_sync.commands.{module}"), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Of a command that is not there, say also which plugins are not: it may be one of theirs."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as exc:
            absent = _absent_plugins()
            if not absent or ctx.resilient_parsing:
                raise
            told = f"{exc.message} It may be of a plugin that is not loaded: {absent}."
            raise click.UsageError(told, ctx=exc.ctx) from exc

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table above, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])
        plugins = _of_plugins()
        if plugins:
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, plugin.help) for name, plugin in plugins.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse bytes that are no text of this terminal: they could be neither stored nor sent."""
        for arg in args:
            if not arg.isascii() and any("\ud800" <= char <= "\udfff" for char in arg):
                raise click.UsageError(f"{arg!r} is not valid text.")
        command = next((arg for arg in args if not arg.startswith("-")), "")
        ctx.meta[ONE_DOCUMENT] = command in COMMANDS and "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error of ours, and any of a plugin's command, ends with its message and code."""
        from order_sync.core.errors import OrderSyncError

        try:
            with _one_document(ctx):
                return super().invoke(ctx)
        except OrderSyncError as exc:
            _fail(ctx, exc)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as exc:
            error = _defect_of_plugin(ctx.invoked_subcommand or "", exc)
            if error is None:
                raise
            logging.getLogger("order_sync").debug("a plugin failed", exc_info=exc)
            _fail(ctx, error)


def _defect_of_plugin(command: str, exc: Exception) -> OrderSyncError | None:
    """What to say of an error that no command expects, when it came of a plugin; None: it is our own."""
    from order_sync.core.errors import PluginError

    if command and command not in COMMANDS:
        return PluginError(
            f"The command {command!r} of a plugin failed: {_text_of(exc)}.",
            next_step="Report it to the plugin's author (order-sync -vv shows where); every other command works.",
        )
    names = {each.value.partition(":")[0].partition(".")[0]: each.name for each in _reports() if not each.built_in}
    for frame, line in reversed(list(walk_tb(exc.__traceback__))):
        module = str(frame.f_globals.get("__name__", ""))
        if name := names.get(module.partition(".")[0]):
            return PluginError(  # not what it says: that may hold a secret
                f"The plugin {name!r} failed with {type(exc).__name__} in {module}, line {line}.",
                next_step="Report it to the plugin's author (order-sync -vv shows all of it).",
                plugin=name,
            )
    return None


@contextmanager
def _one_document(ctx: click.Context) -> Iterator[None]:
    """While one document is asked for, what anybody else prints goes to stderr: a plugin's hook, a library."""
    ctx.meta[STDOUT] = sys.stdout
    with redirect_stdout(sys.stderr) if ctx.meta[ONE_DOCUMENT] else nullcontext():
        yield


def _fail(ctx: click.Context, error: OrderSyncError) -> NoReturn:
    from order_sync.commands.exits import exit_code_of

    click.echo(f"Error: {error.message}", err=True)
    if error.next_step:
        click.echo(error.next_step, err=True)
    ctx.exit(exit_code_of(error))


def _text_of(exc: BaseException) -> str:
    """Its kind and what it says, on one line, as far as that can be had."""
    try:
        text = " ".join(str(exc).split())
    except Exception:
        text = ""
    return (f"{type(exc).__name__}: {text}" if text else type(exc).__name__).rstrip(".")


def _of_plugins() -> Mapping[str, CommandPlugin]:
    """The commands that plugins give, by name."""
    plugins = _plugins()
    return {entry.name: entry for entry, _ in plugins.commands.items()} if plugins else {}


def _plugins() -> Plugins | None:
    """The plugins as configured; None when the configuration cannot be read."""
    from order_sync.bootstrap.config import load_config
    from order_sync.core.errors import OrderSyncError
    from order_sync.plugins.manager import load_plugins

    try:
        config = load_config()
    except OrderSyncError:
        return None
    return load_plugins(blocked=config.blocked_plugins, safe_mode=config.safe_mode)


def _absent_plugins() -> str:
    """The plugins that are not loaded, each with the reason."""
    return "; ".join(f"{each.name} ({each.reason})" for each in _reports() if each.status != "loaded")


def _reports() -> Sequence[PluginReport]:
    """Every plugin that was found; none when the configuration cannot be read."""
    plugins = _plugins()
    return plugins.reports if plugins else ()


def _loaded(plugin: CommandPlugin, *, completing: bool = False) -> click.Command:
    """A plugin's command, whose defects end with a message and not with a traceback.

    Args:
        completing: one that cannot be loaded is offered all the same, so that the others are.

    Raises:
        PluginError: it cannot be loaded.
    """
    from order_sync.core.errors import PluginError

    try:
        return _command_of(plugin)
    except PluginError:
        if not completing:
            raise
        return click.Command(plugin.name, help=plugin.help)


def _command_of(plugin: CommandPlugin) -> click.Command:
    from order_sync.core.errors import InvalidPluginError
    from order_sync.plugins.undisturbed import undisturbed

    try:
        with undisturbed():
            command = plugin.load()
    except KeyboardInterrupt:
        raise
    except BaseException as exc:  # sys.exit too: it would end without a word
        raise InvalidPluginError(
            f"The command {plugin.name!r} of a plugin cannot be loaded: {_text_of(exc)}.",
            next_step="Report it to the plugin's author; every other command works.",
            plugin=plugin.name,
        ) from exc
    if not isinstance(command, click.Command):
        raise InvalidPluginError(
            f"The command {plugin.name!r} of a plugin is a {type(command).__name__} and no click command.",
            next_step="Report it to the plugin's author; every other command works.",
            plugin=plugin.name,
        )
    return command


def _safe_mode(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """For this run: what is set here is read wherever an installation is opened."""
    if not value:
        return
    before = os.environ.get("ORDER_SYNC_SAFE_MODE")
    os.environ["ORDER_SYNC_SAFE_MODE"] = "1"

    @ctx.call_on_close
    def restore() -> None:
        if before is None:
            os.environ.pop("ORDER_SYNC_SAFE_MODE", None)
        else:
            os.environ["ORDER_SYNC_SAFE_MODE"] = before


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
@click.option(
    "--safe-mode",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_safe_mode,
    help="Load built-in plugins only.",
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
