"""Connect, Order Sync and Review, over HTTP beside the simulated shop and supplier."""

from __future__ import annotations

import types

import pytest
from marshmallow import Schema, fields, validate

from order_sync import OrderSync
from order_sync.core.model.settings import PUBLIC_SETTINGS
from order_sync.core.model.supplier_order import Capabilities
from order_sync.plugins import Supplier, SupplierPlugin, hookimpl
from order_sync.plugins.schema_fields import fields_of
from order_sync.sandbox import Fault
from tests.fakes.person import logged_in

TAB = "/connections/main/order-sync"


@pytest.fixture
def person(sync):
    with logged_in(sync) as somebody:
        yield somebody


def connecting(sandbox, **changes):
    given = sandbox.credentials()
    return {
        "name": "second",
        "source.shop": given["shop"],
        "source.base_url": given["shopify_base_url"],
        "source.token": given["token"],
        "supplier.account": "00098",
        "supplier.base_url": given["supplier_base_url"],
        "supplier.api_key": given["api_key"],
        **changes,
    }


def stored(sync):
    return sync.connection("main").order_sync


# ---------------------------------------------------------------------- Connect


def test_a_side_that_refuses_is_told_at_its_place_and_nothing_is_stored(person, sync, sandbox):
    answer = person.send("/connections/new", **connecting(sandbox, **{"source.token": "shpat_wrong"}), do="save")
    assert answer.status_code == 422 and "Nothing was saved." in answer.text
    assert answer.text.index("Shop: Shopify") < answer.text.index('role="alert"', answer.text.index("Shop: Shopify"))
    assert sync.connections() == ("main",)
    for secret in ("shpat_wrong", sandbox.credentials()["api_key"]):
        assert secret not in answer.text


def test_a_supplier_that_is_down_hinders_nobody_from_storing_the_connection_all_the_same(person, sync, sandbox):
    sandbox.supplier.faults.add(Fault("status", status=503, method="GET", times=None))
    form = connecting(sandbox, **{"supplier.account": sandbox.credentials()["account"]})
    assert "Save although it does not work" in person.send("/connections/new", **form, do="save").text
    answer = person.send("/connections/new", **form, do="anyway")
    assert answer.url.path == "/connections/second/order-sync"
    assert sync.connections() == ("main", "second")


def test_editing_keeps_secrets_and_the_sku_map_and_shows_no_secret(person, sync, sandbox):
    sync.map_skus("main", {"A": "B00760004"})
    before = dict(sync.secret_names("main"))
    page = person.get("/connections/main/connect").text
    for secret in (sandbox.credentials()["token"], sandbox.credentials()["api_key"]):
        assert secret not in page
    answer = person.send("/connections/main/connect", **{"supplier.timeout_s": "21"}, do="save")
    assert answer.url.path == TAB, answer.text
    assert sync.connection("main").supplier.values["timeout_s"] == 21
    assert dict(sync.secret_names("main")) == before and sync.sku_map("main") == {"A": "B00760004"}


@pytest.mark.parametrize("reference", ["env:HOME", "file:/etc/hostname", "keyring:a/b"])
def test_a_reference_is_no_secret_on_the_page(person, sync, reference):
    answer = person.send("/connections/main/connect", **{"source.token": reference}, do="save")
    assert answer.status_code == 422 and "A reference is not taken here." in answer.text
    assert sync.secret_names("main")["source.token"] == "stored"


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("source.shop", "example.com", "permanent domain"),
        ("supplier.timeout_s", "soon", "a number of seconds"),
        ("name", "main", "There is a connection"),
        ("name", "no/slash", "cannot name a connection"),
    ],
)
def test_a_wrong_value_is_told_at_its_field_and_the_rest_stays(person, sync, sandbox, field, text, told):
    answer = person.send("/connections/new", **connecting(sandbox, **{field: text}), do="save")
    assert answer.status_code == 422 and told in answer.text
    place = answer.text.index(f'id="{field.replace(".", "-")}-error"')
    assert told in answer.text[place : place + 600]
    assert 'value="00098"' in answer.text and sync.connections() == ("main",)


