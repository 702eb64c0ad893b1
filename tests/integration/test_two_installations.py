"""Two installations in one process, at work at the same time: nothing of one is seen in the other."""

from __future__ import annotations

import gc
import logging
import os
import threading
import types
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, is_dataclass
from datetime import datetime, timedelta
from enum import Enum

import apprise  # noqa: F401 - its import gives its logger a handler
import httpx
import prometheus_client
import pytest

from order_sync import OrderSync
from order_sync.adapters.memory import InMemoryLedger, RecordingNotifier
from order_sync.adapters.system.clock import SystemClock
from order_sync.bootstrap.service import Service
from order_sync.core.model.events import RecordMoved
from order_sync.core.policies.pacing import Answer
from order_sync.plugins import Field, Supplier, SupplierPlugin, hookimpl
from order_sync.sandbox import Sandbox
from tests.fakes.browser import Browser
from tests.fakes.post_office import PostOffice
from tests.fakes.unreliable_queue import UnreliableQueue
from tests.faults.harness import connect, post, serving, wait_for

ORDERS = 4


class ShiftedClock(SystemClock):
    """Real time, so many days ago."""

    def __init__(self, days: int) -> None:
        super().__init__()
        self._days = days

    def now(self) -> datetime:
        return super().now() - timedelta(days=self._days)


