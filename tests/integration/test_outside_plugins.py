"""Plugins given by a host: every hook, whatever it does wrong, and suppliers that can do less, or do not work."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from order_sync import OrderSync
from order_sync.adapters.memory import InMemoryGateway, InMemoryOrderSource, InMemoryPaymentProfiles
from order_sync.bootstrap.installation import Installation
from order_sync.cli import cli
from order_sync.core.errors import ConfigurationError, InvalidPluginError, OutcomeUnknownError
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.core.model.supplier_order import Capabilities, Submission
from order_sync.core.model.sync_record import State
from order_sync.core.ports import Delivery
from order_sync.plugins import (
    Field,
    NotifierPlugin,
    OrderSourcePlugin,
    PlanAdjustment,
    SettingsStorePlugin,
    Supplier,
    SupplierPlugin,
    hookimpl,
)
from tests.builders import NOW, a_line, an_order
from tests.fakes.clock import ManualClock
from tests.fakes.post_office import PostOffice
from tests.fakes.supplier import FlakySupplier
from tests.faults.harness import wait_for
from tests.integration.web.person import person_at

ACCOUNT = Field("account", "Account", "Any", required=True)
SECRET = "hush-9f3a7c"


class Acme:
    """A shop, suppliers by name (what ``build`` returns, or raises), and any notifier."""

    def __init__(self, shop, notifiers=(), capabilities=None, **suppliers):
        self.shop, self.suppliers, self.notifiers = shop, suppliers, notifiers
        self.capabilities = capabilities

    @hookimpl
    def register_order_sources(self, register):
        register(OrderSourcePlugin("acme-shop", "Acme shop", lambda context: self.shop, (Field("shop", "Shop"),)))

    @hookimpl
    def register_suppliers(self, register):
        for name, built in self.suppliers.items():
            build = built if callable(built) else lambda context, built=built: built
            register(SupplierPlugin(name, name.title(), build, (ACCOUNT,), self.capabilities))

    @hookimpl
    def register_notifiers(self, register):
        for notifier in self.notifiers:
            register(notifier)


class Listens:
    """Remembers what it is told."""

    def __init__(self):
        self.told = []

    @hookimpl
    def order_placed(self, record):
        self.told.append(("placed", record))

    @hookimpl
    def order_held(self, record):
        self.told.append(("held", record))

    @hookimpl
    def order_shipped(self, record):
        self.told.append(("shipped", record))

    @property
    def words(self):
        return [(word, record.order_name, len(record.tracking)) for word, record in self.told]


def gateway_with(**capabilities):
    return FlakySupplier(capabilities=Capabilities(**{"stock": True, **capabilities}), settle_s=1)


def opened(home, *plugins, clock=None, **environment):
    return OrderSync(home=home, environment=environment, clock=clock or ManualClock(), plugins=plugins)


def connect(sync, name="main", supplier="acme", **settings):
    sync.connect(name, source="acme-shop", supplier=supplier, settings={"supplier.account": name, "source.shop": name})
    sync.change_settings(name, {"enabled": True, "auto_fulfillment": True, "test_order": False, **settings})


def orders(*numbers, sku="B00760004", **more):
    return [
        an_order(
            a_line("L1", sku, 2), order_id=f"gid://shopify/Order/{n}", name=f"#{1000 + n}", number=str(1000 + n), **more
        )
        for n in numbers
    ]


def fresh():
    """Placed after the connection was turned on, by the clock of this machine."""
    soon = datetime.now(UTC) + timedelta(seconds=30)
    return {"created_at": soon, "updated_at": soon}


def look(sync, name="main"):
    return sync.sync(name, since=NOW - timedelta(days=30))  # whatever the orders' age


# ---------------------------------------------------------------------- told-only events


def in_two_orders(gateway):
    """The answer to the next purchase of two lines: an order for each."""

    def split(submission):
        ((purchase, whole),) = gateway.placed
        halves = [
            dataclasses.replace(whole, order_number=f"7000000{n}", lines=(line,)) for n, line in enumerate(whole.lines)
        ]
        gateway.placed[:] = [(purchase, half) for half in halves]
        return Submission(tuple(halves))

    return split


def test_each_event_is_told_once_with_a_frozen_record_and_more_parcels_once_more(tmp_path):
    lines = (a_line("L1", "B00760004", 2), a_line("L2", "B00760003", 1))
    shop = InMemoryOrderSource([an_order(*lines), *orders(2, sku="MUG")])
    gateway, listens, clock = gateway_with(), Listens(), ManualClock()
    gateway.answers = [in_two_orders(gateway)]
    with opened(tmp_path, Acme(shop, acme=Supplier(gateway)), listens, clock=clock) as sync:
        connect(sync)
        look(sync)
        look(sync)
        assert sorted(listens.words) == [("held", "#1002", 0), ("placed", "#1001", 0)]
        for number, parcels in ((0, ("1Z1",)), (0, ("1Z1",)), (0, ("1Z1", "1Z2")), (1, ("1Z3",)), (1, ("1Z3",))):
            gateway.ship(f"7000000{number}", *parcels)
            clock.advance_s(86400)
            sync.handle_new_order("main", "gid://shopify/Order/1", explicit=True, follow=True)
        assert sync.records("main", text="#1001")[0].state is State.COMPLETED
    assert listens.words[2:] == [("shipped", "#1001", 1), ("shipped", "#1001", 2), ("shipped", "#1001", 3)]
    record = listens.told[0][1]
    assert record.key.mode == "live"
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.po_number = "OTHER"


class Misbehaves:
    """Every hook of it does something wrong; ``how`` is called with the hook's name."""

    def __init__(self, how):
        self.how = how
        self.called = set()

    def _do(self, hook):
        self.called.add(hook)
        return self.how(hook)

    @hookimpl(tryfirst=True)
    def resolve_supplier_sku(self, sku):
        return self._do("resolve_supplier_sku")

    @hookimpl(tryfirst=True)
    def adjust_plan(self, plan):
        return self._do("adjust_plan")

    @hookimpl(tryfirst=True)
    def order_placed(self, record):
        return self._do("order_placed")

    @hookimpl(tryfirst=True)
    def order_held(self, record):
        return self._do("order_held")

    @hookimpl(tryfirst=True)
    def order_shipped(self, record):
        return self._do("order_shipped")


