"""Real money only after it was asked for; two people; the review's words."""

from __future__ import annotations

import pytest

from order_sync.sandbox import Fault

TAB = "/connections/main/order-sync"
REVIEW = "/connections/main/review"


@pytest.fixture
def off(sync):
    """Off, with test orders, as a new connection is."""
    sync.change_settings("main", {"enabled": False, "test_order": True})
    return sync


@pytest.fixture
def waits(sync, sandbox):
    """An order that began live, and was paid while test orders were on: going live buys it at once."""
    order = sandbox.shopify.add_order([("B00760004", 2)], financial_status="PENDING")
    sync.handle_new_order("main", order)
    sync.change_settings("main", {"test_order": True})
    sandbox.shopify.pay(order)
    sync.handle_new_order("main", order)
    return order


def test_going_live_asks_first_and_lists_what_it_buys_at_once(sync, person, sandbox, waits):
    page = person.send(person.get(TAB), "save", test_order=None, hold_tags="vip")
    assert "Going live buys 1 order at once: #1001: 2 × B00760004" in page.text
    assert sync.connection("main").order_sync.test_order and not sandbox.supplier.orders
    page = person.send(page, "live")
    assert page.url.path == REVIEW
    settings = sync.connection("main").order_sync
    assert not settings.test_order and settings.hold_tags == ("vip",)
    sync.sync("main")
    assert len(sandbox.supplier.orders) == 1


def test_the_review_lists_what_going_live_would_buy_now(sync, person, sandbox, waits):
    page = person.get(REVIEW)
    assert "would buy 1 order for real money at once: #1001: 2 × B00760004" in page.text
    assert not sandbox.supplier.orders


def test_going_live_asks_also_when_nothing_waits(off, person):
    page = person.send(person.get(TAB), "save", enabled="true", test_order=None)
    assert "Nothing waits" in page.text and not off.connection("main").order_sync.enabled


def test_pressing_enter_in_a_field_never_goes_live(off, person):
    page = person.send(person.get(TAB), "save", enabled="true", test_order=None)
    assert "for real money" in page.text
    form = page.form(button="live")
    assert form.buttons[0] == ("do", "save")
    again = person.send(page, "save")
    assert "for real money" in again.text and not off.connection("main").order_sync.enabled


def test_saving_while_live_does_not_ask_again(sync, person):
    page = person.send(person.get(TAB), "save", hold_tags="vip")
    assert page.url.path == REVIEW and "settings are saved" in page.text


def test_the_review_goes_live_with_one_button_and_says_so(off, person):
    page = person.send(person.get(REVIEW), "live")
    assert "bought for real money from now on" in page.text
    settings = off.connection("main").order_sync
    assert settings.enabled and not settings.test_order
    assert "Going live" not in page.text.replace("Go live", "")


def test_the_review_does_not_say_that_it_is_live_when_it_is_not(off, person):
    page = person.get(REVIEW, told="live")
    assert "Orders are bought for real money" not in page.text


def test_two_people_at_save_the_second_is_told_what_is_stored(sync, person):
    mine = person.get(TAB)
    sync.change_settings("main", {"hold_tags": ("theirs",), "notify_customer": False})
    page = person.send(mine, "save", hold_tags="mine")
    assert page.status == 409 and "somebody else" in page.text
    assert "Hold Tags: theirs" in page.text and "Notify Customer: false" in page.text
    assert page.form(button="save").value("hold_tags") == "mine"
    assert sync.connection("main").order_sync.hold_tags == ("theirs",)
    person.send(page, "save")
    assert sync.connection("main").order_sync.hold_tags == ("mine",)


@pytest.mark.parametrize("path", [TAB, REVIEW])
def test_two_people_at_go_live_nothing_becomes_live_by_what_another_changed(off, person, path):
    mine = person.get(path)
    if path == TAB:
        mine = person.send(mine, "save", enabled="true", test_order=None)
    off.change_settings("main", {"disable_dropshipping": False, "hold_tags": ("theirs",)})
    page = person.send(mine, "live")
    assert page.status == 409 and "somebody else" in page.text
    assert not off.connection("main").order_sync.enabled
    page = person.send(page, "live" if path == REVIEW else "save")
    assert off.connection("main").order_sync.enabled is (path == REVIEW)


def test_a_connection_that_is_saved_by_two_at_the_same_moment_is_not_overwritten(sync, person, mocker):
    page = person.get(TAB)
    change = sync.change_settings

    def first_the_other(name, values, *, revision=None):
        change("main", {"hold_tags": ("theirs",)})
        return change(name, values, revision=revision)

    mocker.patch.object(sync, "change_settings", first_the_other)
    page = person.send(page, "save", hold_tags="mine")
    assert page.status == 409 and "Hold Tags: theirs" in page.text
    assert sync.connection("main").order_sync.hold_tags == ("theirs",)


def test_a_forged_or_missing_revision_changes_nothing(sync, person):
    before = sync.connection("main")
    for path, button in ((TAB, "save"), (TAB, "live")):
        for revision in (None, "", "x" * 9000, "<b>"):
            page = person.get(path)
            page = person.send(page, form=page.form(button="save"), do=button, revision=revision, hold_tags="x")
            assert page.status == 409 and "<b>" not in page.html.partition("<main")[2].partition("Name")[0]
    assert sync.connection("main") == before


def test_a_supplier_that_is_down_stops_nobody_from_reading_the_review(off, person, sandbox):
    off.change_settings("main", {"enabled": True})
    sandbox.shopify.add_order([("B00760004", 2)])
    sandbox.shopify.faults.add(Fault("status", status=503, times=None))
    sandbox.supplier.faults.add(Fault("status", status=503, times=None))
    page = person.get(REVIEW, skus="1")
    assert page.status == 200 and "What happens to the next paid order" in page.text
    assert 'class="message error"' in page.html


def test_the_review_compares_skus_when_asked(sync, person, sandbox):
    sandbox.shopify.add_order([{"sku": "MUG-<b>", "quantity": 1, "title": "Mug <script>alert(1)</script>"}])
    assert "Compare every SKU" in person.get(REVIEW).text
    page = person.get(REVIEW, skus="1")
    assert page.status == 200 and "<script>alert" not in page.html


def test_the_review_says_that_the_connection_is_paused(sync, person):
    sync.pause("main", "count the stock")
    assert "is paused" in person.get(REVIEW).text


def test_an_unknown_button_of_the_review_is_told(off, person):
    before = off.connection("main")
    page = person.get(REVIEW)
    page = person.send(page, form=page.form(button="live"), do="explode")
    assert off.connection("main") == before and page.status == 400


@pytest.mark.parametrize("path", ["connect", "order-sync", "review"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_connection_that_does_not_exist_is_not_found(sync, person, path, method):
    for name in ("nobody", "a b", "%00", "x" * 2000, "ä", "<b>", "main%2Forder-sync"):
        address = f"/connections/{name}/{path}"
        answer = person.client.get(address) if method == "get" else person.post(address, [("csrf", person.csrf())])
        assert answer.status_code in (400, 404), (address, answer.text)
        assert "<b>" not in answer.text.partition("<main")[2]


def test_a_connection_removed_while_the_tab_is_open_is_told(sync, person):
    tab, review = person.get(TAB), person.get(REVIEW)
    sync.change_settings("main", {"enabled": False})
    sync.disconnect("main")
    for page, button in ((tab, "save"), (tab, "fetch")):
        assert person.send(page, button).status == 404
    assert review.status == 200
    assert person.get("/connections").status == 200