def test_who_edits_what_somebody_else_changed_meanwhile_is_told(person, sync):
    form = person.form("/connections/main/connect", has="source.shop")
    sync.connect("main", settings={"supplier.timeout_s": "33"})
    answer = person.post("/connections/main/connect", form, **{"supplier.timeout_s": "44"}, do="save")
    assert "changed by somebody else meanwhile" in answer.text
    assert sync.connection("main").supplier.values["timeout_s"] == 33


class AcmeSettings(Schema):
    account = fields.String(required=True, metadata={"title": "Acme account", "help": "On every invoice"})
    region = fields.String(load_default="east", validate=validate.OneOf(["east", "west"]))
    express = fields.Boolean(metadata={"title": "Express"})
    key = fields.String(metadata={"title": "Acme key", "secret": True})


def test_the_fields_of_a_plugin_from_outside_appear_by_themselves(tmp_path, sandbox):
    from order_sync.adapters.memory import InMemoryGateway

    module = types.ModuleType("acme")
    built = []

    @hookimpl
    def register_suppliers(register):
        def build(context):
            built.append((dict(context.settings), context.secret("key")))
            return Supplier(InMemoryGateway({"A": 1}, capabilities=Capabilities(stock=True)), None)

        register(SupplierPlugin("acme", "Acme & Sons", build, fields_of(AcmeSettings)))

    module.register_suppliers = register_suppliers
    with OrderSync(home=tmp_path, environment={}, plugins=[("acme", module)]) as sync, logged_in(sync) as person:
        page = person.get("/connections/new?supplier=acme").text
        assert "Supplier: Acme &amp; Sons" in page and "Acme account" in page and "On every invoice" in page
        assert 'type="password" id="supplier-key"' in page and '<option value="west">' in page
        form = connecting(sandbox, **{"supplier.account": "9", "supplier.region": "west", "supplier.key": "hush"})
        path = "/connections/new?supplier=acme"
        answer = person.send(path, has="revision", **form, do="save")
        assert answer.url.path == "/connections/second/order-sync", answer.text
        assert built[0][1] == "hush" and "hush" not in answer.text
        assert sync.connection("second").supplier.values == {"account": "9", "region": "west"}
        assert "has no payment profiles" in answer.text and "Fetch Profiles" not in answer.text


# ---------------------------------------------------------------------- Order Sync


def test_saving_the_tab_unchanged_changes_nothing(person, sync):
    before, chosen = stored(sync), stored(sync).chosen
    answer = person.send(TAB, has="po_template", do="save")
    assert answer.url.path == "/connections/main/review"
    assert stored(sync) == before and stored(sync).chosen == chosen


def test_every_setting_is_on_the_tab_and_comes_back_as_it_was_saved(person, sync):
    given = {
        "auto_fulfillment": None,
        "reject_line_errors": None,
        "notify_customer": None,
        "ship_blind": "true",
        "residential": "false",
        "email_confirmation": "orders@example.com",
        "unknown_sku": "skip",
        "po_template": "{prefix}-X-{order_number}",
        "po_prefix": "SHOP",
        "fulfill_when": "placed",
        "short_stock": "hold",
        "hold_above": "250.50",
        "hold_countries": "ca, mx",
        "hold_tags": "wholesale,big",
        "hold_older_than_days": "7",
        "hold_risk": "cancel",
        "order_limit": "900",
        "daily_limit": "5000",
        "overdue_days": "9",
        "retention_days": "30",
        "shipping_method": "1",
        "warehouse_preference": "fewest",
    }
    own = {"enabled", "test_order", "disable_dropshipping", "store_address", "payment_profile"}
    assert set(given) | own == set(PUBLIC_SETTINGS)
    answer = person.send(TAB, has="po_template", **given, do="save")
    assert answer.url.path == "/connections/main/review", answer.text
    settings = stored(sync)
    assert (settings.hold_countries, settings.hold_tags) == (("CA", "MX"), ("wholesale", "big"))
    assert (str(settings.hold_above), settings.retention_days, settings.ship_blind) == ("250.50", 30, True)
    assert not settings.auto_fulfillment and not settings.notify_customer
    person.send(TAB, has="po_template", do="save")
    assert stored(sync) == settings


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("hold_above", "much", "Use an amount"),
        ("po_template", "{order_number}", "Add a letter"),
        ("hold_countries", "Canada", "two capital letters"),
        ("retention_days", "0", "a number of days"),
        ("disable_dropshipping", "true", "needs a store address"),
        ("shipping_method", "by pigeon", "pigeon"),
    ],
)
def test_a_setting_that_cannot_be_is_told_and_nothing_typed_is_lost(person, sync, name, text, told):
    before = stored(sync)
    answer = person.send(TAB, has="po_template", **{name: text, "hold_tags": "typed-before"}, do="save")
    assert answer.status_code == 422 and told in answer.text and 'value="typed-before"' in answer.text
    assert stored(sync) == before