def raises(hook):
    raise RuntimeError(f"{SECRET} of Dana Quill")


def exits(hook):
    sys.exit(3)


def is_slow(hook):
    time.sleep(0.15)


def answers_rubbish(hook):
    return object()


@pytest.mark.parametrize("how", [raises, exits, is_slow, answers_rubbish])
def test_hooks_that_do_wrong_stop_no_order_no_other_plugin_and_no_worker(tmp_path, how, caplog):
    shop = InMemoryOrderSource([*orders(1, 2, 3, **fresh()), *orders(4, sku="MUG", **fresh())])
    gateway, listens, wrong = gateway_with(), Listens(), Misbehaves(how)
    with OrderSync(home=tmp_path, environment={}, plugins=[Acme(shop, acme=Supplier(gateway)), listens, wrong]) as sync:
        connect(sync)
        with sync.service(workers=2, look_every_s=None) as service:
            for order_id in shop.orders:
                give(sync, service, order_id)
            wait_for(lambda: len(listens.told) == 4, lambda: str(sync.records()))
            assert service.problem() == ""
        failures = sync.plugins.hooks.failures()
        states = sorted(str(record.state) for record in sync.records())
    assert states == ["held", "placed", "placed", "placed"] and len(gateway.placed) == 3
    assert wrong.called == {"resolve_supplier_sku", "adjust_plan", "order_placed", "order_held"}
    assert SECRET not in caplog.text and "Dana" not in caplog.text
    if how in (raises, exits):
        assert failures["Misbehaves", "adjust_plan"] >= 4


def give(sync, service, order_id, name="main"):
    """An event of this order, as a webhook stores it."""
    event = ShopEvent("orders/paid", EventKind.LOOK, f"event-{order_id}", order_id)
    sync.container.inbox().add([(name, event)], now=sync.container.clock().now())
    service.hint(name, order_id)


def test_one_plugin_that_uses_every_hook_works_in_one_look(tmp_path):
    class Everything(Acme, Listens):
        def __init__(self, shop, **suppliers):
            Acme.__init__(self, shop, **suppliers)
            self.told = []

        @hookimpl
        def resolve_supplier_sku(self, connection, supplier, sku):
            return "B00760004" if (connection, supplier, sku) == ("main", "acme", "SHIRT") else None

        @hookimpl
        def adjust_plan(self, plan):
            return PlanAdjustment(remove={"L2": "ours"})

    gateway = gateway_with()
    plugin = Everything(
        InMemoryOrderSource([an_order(a_line("L1", "SHIRT", 2), a_line("L2", "B00760003", 1))]), acme=Supplier(gateway)
    )
    with opened(tmp_path, plugin) as sync:
        (report,) = [report for report in sync.plugin_reports() if report.name == "Everything"]
        assert report.status == "loaded", report.reason
        connect(sync)
        look(sync)
    assert [(line.sku, line.quantity) for po, _ in gateway.placed for line in po.lines] == [("B00760004", 2)]
    assert [word for word, _ in plugin.told] == ["placed"]


