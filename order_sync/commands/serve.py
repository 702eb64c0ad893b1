"""``order-sync serve`` and ``order-sync worker``"""

from __future__ import annotations

import re
import signal
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from order_sync.commands.login import say_link
from order_sync.commands.output import note

if TYPE_CHECKING:
    from order_sync import OrderSync

_EVERY = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|h)?")
_UNIT_S = {None: 1, "s": 1, "m": 60, "h": 3600}
_LEAST_EVERY_S = 1


if TYPE_CHECKING:
    _ParamType = click.ParamType[float]
else:
    _ParamType = click.ParamType


class Every(_ParamType):
    """How often: seconds, or with a unit: 90, 90s, 5m, 1h."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        if isinstance(value, float):
            return value
        found = _EVERY.fullmatch(str(value).strip())
        seconds = float(found[1]) * _UNIT_S[found[2]] if found else 0.0
        if seconds < _LEAST_EVERY_S:
            self.fail(f"{value!r} is not a time of {_LEAST_EVERY_S} s or more. Write 90s, 5m or 1h.")
        return seconds


workers_option = click.option(
    "--workers", type=click.IntRange(1, 256), default=8, show_default=True, help="Orders worked on at the same time."
)
grace_option = click.option(
    "--grace",
    type=click.FloatRange(0, 600),
    default=30.0,
    show_default=True,
    help="Seconds that running work may take to end after SIGTERM.",
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@workers_option
@click.option(
    "--every", type=Every(), default="5m", show_default=True, help="Between two looks at a shop: 90s, 5m, 1h."
)
@grace_option
@click.option("--no-page", is_flag=True, help="Leave the pages for people out: webhooks, health and metrics only.")
def serve(host: str, port: int, workers: int, every: float, grace: float, no_page: bool) -> None:
    """Take the shops' webhooks, work on orders, look at the shops regularly: until SIGTERM or Ctrl-C.

    Put a proxy with TLS in front of it. Any number of `order-sync worker` processes may help. The pages need a login:
    by the link printed at the start, by `order-sync login`, or by a password (`order-sync password`), which listening
    on the network demands.
    """
    from order_sync import OrderSync

    with OrderSync() as sync, listening(host, port) as listener:
        if not (no_page or _is_loopback(listener) or sync.access.has_password()):
            raise _without_password(host)
        serve_until_stopped(sync, listener, workers=workers, every=every, grace=grace, pages=not no_page)


def serve_until_stopped(
    sync: OrderSync, listener: socket.socket, *, workers: int, every: float, grace: float, pages: bool = True
) -> None:
    """Serve an installation and work on its orders, until SIGTERM or Ctrl-C."""
    import uvicorn

    service = sync.service(workers=workers, look_every_s=every)
    config = uvicorn.Config(
        sync.asgi_app(service, pages=pages),
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=max(1, int(grace)),
        proxy_headers=False,
        server_header=False,
    )
    server = uvicorn.Server(config)
    # for a signal before uvicorn listens to them, and for the one it repeats when its loop has ended: the workers
    # must still end in peace
    _on_stop(lambda: setattr(server, "should_exit", True))
    service.start()
    note(f"Listening on {url_of(listener)}, {workers} workers; looking at the shops every {every:g} s.")
    if pages and _is_loopback(listener):
        say_link(sync, url_of(listener))
    try:
        server.run(sockets=[listener])
    finally:
        _say_stopped(service.stop(grace))


@click.command()
@workers_option
@grace_option
def worker(workers: int, grace: float) -> None:
    """Work on what is due, until SIGTERM or Ctrl-C. The webhooks and the regular look are `order-sync serve`'s."""
    from order_sync import OrderSync

    ended = threading.Event()
    _on_stop(ended.set)
    with OrderSync() as sync:
        service = sync.service(workers=workers, look_every_s=None)
        service.start()
        note(f"Working with {workers} workers.")
        try:
            ended.wait()
        finally:
            _say_stopped(service.stop(grace))


def _on_stop(act: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: act())


def _say_stopped(ended: bool) -> None:
    note("Stopped." if ended else "Stopped; unfinished work is taken over by the next process.")


def _is_loopback(listener: socket.socket) -> bool:
    import ipaddress

    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


def _without_password(host: str) -> Exception:
    from order_sync.core.errors import ConfigurationError

    return ConfigurationError(
        f"{host} can be reached from the network, and no password is set for the pages.",
        next_step="Set one: order-sync password. Or leave the pages out: order-sync serve --no-page.",
        setting="host",
    )


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listening(host: str, port: int) -> socket.socket:
    from order_sync.core.errors import ConfigurationError

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024, reuse_port=False)
    except OSError as exc:
        raise ConfigurationError(
            f"{host}:{port} cannot be listened on: {exc.strerror}.",
            next_step="Stop what uses it, or choose another with --port.",
            setting="port",
        ) from exc