class Watched(httpx.HTTPTransport):
    """The network, with the addresses that were asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def handle_request(self, request):
        self.asked.add(str(request.url.copy_with(raw_path=b"/")))
        return super().handle_request(request)


class Extra:
    """A plugin of one of the two."""

    def __init__(self, name: str) -> None:
        self.name = name

    @hookimpl
    def register_suppliers(self, register):
        fields = (Field("account", "Account", required=True),)
        register(SupplierPlugin(self.name, self.name, lambda context: Supplier(None), fields))


@dataclass
class World:
    """One installation with everything around it."""

    sync: OrderSync
    service: Service
    app: object
    url: str
    sandbox: Sandbox
    transport: Watched
    notifier: RecordingNotifier
    office: PostOffice
    token: str

    def sell(self, count: int = ORDERS, **more) -> None:
        for _ in range(count):
            order = self.sandbox.shopify.add_order([("B00760004", 1)], **more)
            assert post(self.url, self.sandbox.shopify.webhook("orders/paid", order)) == 200

    def bought(self, count: int) -> None:
        wait_for(lambda: self.states() == ["placed"] * count, lambda: f"{count} are bought: {self.states()}")

    def states(self) -> list[str]:
        return [str(record.state) for record in self.sync.records()]


def surroundings() -> dict[str, object]:
    """What belongs to the process and to everybody in it."""
    loggers = {
        name: (logger.level, logger.propagate, tuple(logger.handlers), logger.disabled)
        for name in ("", "order_sync", "apprise", "urllib3", "requests", "httpx", "sqlalchemy", "uvicorn")
        for logger in [logging.getLogger(name)]
    }
    return {
        "loggers": loggers,
        "disabled": logging.root.manager.disable,
        "environment": dict(os.environ),
        "folder": os.getcwd(),  # noqa: PTH109
        "metrics": sorted(metric.name for metric in prometheus_client.REGISTRY.collect()),
    }


@contextmanager
def a_world(home, seed: int, *, days_ago: int = 0, **parts) -> Iterator[World]:
    clock, transport, notifier = ShiftedClock(days_ago), Watched(), RecordingNotifier()
    with ExitStack() as stack:
        office = stack.enter_context(PostOffice())
        sandbox = stack.enter_context(
            Sandbox(f"shop{seed}.myshopify.com", seed=seed, rate_limit_per_minute=None, now=clock.now)
        )
        token = sandbox.credentials()["token"]
        sync = stack.enter_context(
            OrderSync(
                home,
                environment={"TOKEN": token, "ORDER_SYNC_NOTIFY": office.url, "ORDER_SYNC_METRICS_TOKEN": token},
                clock=clock,
                http_transport=transport,
                notifier=notifier,
                plugins=[Extra(f"extra{seed}")],
                **parts,
            )
        )
        stack.callback(transport.close)
        connect(sync, sandbox, source__token="env:TOKEN")
        service = stack.enter_context(sync.service(workers=2, look_every_s=None))
        app = sync.asgi_app(service)
        url = stack.enter_context(serving(app))
        yield World(sync, service, app, url, sandbox, transport, notifier, office, token)


@pytest.fixture
def two(tmp_path):
    with (
        a_world(tmp_path / "one", 1) as one,
        a_world(tmp_path / "two", 2, days_ago=3, ledger=InMemoryLedger(), task_runner=UnreliableQueue) as two,
    ):
        yield one, two


def test_two_that_work_at_the_same_time_share_nothing(two, mocker):
    before = surroundings()
    threads = [threading.Thread(target=world.sell) for world in two]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for world in two:
        world.bought(ORDERS)
    one, other = two
    for world, stranger in ((one, other), (other, one)):
        assert len(world.sandbox.supplier.orders) == ORDERS
        own = {f"{world.sandbox.shopify.base_url}/", f"{world.sandbox.supplier.base_url}/"}
        assert world.transport.asked == own
        mine = {record.key.order_id for record in world.sync.records()}
        told = {event.record.key.order_id for event in world.notifier.events if isinstance(event, RecordMoved)}
        assert told == mine and len(mine) == ORDERS
        numbers = httpx.get(f"{world.url}/metrics", headers={"Authorization": f"Bearer {world.token}"}).text
        counted = f'order_sync_events_total{{connection="main",outcome="stored",topic="orders/paid"}} {ORDERS}.0'
        assert counted in numbers
        strange = httpx.get(f"{world.url}/metrics", headers={"Authorization": f"Bearer {stranger.token}"})
        assert strange.status_code == 401
        assert world.sync.connection("main").source.values["shop"] == world.sandbox.shopify.domain
        kinds = {plugin.name for plugin, _ in world.sync.plugins.suppliers.items()}
        assert len([kind for kind in kinds if kind.startswith("extra")]) == 1
        age = datetime.now(tz=world.sandbox.clock().tzinfo) - world.sync.records()[0].created_at
        assert age.days == (0 if world is one else 3)
    assert one.token != other.token
    assert surroundings() == before


def test_secrets_settings_gates_and_pauses_stay_where_they_are(two):
    one, other = two
    secrets = [world.sync.container.settings_store().get_secret("main", "source.token") for world in two]
    assert secrets == [one.token, other.token]
    one.sync.change_settings("main", {"enabled": False})
    assert other.sync.connection("main").order_sync.enabled
    account = one.sync.connection("main").supplier_account
    assert account == other.sync.connection("main").supplier_account
    one.sync.calls_of(account).answered("GET /", Answer(429, retry_after_s=60), seconds=0.1, per_minute=60)
    assert one.sync.calls_of(account).wait_s() > 0 and other.sync.calls_of(account).wait_s() == 0
    one.sync.pause("main", "stocktaking")
    assert other.sync.paused("main") is None


def test_whoever_is_logged_in_to_one_is_a_stranger_to_the_other(two):
    one, other = two
    browser = Browser(one.app)
    link = one.sync.access.new_link()
    assert Browser(other.app).get(f"/login?token={link}").headers.get("location") is None, "a link of the other"
    browser.get(f"/login?token={link}")
    assert browser.get("/connections").status_code == 200
    stranger = Browser(other.app)
    stranger.cookies = dict(browser.cookies)
    assert stranger.get("/connections").status_code == 303


def test_both_may_be_mounted_in_one_site_one_below_the_other(two):
    from starlette.applications import Starlette
    from starlette.routing import Mount

    one, other = two
    browser = Browser(Starlette(routes=[Mount("/other", other.app), Mount("/", one.app)]))
    browser.get(f"/other/login?token={other.sync.access.new_link()}")
    below = dict(browser.cookies)
    browser.cookies.clear()
    browser.get(f"/login?token={one.sync.access.new_link()}")
    both = [f"{name}={value}" for cookies in (below, browser.cookies) for name, value in cookies.items()]
    browser.cookies.clear()  # a browser sends those of the longer path first, under the same name
    assert browser.get("/other/connections", cookie="; ".join(both)).status_code == 200
    assert browser.get("/connections", cookie="; ".join(both)).status_code == 200


def test_closing_one_leaves_the_other_at_work(two):
    one, other = two
    other.sell(1)
    other.bought(1)
    one.sync.close()
    other.sell(2)
    other.bought(3)
    assert other.service.problem() == "" and len(other.sandbox.supplier.orders) == 3
    assert httpx.get(f"{other.url}/health").status_code == 200


def test_what_one_service_of_messages_says_is_not_told_by_the_other(two, caplog):
    for world in two:
        world.office.status = 500
    said = {}

    def send(number: int) -> None:
        for _ in range(5):
            said.setdefault(number, []).extend(two[number].sync.notifications.test())

    threads = [threading.Thread(target=send, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for deliveries in said.values():
        problems = {delivery.problem for delivery in deliveries}
        assert len(deliveries) == 5 and len(problems) == 1, problems
        assert problems.pop().count("error=500") == 1, "one sending, one complaint"
    assert "hush-9f3a7c" not in caplog.text


def test_how_a_host_logs_the_libraries_that_we_use_too_is_left_alone(tmp_path, caplog, monkeypatch):
    for name in ("apprise", "urllib3", "requests"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    before = surroundings()
    with caplog.at_level(logging.DEBUG), a_world(tmp_path, 3) as world:
        assert [delivery.problem for delivery in world.sync.notifications.test()] == [""]
        logging.getLogger("apprise").warning("the host's own")
    assert [record.getMessage() for record in caplog.records if record.name == "apprise"] == ["the host's own"]
    assert "hush-9f3a7c" not in caplog.text
    assert surroundings() == before


def test_no_object_that_can_change_is_reached_from_both(two):
    for world in two:
        world.sell(1)
        world.bought(1)
        world.sync.notifications.services()
        Browser(world.app).get("/login")
    found = [{id(thing): thing for thing in reached(world.sync, world.service, world.app)} for world in two]
    shared = [found[0][key] for key in found[0].keys() & found[1].keys()]
    assert [thing for thing in shared if may_change(thing)] == []
    assert any(isinstance(thing, OrderSync) for thing in found[0].values()) and len(found[0]) > 150


_CONTAINERS = (dict, list, set, deque)
_NOT_FOLLOWED = (
    types.ModuleType,
    type,
    types.FrameType,
    types.CodeType,
    types.BuiltinFunctionType,
    logging.Logger,
    logging.Manager,
    threading.Thread,
)


def reached(*roots: object) -> Iterator[object]:
    """Every object of ours that these hold on to, however far down, and the containers in those."""
    seen: dict[int, object] = {}
    waiting: list[object] = list(roots)
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, _NOT_FOLLOWED):
            continue
        seen[id(thing)] = thing
        if isinstance(thing, types.FunctionType):
            waiting += [cell.cell_contents for cell in thing.__closure__ or () if cell != types.CellType()]
            waiting += thing.__defaults__ or ()
        else:
            waiting += gc.get_referents(thing)
        if type(thing).__module__.startswith("order_sync."):
            yield thing
            if may_change(thing):
                yield from (held for held in gc.get_referents(thing) if isinstance(held, _CONTAINERS))


def may_change(thing: object) -> bool:
    """Whether it is no constant: a frozen value, a member of an enumeration."""
    frozen = is_dataclass(thing) and thing.__dataclass_params__.frozen
    return not (frozen or isinstance(thing, Enum))