# ---------------------------------------------------------------------- notifiers


class Pager:
    """A Messenger; ``does`` is what sending comes to."""

    def __init__(self, does=None):
        self.does, self.sent = does, []

    def services(self):
        return ("pager",)

    def send(self, title, body):
        if callable(self.does):
            return self.does()
        self.sent.append((title, body))
        return (Delivery("pager"),)


def failing(error):
    def does(context=None):
        raise error

    return does


def pager_plugin(built):
    return NotifierPlugin("pager", "Pager", built if callable(built) else lambda context: built)


def holding(tmp_path, notifier, **environment):
    shop = InMemoryOrderSource(orders(1, sku="MUG"))
    plugin = Acme(shop, notifiers=[notifier], acme=Supplier(gateway_with()))
    return opened(tmp_path, plugin, ORDER_SYNC_NOTIFY="plugin:pager", **environment)


def test_a_notifier_of_a_plugin_gets_each_cause_once(tmp_path):
    pager = Pager()
    with holding(tmp_path, pager_plugin(pager)) as sync:
        connect(sync)
        look(sync)
        look(sync)
        assert sync.notifications.services() == ("pager",)
        (check,) = [check for check in sync.doctor() if check.name == "notifications"]
    assert [title for title, _ in pager.sent] == ["Order Sync: order #1001 of main is held"] or len(pager.sent) == 1
    assert check.status == "ok" and "pager" in check.detail


@pytest.mark.parametrize(
    ("built", "said"),
    [
        (Pager(failing(RuntimeError(f"https://pager.example/{SECRET}"))), "the plugin raised RuntimeError"),
        (Pager(failing(SystemExit(SECRET))), "the plugin raised SystemExit"),
        (Pager(failing(ConfigurationError(f"PAGER_KEY cannot be {SECRET}."))), "PAGER_KEY cannot be [hidden]."),
        (Pager(lambda: None), "the plugin raised TypeError"),
        (Pager(lambda: ("taken",)), "does not say whether"),
        (Pager(lambda: ()), "does not say whether"),
        (None, "the plugin raised AttributeError"),
        (failing(RuntimeError(SECRET)), "the plugin raised RuntimeError"),
    ],
)
def test_a_notifier_that_fails_fails_no_sync_shows_no_secret_and_is_named(tmp_path, built, said, caplog):
    with holding(tmp_path, pager_plugin(built), PAGER_KEY=SECRET) as sync:
        connect(sync)
        assert [record.state for record in look(sync).records] == ["held"]
        (delivery,) = sync.notifications.test()
    assert said in delivery.problem and SECRET not in caplog.text + delivery.problem
    assert "plugin:pager" in delivery.service or delivery.service == "pager"


def test_a_notifier_that_nobody_registered_is_named_and_fails_no_sync(tmp_path, caplog):
    with opened(tmp_path, Acme(InMemoryOrderSource(orders(1)), acme=Supplier(gateway_with())), **UNKNOWN) as sync:
        connect(sync)
        assert [record.state for record in look(sync).records] == ["placed"]
        with pytest.raises(ConfigurationError, match=r"no notifier 'nobody'\. Installed: none"):
            sync.notifications.test()
        (check,) = [check for check in sync.doctor() if check.name == "notifications"]
    assert check.status == "fail" and "nobody" in check.detail and "nobody" in caplog.text


UNKNOWN = {"ORDER_SYNC_NOTIFY": "plugin:nobody"}


def test_a_notifier_that_fails_keeps_no_message_from_the_others(tmp_path):
    plugin = pager_plugin(Pager(failing(RuntimeError("no"))))
    with PostOffice() as office:
        mixed = {"ORDER_SYNC_NOTIFY": f"plugin:pager {office.url} plugin:pager"}
        with opened(tmp_path, Acme(InMemoryOrderSource(), notifiers=[plugin]), **mixed) as sync:
            deliveries = sync.notifications.test()
        assert len(office.messages) == 1
    assert [(bool(d.problem), "pager" in d.service) for d in deliveries] == [(False, False), (True, True)]


