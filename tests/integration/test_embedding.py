"""A host app that embeds the core, with its own parts and an outside plugin."""

from __future__ import annotations

import types
from datetime import timedelta

import pytest
from dependency_injector import providers

from order_sync import OrderSync, connection_from_json, connection_to_json, is_reference, look_up_secret
from order_sync.adapters.memory import (
    InMemoryGateway,
    InMemoryInbox,
    InMemoryLedger,
    InMemoryOrderSource,
    InMemoryPaymentProfiles,
    InMemorySettingsStore,
)
from order_sync.core.errors import (
    ConcurrentUpdateError,
    ConfigurationError,
    NotAllowedError,
    OrderNotFoundError,
    StorageCorruptError,
)
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.plugins import Field, OrderSourcePlugin, Supplier, SupplierPlugin, hookimpl
from tests.builders import NOW, a_line, a_location, an_order
from tests.fakes.clock import ManualClock


def a_plugin(shop: InMemoryOrderSource, gateway: InMemoryGateway) -> types.ModuleType:
    """A module such as an outside package has."""
    module = types.ModuleType("acme")
    profiles = InMemoryPaymentProfiles({"buyer@example.com": (PaymentProfile("buyer@example.com", "7", "Bank"),)})

    @hookimpl
    def register_order_sources(register):
        register(OrderSourcePlugin("acme-shop", "Acme shop", lambda context: shop, (Field("shop", "Shop"),)))

    @hookimpl
    def register_suppliers(register):
        fields = (
            Field("account", "Account", required=True),
            Field("pause_s", "Pause", convert=float, default=1.0),
            Field("key", "Key", secret=True),
        )
        register(SupplierPlugin("acme", "Acme", lambda context: Supplier(gateway, profiles), fields))

    module.register_order_sources = register_order_sources
    module.register_suppliers = register_suppliers
    return module


def a_plugin_named(name: str) -> types.ModuleType:
    """Another one, with nothing of the first's names."""
    module = types.ModuleType(name)

    @hookimpl
    def register_order_sources(register):
        register(OrderSourcePlugin(name, name, lambda context: InMemoryOrderSource()))

    module.register_order_sources = register_order_sources
    return module


@pytest.fixture
def world(tmp_path):
    shop = InMemoryOrderSource([an_order()], [a_location()])
    gateway = InMemoryGateway({"B00760004": 100})
    sync = OrderSync(home=tmp_path, environment={}, clock=ManualClock(), plugins=[("acme", a_plugin(shop, gateway))])
    sync.connect("main", source="acme-shop", supplier="acme", settings={"supplier.account": "1", "source.shop": "demo"})
    yield sync, shop, gateway
    sync.close()


def live(sync: OrderSync, **more) -> None:
    sync.change_settings("main", {"enabled": True, "auto_fulfillment": True, "test_order": False, **more})


def test_an_outside_plugin_buys_through_the_same_core(world):
    sync, _, gateway = world
    live(sync)
    result = sync.handle_new_order("main", "gid://shopify/Order/1", explicit=True)
    assert (result.state, result.records[0].po_number) == ("placed", "DEMO-1001")
    assert len(gateway.placed) == 1


def test_every_part_can_be_replaced_in_one_line(tmp_path):
    ledger = InMemoryLedger()
    shop, gateway = InMemoryOrderSource([an_order()]), InMemoryGateway({"B00760004": 9})
    with OrderSync(
        home=tmp_path / "never-made",
        environment={},
        settings_store=InMemorySettingsStore(),
        clock=ManualClock(),
        plugins=[("acme", a_plugin(shop, gateway))],
    ) as sync:
        sync.container.ledger.override(providers.Object(ledger))
        sync.connect("main", source="acme-shop", supplier="acme", settings={"supplier.account": "1"})
        live(sync)
        sync.sync("main", since=NOW - timedelta(days=30))
    assert [record.state for record in ledger.find()] == ["placed"]
    assert not (tmp_path / "never-made").exists()


