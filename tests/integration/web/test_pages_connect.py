"""The step Connect: both sides are tried, errors are in place, secrets never come back."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.core.errors import StorageError
from order_sync.sandbox import Fault
from tests.integration.web.person import Page, Person, person_at


def given(sandbox: Any, **changes: str) -> dict[str, str]:
    credentials = sandbox.credentials()
    return {
        "source.shop": credentials["shop"],
        "source.base_url": credentials["shopify_base_url"],
        "source.token": credentials["token"],
        "supplier.account": credentials["account"],
        "supplier.base_url": credentials["supplier_base_url"],
        "supplier.api_key": credentials["api_key"],
        **{name.replace("__", "."): value for name, value in changes.items()},
    }


def new(person: Person, sandbox: Any, button: str = "save", **changes: str) -> Page:
    page = person.get("/connections/new")
    return person.send(page, button, form=page.form(button="save"), **given(sandbox, **changes))


@pytest.fixture
def beginner(empty):
    with person_at(empty) as somebody:
        yield somebody


def error_at(page: Page, name: str) -> str:
    """The text under a field."""
    key = name.replace(".", "-")
    assert f'id="{key}-error"' in page.html, page.text
    return page.html.partition(f'id="{key}-error">')[2].partition("</p>")[0]


def test_a_shop_and_a_supplier_are_connected_and_the_order_sync_tab_follows(empty, beginner, sandbox):
    page = new(beginner, sandbox)
    assert page.url.path == "/connections/main/order-sync" and "is stored" in page.text
    stored = empty.connection("main")
    assert stored.source.values["shop"] == "demo.myshopify.com"
    assert set(empty.secret_names("main")) == {"source.token", "supplier.api_key"}
    assert "demo.myshopify.com" in beginner.get("/connections").text


@pytest.mark.parametrize(
    ("changes", "side", "other_works"),
    [
        ({"source__token": "shpat_wrong"}, "Shop", True),
        ({"supplier__api_key": "wrong-key"}, "Supplier", True),
        ({"source__base_url": "http://127.0.0.1:1"}, "Shop", True),
        ({"supplier__base_url": "http://127.0.0.1:1"}, "Supplier", True),
    ],
)
def test_what_one_side_refuses_is_said_at_that_side_and_nothing_is_stored(
    empty, beginner, sandbox, changes, side, other_works
):
    page = new(beginner, sandbox, **changes)
    assert page.status == 422 and empty.connections() == ()
    assert page.text.count("It works:") == 1
    before = page.html.partition(f"<legend>{side}")[2].partition("</fieldset>")[0]
    assert 'class="message error"' in before
    assert page.form(button="save").value("source.shop") == "demo.myshopify.com"
    for secret in ("shpat_wrong", "wrong-key", sandbox.shopify.token, sandbox.supplier.api_key):
        assert secret not in page.html


def test_missing_access_scopes_are_named(empty, beginner, sandbox):
    sandbox.shopify.knobs.scopes = tuple(s for s in sandbox.shopify.knobs.scopes if "fulfillment" not in s)
    page = new(beginner, sandbox)
    assert page.status == 422 and "lack" in page.text and "fulfillment" in page.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source.shop", "not a shop"),
        ("supplier.account", ""),
        ("supplier.timeout_s", "soon"),
        ("source.base_url", "ftp://shop.example"),
    ],
)
def test_an_unusable_setting_is_said_at_its_field_and_what_was_typed_stays(empty, beginner, sandbox, name, value):
    page = new(beginner, sandbox, **{name: value})
    assert page.status == 422 and empty.connections() == ()
    assert error_at(page, name)
    form = page.form(button="save")
    assert form.value(name) == value
    assert form.value("source.base_url" if name != "source.base_url" else "source.shop")


def test_a_supplier_that_is_down_can_be_saved_all_the_same_and_nobody_says_that_it_answers(empty, beginner, sandbox):
    sandbox.supplier.faults.add(Fault("status", status=503, times=None))
    page = new(beginner, sandbox)
    assert page.status == 422 and "Save although it does not work" in page.text
    page = beginner.send(page, "anyway", **given(sandbox))
    assert page.url.path == "/connections/main/order-sync" and empty.connections() == ("main",)
    assert "Shop and supplier answer" not in page.text


@pytest.mark.parametrize("value", ["env:HOME", "file:/etc/passwd", "keyring:a/b", "  env:HOME"])
def test_a_reference_is_not_taken_as_a_secret_because_it_reads_this_machine(empty, beginner, sandbox, value):
    for button in ("save", "anyway"):
        page = new(beginner, sandbox, button, supplier__api_key=value)
        assert page.status == 422 and "reference is not taken" in error_at(page, "supplier.api_key")
        assert empty.connections() == ()


@pytest.mark.parametrize("name", ["", "a b", "../etc", "x" * 64, "ä", "a\x00b", "<b>x</b>", "new/connect"])
def test_a_name_that_cannot_be_used_is_said_at_its_field(empty, beginner, sandbox, name):
    page = new(beginner, sandbox, name=name)
    assert page.status == 422 and error_at(page, "name") and empty.connections() == ()


def test_a_taken_name_overwrites_nothing(sync, person, sandbox):
    before = sync.connection("main")
    for button in ("save", "anyway"):
        page = new(person, sandbox, button, name="main", supplier__account="99")
        assert page.status == 422 and "already" in error_at(page, "name")
    assert sync.connection("main") == before


def test_editing_keeps_secrets_that_were_left_empty_and_the_sku_map(sync, person, sandbox):
    sync.map_skus("main", {"A": "B00760004"})
    page = person.get("/connections/main/connect")
    assert all(secret not in page.html for secret in (sandbox.shopify.token, sandbox.supplier.api_key))
    page = person.send(page, "save", supplier__timeout_s="7")
    assert page.url.path == "/connections/main/order-sync", page.text
    stored = sync.connection("main")
    assert stored.supplier.values["timeout_s"] == 7 and stored.sku_map == {"A": "B00760004"}
    sandbox.shopify.add_order([("B00760004", 1)])
    sync.sync("main")
    assert len(sandbox.supplier.orders) == 1


def test_saving_the_unchanged_form_changes_nothing(sync, person):
    before = sync.connection("main")
    person.send(person.get("/connections/main/connect"), "save")
    after = sync.connection("main")
    assert after == before and after.order_sync.chosen == before.order_sync.chosen


def test_a_new_secret_is_used_at_once(sync, person, sandbox):
    sandbox.shopify.token = "shpat_rotated"
    page = person.send(person.get("/connections/main/connect"), "save")
    assert page.status == 422
    page = person.send(page, "save", source__token="shpat_rotated")
    assert page.url.path.endswith("/order-sync") and "shpat_rotated" not in page.html
    assert sync.locations("main")


def test_the_second_of_two_people_is_told_and_overwrites_nothing(sync, person, sandbox):
    mine = person.get("/connections/main/connect")
    sync.connect("main", settings={"supplier.timeout_s": "9"})
    page = person.send(mine, "save", supplier__timeout_s="5", supplier__api_key=sandbox.supplier.api_key)
    assert page.status == 422 and "somebody else" in page.text
    assert sync.connection("main").supplier.values["timeout_s"] == 9
    assert page.form(button="save").value("supplier.timeout_s") == "5"


def test_a_connection_that_was_removed_meanwhile_is_not_made_again(sync, person):
    mine = person.get("/connections/main/connect")
    sync.disconnect("main", force=True)
    page = person.send(mine, "save")
    assert page.status == 404 and sync.connections() == ()


def test_no_answer_has_a_secret_in_it(sync, person, sandbox):
    sandbox.shopify.add_order([("B00760004", 1)])
    sync.sync("main")
    steps = [f"connections/main/{step}" for step in ("connect", "order-sync", "review?skus=1")]
    for path in (*steps, "status", "orders", "purchases"):
        assert person.get(f"/{path}").status == 200
    new(person, sandbox, name="second", supplier__account="1 2")
    secrets = (sandbox.shopify.token, sandbox.shopify.client_secret, sandbox.supplier.api_key)
    for answer in person.answers:
        assert not any(secret in answer.text or secret in str(answer.headers) for secret in secrets), answer.url


@pytest.mark.parametrize("name", ["source.token", "supplier.api_key", "source.shop", "supplier.account"])
@pytest.mark.parametrize("value", ["ümlaut-ключ", "a\r\nX-Evil: 1", "nul\x00", "x" * 100_000, "\ufeffbom"])
def test_no_text_however_odd_is_a_defect(empty, beginner, sandbox, name, value):
    page = new(beginner, sandbox, **{name: value})
    assert page.status in (200, 422), page.text
    if "token" in name or "key" in name:
        assert value not in page.html


def test_kinds_that_do_not_exist_are_told(empty, beginner, sandbox):
    assert beginner.get("/connections/new", source="nonsense").status == 400
    page = new(beginner, sandbox, source="<script>", supplier="x" * 1000)
    assert page.status == 400 and "<script>" not in page.html and empty.connections() == ()


def test_a_store_that_cannot_be_written_loses_nothing_of_what_was_typed(sync, person, mocker):
    page = person.get("/connections/main/connect")
    mocker.patch.object(sync.container.settings_store(), "save", side_effect=StorageError("The disk is full."))
    page = person.send(page, "save", supplier__timeout_s="8")
    assert page.status in (422, 503) and "The disk is full." in page.text
    assert page.form(button="save").value("supplier.timeout_s") == "8"