# ---------------------------------------------------------------------- suppliers that cannot be built


class Halfway:
    """Looks like a gateway until it is asked what it can do."""

    @property
    def capabilities(self):
        raise RuntimeError(SECRET)


BROKEN = {
    "raises": (failing(RuntimeError(SECRET)), "it raised RuntimeError"),
    "exits": (failing(SystemExit(3)), "it raised SystemExit"),
    "gives nothing": (lambda context: None, "it built a NoneType instead of a Supplier"),
    "gives a gateway": (lambda context: InMemoryGateway(), "it built a InMemoryGateway instead of a Supplier"),
    "no gateway": (Supplier(None), "its gateway is a NoneType without Capabilities"),
    "looks": (Supplier(Halfway()), "its gateway raised RuntimeError"),
    "rubbish": (Supplier(type("Bare", (), {"capabilities": Capabilities()})()), "its gateway lacks settle_s"),
    "profiles": (Supplier(gateway_with(payment_profiles=True)), "it lacks a PaymentProfileProvider"),
    "no profiles": (Supplier(gateway_with(), InMemoryPaymentProfiles()), "it gives a PaymentProfileProvider"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_supplier_that_cannot_be_built_says_so_and_leaves_other_connections_alone(tmp_path, name, caplog):
    build, said = BROKEN[name]
    good = gateway_with()
    with opened(tmp_path, Acme(InMemoryOrderSource(orders(1)), bad=build, acme=Supplier(good))) as sync:
        connect(sync)
        store_without_building(sync, "other", "bad")
        with pytest.raises(InvalidPluginError, match=said):
            look(sync, "other")
        look(sync)
        checks = {(check.about, check.name): check for check in sync.doctor()}
    assert len(good.placed) == 1
    bad = [check for (about, _), check in checks.items() if about == "other" and check.status == "fail"]
    assert bad and said in bad[0].detail and SECRET not in bad[0].detail + caplog.text
    assert checks["main", "supplier"].status == "ok"


def store_without_building(sync, name, supplier):
    connect(sync, name, "acme")
    connection = sync.connection(name)
    changed = dataclasses.replace(connection, supplier=dataclasses.replace(connection.supplier, plugin=supplier))
    sync.container.settings_store().save(changed)


def test_capabilities_that_a_gateway_does_not_have_are_refused_before_anything_is_bought(tmp_path):
    gateway = gateway_with(find_by_po=False)
    plugin = Acme(InMemoryOrderSource(orders(1)), capabilities=Capabilities(stock=True), acme=Supplier(gateway))
    with opened(tmp_path, plugin) as sync:
        sync.connect("main", source="acme-shop", supplier="acme", settings={"supplier.account": "1"})
        with pytest.raises(InvalidPluginError, match="other capabilities than its SupplierPlugin declares"):
            look(sync)
    assert gateway.placed == []


def test_a_service_rests_the_connection_whose_supplier_cannot_be_built_and_serves_the_others(tmp_path):
    good = gateway_with()
    plugin = Acme(InMemoryOrderSource(orders(1, 2, **fresh())), bad=failing(RuntimeError(SECRET)), acme=Supplier(good))
    with OrderSync(home=tmp_path, environment={}, plugins=[plugin]) as sync:
        connect(sync)
        store_without_building(sync, "other", "bad")
        with sync.service(workers=1, look_every_s=None) as service, person_at(sync, sync.asgi_app(service)) as person:
            give(sync, service, "gid://shopify/Order/1", "other")
            pause = wait_for(lambda: sync.container.pauses().all().get("other"), "the connection rests")
            give(sync, service, "gid://shopify/Order/2")
            wait_for(lambda: good.placed, "the other connection buys")
            assert "'bad'" in pause.reason and "RuntimeError" in pause.reason and SECRET not in pause.reason
            assert person.get("/connections").status == 200 and person.get("/orders").status == 200
            assert person.get("/connections/main/order-sync").status == 200
            page = person.get("/connections/other/order-sync")
            assert page.status < 500 and "RuntimeError" in page.text and SECRET not in page.text
            assert person.get("/connections/other/connect").status == 200
            assert service.problem() == ""


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (failing(RuntimeError(SECRET)), "it raised RuntimeError"),
        (failing(SystemExit(SECRET)), "it raised SystemExit"),
        (lambda context: None, "it built a NoneType that is no SettingsStore"),
    ],
)
def test_a_settings_store_that_cannot_be_opened_ends_with_a_sentence(tmp_path, build, said):
    class Keeps:
        @hookimpl
        def register_settings_stores(self, register):
            register(SettingsStorePlugin("vault", "Vault", build))

    with opened(tmp_path, Keeps(), ORDER_SYNC_SETTINGS_STORE="vault") as sync:
        with pytest.raises(InvalidPluginError, match=said) as caught:
            sync.connections()
        assert SECRET not in str(caught.value)
        assert any(report.name == "Keeps" for report in sync.plugin_reports())


