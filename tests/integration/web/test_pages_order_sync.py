"""The Order Sync tab: what is stored is shown, what is shown is stored, nothing is bought unasked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from order_sync.core.model.settings import PUBLIC_SETTINGS
from order_sync.sandbox import Fault

TAB = "/connections/main/order-sync"
EMAIL = "buyer@example.com"
CHANGED: dict[str, Any] = {
    "enabled": False,
    "auto_fulfillment": False,
    "test_order": True,
    "disable_dropshipping": True,
    "shipping_method": "14",
    "warehouse_preference": "fewest",
    "ship_blind": True,
    "residential": False,
    "email_confirmation": "orders@example.com",
    "unknown_sku": "skip",
    "po_template": "A-{order_number}",
    "po_prefix": "DEMO2",
    "reject_line_errors": False,
    "fulfill_when": "placed",
    "notify_customer": False,
    "short_stock": "partial",
    "hold_above": Decimal("250.50"),
    "hold_countries": ("CA", "MX"),
    "hold_tags": ("vip", "Größe <L>"),
    "hold_older_than_days": 30,
    "hold_risk": "investigate",
    "order_limit": Decimal(500),
    "daily_limit": Decimal("1e3"),
    "overdue_days": 9,
    "retention_days": None,
}


def profiles(sandbox: Any) -> str:
    """The e-mail under which the supplier has two profiles."""
    sandbox.supplier.profiles[EMAIL] = [
        {"profileID": 7, "profileName": "Card 4242", "profileType": "Credit Card"},
        {"profileID": 8, "profileName": "Bank 1111", "profileType": "Bank"},
    ]
    return EMAIL


def selected(sync: Any, sandbox: Any) -> None:
    """Every setting is another than the default."""
    (first, *_) = sync.locations("main")
    email = sandbox.credentials()["profile_email"]
    (profile, *_) = sync.fetch_profiles("main", email)
    sync.select_profile("main", email, profile.profile_id)
    sync.select_location("main", first.location_id)
    sync.change_settings("main", {k: v for k, v in CHANGED.items() if k != "warehouse_preference"})


def test_every_stored_setting_is_shown_and_the_unchanged_form_changes_nothing(sync, person, sandbox):
    selected(sync, sandbox)
    before = sync.connection("main")
    page = person.get(TAB)
    assert set(PUBLIC_SETTINGS) <= set(page.form(button="save").fields)
    after_page = person.send(page, "save")
    assert after_page.url.path.endswith("/review")
    after = sync.connection("main")
    assert after == before and after.order_sync.chosen == before.order_sync.chosen


def test_the_untouched_form_of_a_fresh_connection_chooses_nothing(sync, person):
    before = sync.connection("main")
    person.send(person.get(TAB), "save")
    assert sync.connection("main") == before
    assert sync.connection("main").order_sync.chosen == before.order_sync.chosen


@pytest.mark.parametrize("name", [n for n in CHANGED if n not in ("disable_dropshipping", "warehouse_preference")])
def test_each_setting_is_stored_as_it_was_given_and_nothing_else_is(sync, person, name):
    value = CHANGED[name]
    text = "none" if value is None else ",".join(value) if isinstance(value, tuple) else str(value)
    given = {True: "true", False: None}[value] if isinstance(value, bool) else text
    if name in ("ship_blind", "residential"):
        given = str(value).lower()
    before = sync.connection("main").order_sync
    page = person.send(person.get(TAB), "save", **{name: given})
    assert page.url.path.endswith("/review"), page.text
    after = sync.connection("main").order_sync
    assert getattr(after, name) == value
    others = set(PUBLIC_SETTINGS) - {name}
    assert {n: getattr(after, n) for n in others} == {n: getattr(before, n) for n in others}
    assert after.chosen == before.chosen | {name}


WRONG = {
    "po_template": "no field",
    "po_prefix": "a b",
    "email_confirmation": "nobody",
    "hold_above": "much",
    "hold_countries": "Canada",
    "hold_older_than_days": "0",
    "order_limit": "-1",
    "daily_limit": "NaN",
    "overdue_days": "x",
    "retention_days": "99999",
    "unknown_sku": "buy",
    "short_stock": "",
    "hold_risk": "<b>",
    "fulfill_when": "x" * 5000,
    "ship_blind": "maybe",
}


@pytest.mark.parametrize("name", WRONG)
def test_an_error_is_at_its_field_and_nothing_typed_is_lost(sync, person, name):
    before = sync.connection("main")
    typed = {"hold_tags": "vip, new", "payment_email": "a@example.com", "auto_fulfillment": None}
    page = person.send(person.get(TAB), "save", **{**typed, name: WRONG[name]})
    assert page.status == 422 and sync.connection("main") == before
    assert f'id="{name}-error"' in page.html and "<details open>" in page.html
    form = page.form(button="save")
    assert form.value("hold_tags") == "vip, new" and form.value("payment_email") == "a@example.com"
    assert form.value("auto_fulfillment") is None and form.value("enabled") == "true"


def test_several_errors_are_told_at_once(sync, person):
    page = person.send(person.get(TAB), "save", hold_above="much", ship_blind="maybe", overdue_days="x")
    assert all(f'id="{name}-error"' in page.html for name in ("hold_above", "ship_blind", "overdue_days"))


def test_profiles_are_fetched_selected_and_stored_without_a_script(sync, person, sandbox):
    page = person.send(person.get(TAB), "fetch", payment_email=profiles(sandbox), hold_tags="vip")
    assert "2 payment profiles are saved" in page.text
    form = page.form(button="save")
    assert [value for value, _ in form.options["payment_profile"]] == ["", "7", "8"]
    assert form.value("hold_tags") == "vip" and sync.connection("main").order_sync.payment_profile is None
    person.send(page, "save", payment_profile="8")
    stored = sync.connection("main").order_sync.payment_profile
    assert (stored.profile_id, stored.email) == ("8", EMAIL)


@pytest.mark.parametrize(
    "email", ["", "nobody@example.com", "no e-mail", "x" * 3000, "<b>@example.com", "a\x00@b.example"]
)
def test_fetching_with_an_unknown_email_says_so_at_the_email(sync, person, email):
    page = person.send(person.get(TAB), "fetch", payment_email=email)
    assert 'id="payment_email-error"' in page.html and "<b>@" not in page.html
    assert page.form(button="save").value("payment_email") == email.strip()


def test_a_selected_profile_survives_a_supplier_that_is_down(sync, person, sandbox):
    page = person.send(person.get(TAB), "fetch", payment_email=profiles(sandbox))
    sandbox.supplier.faults.add(Fault("status", status=503, times=None))
    page = person.send(page, "save", payment_profile="8")
    assert page.status == 422 and sync.connection("main").order_sync.payment_profile is None
    assert page.form(button="save").value("payment_profile") == "8"
    assert page.form(button="save").value("payment_email") == EMAIL


def test_fetching_while_the_supplier_is_down_keeps_what_is_stored(sync, person, sandbox):
    sync.select_profile("main", profiles(sandbox), "8")
    before = sync.connection("main")
    sandbox.supplier.faults.add(Fault("status", status=503, times=None))
    page = person.send(person.get(TAB), "fetch")
    assert 'id="payment_email-error"' in page.html
    assert page.form(button="save").value("payment_profile") == "8"
    person.send(page, "save")
    assert sync.connection("main") == before


def test_a_profile_of_another_email_is_refused_at_its_field(sync, person, sandbox):
    sync.select_profile("main", profiles(sandbox), "8")
    sandbox.supplier.profiles["other@example.com"] = [{"profileID": 9, "profileName": "X", "profileType": "Bank"}]
    page = person.send(person.get(TAB), "save", payment_email="other@example.com")
    assert page.status == 422 and 'id="payment_profile-error"' in page.html
    assert sync.connection("main").order_sync.payment_profile.email == EMAIL


def test_a_selected_address_survives_a_shop_that_is_down(sync, person, sandbox):
    first, second, *_ = sync.locations("main")
    sync.select_location("main", first.location_id)
    page = person.get(TAB)
    sandbox.shopify.faults.add(Fault("status", status=503, times=None))
    page = person.send(page, "save", store_address=second.location_id)
    assert page.status == 422 and 'id="store_address-error"' in page.html
    assert page.form(button="save").value("store_address") == second.location_id
    assert sync.connection("main").order_sync.store_address.location_id == first.location_id


def test_the_page_opens_and_saves_while_the_shop_is_down(sync, person, sandbox):
    sync.select_location("main", sync.locations("main")[0].location_id)
    sandbox.shopify.faults.add(Fault("status", status=503, times=None))
    page = person.get(TAB)
    assert page.status == 200 and "cannot be listed now" in page.text
    person.send(page, "save", hold_tags="vip")
    settings = sync.connection("main").order_sync
    assert settings.hold_tags == ("vip",) and settings.store_address is not None


def test_an_address_that_the_shop_does_not_have_is_refused(sync, person):
    page = person.send(person.get(TAB), "save", store_address="gid://shopify/Location/404")
    assert page.status == 422 and 'id="store_address-error"' in page.html


def test_disable_dropshipping_without_an_address_is_said_at_the_address(sync, person):
    page = person.send(person.get(TAB), "save", disable_dropshipping="true")
    assert page.status == 422 and 'id="store_address-error"' in page.html
    assert page.form(button="save").value("disable_dropshipping") == "true"


def test_a_field_that_is_missing_from_the_form_stays_as_it_is(sync, person, sandbox):
    selected(sync, sandbox)
    before = sync.connection("main").order_sync
    page = person.get(TAB)
    switches = [name for name, value in CHANGED.items() if isinstance(value, bool) and name[0] not in "rs"]
    gone = {name: None for name in PUBLIC_SETTINGS if name not in switches and name != "reject_line_errors"}
    page = person.send(page, "save", **gone, payment_email=None)
    assert page.url.path.endswith("/review"), page.text
    assert sync.connection("main").order_sync == before


def test_repeated_fields_and_unknown_ones_are_no_defect(sync, person):
    page = person.send(person.get(TAB), "save", hold_tags=["a", "b"], enabled=["true", "true"], nonsense="1")
    assert page.url.path.endswith("/review")
    assert sync.connection("main").order_sync.hold_tags == ("b",)


def test_an_unknown_button_does_what_save_does_not(sync, person):
    page = person.get(TAB)
    before = sync.connection("main")
    page = person.send(page, form=page.form(button="save"), do="explode", hold_tags="x")
    assert page.status == 400 and sync.connection("main") == before