def test_two_installations_in_one_process_share_nothing(tmp_path):
    shops = [InMemoryOrderSource([an_order()]), InMemoryOrderSource()]
    opened = [
        OrderSync(home=tmp_path / str(n), environment={}, plugins=[("acme", a_plugin(shop, InMemoryGateway()))])
        for n, shop in enumerate(shops)
    ]
    opened[0].connect("main", source="acme-shop", supplier="acme", settings={"supplier.account": "1"})
    assert opened[0].connections() == ("main",) and opened[1].connections() == ()
    assert opened[0].container.ledger() is not opened[1].container.ledger()
    for sync in opened:
        sync.close()


class Workshop:
    """A plugin that is an object of a host's own."""

    @hookimpl
    def register_suppliers(self, register):
        fields = (Field("account", "Account", required=True),)
        register(SupplierPlugin("workshop", "Workshop", lambda context: Supplier(InMemoryGateway()), fields))


def test_plugins_are_modules_or_objects_and_named_after_themselves(tmp_path):
    module = a_plugin(InMemoryOrderSource(), InMemoryGateway())
    plugins = [module, Workshop(), ("other", a_plugin_named("second"))]
    with OrderSync(home=tmp_path, environment={}, plugins=plugins) as sync:
        given = {report.name: report.status for report in sync.plugin_reports() if report.origin == "given by the host"}
    assert given == {"acme": "loaded", "Workshop": "loaded", "other": "loaded"}


def test_a_plugin_that_is_blocked_by_the_name_of_its_class_is_not_loaded(tmp_path):
    environment = {"ORDER_SYNC_BLOCK_PLUGINS": "Workshop"}
    with OrderSync(home=tmp_path, environment=environment, plugins=[Workshop()]) as sync:
        (report,) = [report for report in sync.plugin_reports() if report.name == "Workshop"]
    assert report.status == "blocked"


def test_events_wait_where_the_host_keeps_them(tmp_path):
    inbox = InMemoryInbox()
    with OrderSync(home=tmp_path, environment={}, inbox=inbox) as sync:
        assert sync.container.inbox() is inbox


def test_a_settings_store_of_a_host_keeps_connections_as_text_and_secrets_by_reference(world):
    sync, _, _ = world
    live(sync, hold_tags=("rush",))
    stored = sync.connection("main")
    text = connection_to_json(stored)
    read = connection_from_json(text, name="main", revision=stored.revision, where="a test")
    assert (read, read.revision, read.order_sync.chosen) == (stored, stored.revision, stored.order_sync.chosen)
    with pytest.raises(StorageCorruptError, match="a test, line 1"):
        connection_from_json("{", name="main", revision="1", where="a test")
    assert look_up_secret("s3cret", "supplier.key") == "s3cret" and not is_reference("s3cret")
    assert look_up_secret("env:KEY", "supplier.key", {"KEY": "s3cret"}) == "s3cret" and is_reference("env:KEY")
    with pytest.raises(ConfigurationError, match=r"supplier\.key is kept in env:KEY"):
        look_up_secret("env:KEY", "supplier.key", {})


def test_a_dry_run_goes_on_from_what_is_recorded_and_stores_nothing(world):
    sync, shop, gateway = world
    live(sync)
    sync.sync("main", since=NOW - timedelta(days=30))
    shop.put(an_order(order_id="2", name="#2", number="2"))
    look = sync.sync("main", since=NOW - timedelta(days=30), dry_run=True)
    assert {record.order_name: record.state for record in look.records} == {"#1001": "placed", "#2": "planned"}
    assert len(sync.records()) == 1 and len(gateway.placed) == 1


def test_two_connections_to_one_supplier_account_get_different_po_prefixes(world):
    sync, _, _ = world
    other = sync.connect(
        "second", source="acme-shop", supplier="acme", settings={"supplier.account": "1", "source.shop": "demo"}
    )
    assert sync.connection("main").order_sync.po_prefix == "DEMO"
    assert other.order_sync.po_prefix == "DEMO2"
    with pytest.raises(ConfigurationError, match="another connection"):
        sync.change_settings("second", {"po_prefix": "DEMO"})