@pytest.mark.parametrize("method", ["check", "option_problems", "address_problems", "fetch"])
def test_a_gateway_that_fails_when_it_is_looked_at_keeps_the_doctor_from_nothing_else(tmp_path, method):
    class Fails(FlakySupplier):
        def __getattribute__(self, name):
            if name == method:
                return failing_call
            return super().__getattribute__(name)

    def failing_call(*args):
        raise KeyError(SECRET)

    class FailingProfiles:
        fetch_profiles = staticmethod(failing_call)

    profiles = FailingProfiles() if method == "fetch" else None
    bad = Fails(capabilities=Capabilities(payment_profiles=profiles is not None))
    plugin = Acme(InMemoryOrderSource(), acme=Supplier(gateway_with()), bad=Supplier(bad, profiles))
    with opened(tmp_path, plugin) as sync:
        connect(sync, "z-good")
        store_without_building(sync, "a-bad", "bad")
        with_profile = {"payment_profile": PaymentProfile("buyer@example.com", "7", "Visa")}
        stored = sync.connection("a-bad")
        settings = dataclasses.replace(stored.order_sync, **with_profile)
        sync.container.settings_store().save(dataclasses.replace(stored, order_sync=settings))
        checks = sync.doctor()
    failed = [check for check in checks if check.about == "a-bad" and check.status == "fail"]
    if method != "address_problems":  # it is only asked about a store address
        assert failed and "KeyError" in failed[0].detail and SECRET not in failed[0].detail
    assert any(check.about == "z-good" and check.name == "supplier" for check in checks)


# ---------------------------------------------------------------------- answers that name no order


@pytest.mark.parametrize("answer", [None, Submission(()), "80001", object()])
def test_rubbish_in_answer_to_a_purchase_is_in_doubt_and_never_sent_twice(tmp_path, answer):
    gateway, clock = gateway_with(), ManualClock()
    gateway.answers = [lambda submission: answer]
    with opened(tmp_path, Acme(InMemoryOrderSource(orders(1)), acme=Supplier(gateway)), clock=clock) as sync:
        connect(sync)
        look(sync)
        for _ in range(3):
            clock.advance_s(timedelta(minutes=10).total_seconds())
            look(sync)
        (record,) = sync.records()
    assert record.state == "placed" and len(gateway.placed) == 1


# ---------------------------------------------------------------------- what a supplier does not declare


LESS = {"find_by_po": False, "test_orders": False, "stock": False}


def command(monkeypatch, tmp_path, plugin, *arguments, code=None):
    """A command, with the plugin as if it were installed."""
    begin = Installation.__init__
    monkeypatch.setattr(
        Installation, "__init__", lambda self, home=None, **parts: begin(self, home, **{**parts, "plugins": [plugin]})
    )
    monkeypatch.setenv("ORDER_SYNC_HOME", str(tmp_path))
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    if code is not None:
        assert result.exit_code == code, result.output
    return result


def test_what_a_supplier_cannot_do_is_said_by_the_pages_and_the_commands(tmp_path, monkeypatch):
    declared = Capabilities(stock=False, find_by_po=False, test_orders=False)
    plugin = Acme(InMemoryOrderSource(orders(1)), capabilities=declared, acme=Supplier(gateway_with(**LESS)))
    with opened(tmp_path, plugin) as sync:
        connect(sync, short_stock="hold")
        with person_at(sync) as person:
            tab = person.get("/connections/main/order-sync").text
            review = person.get("/connections/main/review").text
    limits = (
        "Acme cannot be asked for an order by its PO number",
        "Acme takes no test orders",
        "Acme has no payment profiles",
        "Acme does not tell its stock: Short Stock has no effect",
        "Acme cannot be told to cancel",
    )
    assert [limit for limit in limits if limit not in tab] == []
    assert "If the answer to the purchase is lost, it waits for you" in review
    assert "If too little is in stock, Acme decides." in review
    assert "Fetch Profiles" not in tab
    settings = command(monkeypatch, tmp_path, plugin, "settings", "main", "--json", code=0)
    assert json.loads(settings.stdout) and [limit for limit in limits if limit not in settings.stderr] == []
    doctor = command(monkeypatch, tmp_path, plugin, "doctor", "main")
    assert [limit for limit in limits if limit not in doctor.stdout] == []
    listed = command(monkeypatch, tmp_path, plugin, "plugins", "list", "--json", code=0)
    reports = {report["name"]: report for report in json.loads(listed.stdout)["plugins"]}
    assert reports["Acme"]["capabilities"] == {"acme": []}
    profiles = command(monkeypatch, tmp_path, plugin, "profiles", "main", "--email", "buyer@example.com", code=2)
    assert "has no payment profiles" in profiles.stderr