def test_profiles_are_fetched_selected_and_kept(person, sync, sandbox):
    email = sandbox.credentials()["profile_email"]
    fetched = person.send(TAB, has="po_template", payment_email=email, unknown_sku="skip", do="fetch")
    found = sync.fetch_profiles("main", email)
    assert all(f'value="{profile.profile_id}"' in fetched.text for profile in found)
    assert '<option value="skip" selected>' in fetched.text  # nothing typed is lost
    assert stored(sync).payment_profile is None
    person.send(TAB, has="po_template", payment_email=email, payment_profile=found[1].profile_id, do="save")
    assert stored(sync).payment_profile == found[1]
    assert f'value="{found[1].profile_id}" selected' in person.get(TAB).text
    person.send(TAB, has="po_template", payment_profile="", do="save")
    assert stored(sync).payment_profile is None


def test_a_profile_of_another_email_is_not_stored(person, sync, sandbox):
    email = sandbox.credentials()["profile_email"]
    chosen = sync.fetch_profiles("main", email)[0].profile_id
    answer = person.send(TAB, has="po_template", payment_email="nobody@example.com", payment_profile=chosen, do="save")
    assert answer.status_code == 422 and 'id="payment_' in answer.text
    assert stored(sync).payment_profile is None


def test_a_shop_that_is_down_leaves_the_tab_usable(person, sync, sandbox):
    sandbox.shopify.faults.add(Fault("status", status=503, method="POST", times=None))
    answer = person.get(TAB)
    assert answer.status_code == 200 and "addresses cannot be listed now" in answer.text
    person.send(TAB, has="po_template", overdue_days="8", do="save")
    assert stored(sync).overdue_days == 8


def test_going_live_is_asked_first_and_lists_what_it_buys(person, sync, sandbox):
    # begun live: what came later than that is not bought by going live, and the second may be over any moment
    order = sandbox.shopify.add_order([("B00760004", 2)], financial_status="PENDING")
    sync.handle_new_order("main", order)
    sync.change_settings("main", {"test_order": True})
    sandbox.shopify.pay(order)
    asked = person.send(TAB, has="po_template", test_order=None, do="save")
    assert "bought for real money" in asked.text and stored(sync).test_order
    assert "#1001" in asked.text and "2 × B00760004" in asked.text
    assert person.send(TAB, has="po_template", test_order=None, do="live").url.path == "/connections/main/review"
    assert not stored(sync).test_order and sandbox.supplier.orders == []


def test_going_live_on_the_review_is_refused_when_the_settings_changed_meanwhile(person, sync):
    sync.change_settings("main", {"test_order": True})
    form = person.form("/connections/main/review")
    sync.change_settings("main", {"disable_dropshipping": False, "overdue_days": 3})
    answer = person.post("/connections/main/review", form, do="live")
    assert answer.status_code == 409 and stored(sync).test_order


def test_the_review_names_skus_that_the_supplier_does_not_know_when_asked(person, sandbox):
    sandbox.shopify.add_product("Mug", "MUG-1")
    assert "MUG-1" not in person.get("/connections/main/review").text
    assert "MUG-1" in person.get("/connections/main/review?skus=1").text