def test_profiles_and_locations_are_selected_only_when_they_exist(world):
    sync, _, _ = world
    with pytest.raises(ConfigurationError, match=r"7 \(Bank\)"):
        sync.select_profile("main", "buyer@example.com", "8")
    with pytest.raises(ConfigurationError, match="e-mail"):
        sync.fetch_profiles("main", "not an address")
    with pytest.raises(ConfigurationError, match="no location"):
        sync.select_location("main", "99")
    assert sync.select_profile("main", "buyer@example.com", "7").order_sync.payment_profile.label == "Bank"
    assert sync.select_location("main", "1").order_sync.store_address.name == "Main Street"


def test_a_connection_that_lacks_something_says_what(world):
    sync, _, _ = world
    for settings, words in (
        ({}, "supplier.account"),
        ({"supplier.account": "1", "supplier.colour": "red"}, "supplier.colour"),
        ({"supplier.account": "1", "supplier.key": "x"}, "--secret"),
        ({"supplier.account": "1", "supplier.pause_s": "long"}, "pause_s"),
        ({"account": "1"}, "supplier.NAME"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            sync.connect("new", source="acme-shop", supplier="acme", settings=settings)
        assert words in str(caught.value)
    with pytest.raises(ConfigurationError, match="no order source 'nothing'"):
        sync.connect("new", source="nothing", supplier="acme", settings={"supplier.account": "1"})
    with pytest.raises(ConfigurationError, match="no secret"):
        sync.connect(
            "new", source="acme-shop", supplier="acme", settings={"supplier.account": "1"}, secrets={"supplier.x": "1"}
        )
    assert sync.connections() == ("main",)


def test_a_connection_with_orders_in_flight_is_not_removed_by_accident(world):
    sync, _, _ = world
    live(sync)
    sync.sync("main", since=NOW - timedelta(days=30))
    with pytest.raises(NotAllowedError, match="in flight"):
        sync.disconnect("main")
    assert len(sync.disconnect("main", force=True)) == 1
    assert sync.connections() == () and len(sync.records("main")) == 1


def test_orders_are_found_by_any_of_their_names(world):
    sync, _, _ = world
    live(sync)
    sync.sync("main", since=NOW - timedelta(days=30))
    for text in ("#1001", "1001", "1", "gid://shopify/Order/1", "DEMO-1001", "70000001"):
        assert len(sync.records_called(text)) == 1, text
    with pytest.raises(OrderNotFoundError, match="9999"):
        sync.records_called("9999")


def test_somebody_elses_change_is_not_overwritten(world):
    sync, _, _ = world
    stale = sync.connection("main")
    live(sync)
    with pytest.raises(ConcurrentUpdateError):
        sync.container.settings_store().save(stale)


def test_the_doctor_looks_at_everything_and_names_the_remedy(world):
    sync, shop, _ = world
    checks = {check.name: check for check in sync.doctor()}
    assert checks["order sync"].status == "warn" and "enabled=true" in checks["order sync"].remedy
    assert checks["payment profile"].status == "warn"
    live(sync)
    shop.put(an_order(a_line("L1", "MUG")))
    sync.sync("main", since=NOW - timedelta(days=30))
    sync.change_settings("main", {"payment_profile": PaymentProfile("buyer@example.com", "8", "Gone")})
    checks = {check.name: check for check in sync.doctor("main")}
    assert "REAL MONEY" in checks["order sync"].detail
    assert checks["payment profile"].status == "fail" and "profiles main" in checks["payment profile"].remedy
    assert checks["orders"].status == "warn"


def test_secrets_that_others_can_read_fail_the_doctor(world):
    sync, _, _ = world
    sync.container.settings_store().set_secret("main", "supplier.key", "s3cret")
    path = sync.config.home / "secrets.json"
    path.chmod(0o644)
    (check,) = [check for check in sync.doctor() if check.name == "secrets file"]
    assert check.status == "fail" and "chmod 600" in check.remedy


def test_the_ledger_is_private_because_it_holds_addresses(world):
    sync, _, _ = world
    sync.records()
    live(sync)
    sync.sync("main", since=NOW - timedelta(days=30))
    assert (sync.config.home / "ledger.sqlite3").stat().st_mode & 0o077 == 0


def test_an_order_is_named_by_its_name_its_number_or_its_id(world):
    sync, _, _ = world
    for text in ("#1001", "1001", "gid://shopify/Order/1"):
        assert sync.find_order_id("main", text) == "gid://shopify/Order/1"