def test_a_purchase_in_doubt_at_a_supplier_without_look_up_is_a_persons_also_after_a_restart(tmp_path):
    gateway, shop, clock = gateway_with(find_by_po=False), InMemoryOrderSource(orders(1)), ManualClock()
    gateway.after_submit = [OutcomeUnknownError("the answer was lost")]
    gateway.before_find = [AssertionError("it must not be asked")] * 9
    plugin = Acme(shop, acme=Supplier(gateway))
    with opened(tmp_path, plugin, clock=clock) as sync:
        connect(sync)
        look(sync)
        (record,) = sync.records()
        assert record.state is State.IN_DOUBT
    for _ in range(3):
        clock.advance_s(timedelta(days=1).total_seconds())
        with opened(tmp_path, plugin, clock=clock) as sync:
            sync.sync("main")
            sync.handle_new_order("main", "gid://shopify/Order/1", explicit=True, follow=True)
            sync.reconcile("main", repair=True)
            (record,) = sync.records()
            assert (record.state, record.reason_code) == (State.IN_DOUBT, "cannot_look_up")
            assert [task.record.key for task in sync.tasks("main")] == [record.key]
            assert "orders release" in record.next_action
    assert len(gateway.bodies) == 1 and gateway.finds == 0


def test_a_death_while_sending_is_a_persons_too_where_nothing_can_be_looked_up(tmp_path):
    gateway, clock = gateway_with(find_by_po=False), ManualClock()
    gateway.after_submit = [die]
    plugin = Acme(InMemoryOrderSource(orders(1)), acme=Supplier(gateway))
    with opened(tmp_path, plugin, clock=clock) as sync:
        connect(sync)
        with pytest.raises(Died):
            look(sync)
    clock.advance_s(timedelta(hours=1).total_seconds())
    with opened(tmp_path, plugin, clock=clock) as sync:
        look(sync)
        (record,) = sync.records()
    assert (record.state, record.reason_code) == (State.IN_DOUBT, "cannot_look_up")
    assert len(gateway.bodies) == 1


class Died(BaseException):
    pass


def die():
    raise Died


def test_an_order_is_held_while_a_payment_profile_is_selected_that_the_supplier_cannot_have(tmp_path):
    gateway = gateway_with()
    with opened(tmp_path, Acme(InMemoryOrderSource(orders(1)), acme=Supplier(gateway))) as sync:
        connect(sync, payment_profile=PaymentProfile("buyer@example.com", "7", "Visa"))
        (record,) = look(sync).records
        assert (record.state, record.reason_code) == ("held", "no_payment_profiles") and gateway.placed == []
        assert "payment_profile=none" in record.next_action


def test_an_order_is_held_while_test_orders_are_on_and_the_supplier_has_none(tmp_path):
    gateway = gateway_with(test_orders=False)
    with opened(tmp_path, Acme(InMemoryOrderSource(orders(1)), acme=Supplier(gateway))) as sync:
        connect(sync, test_order=True)
        (record,) = look(sync).records
    assert (record.state, record.reason_code) == ("held", "no_test_orders") and gateway.placed == []


@pytest.mark.parametrize("rule", ["hold", "partial"])
def test_short_stock_has_no_effect_where_the_supplier_does_not_tell_its_stock(tmp_path, rule):
    gateway = FlakySupplier({"B00760004": 1}, capabilities=Capabilities(stock=False))
    with opened(tmp_path, Acme(InMemoryOrderSource(orders(1)), acme=Supplier(gateway))) as sync:
        connect(sync, short_stock=rule)
        assert [record.state for record in look(sync).records] == ["placed"]
        assert any("Short Stock has no effect" in limit for limit in sync.supplier_limits("main"))
    assert [line.quantity for po, _ in gateway.placed for line in po.lines] == [2]
