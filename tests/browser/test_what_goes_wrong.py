"""What an operator sees when something is wrong; and two of them at once."""

from __future__ import annotations

from order_sync.sandbox import Fault
from tests.browser.test_the_whole_setup import connect


def test_wrong_credentials_are_told_where_they_were_entered_and_nothing_is_stored(empty):
    page = empty.person()
    connect(page, empty, token="shpat_wrong", api_key="wrong")
    page.get_by_role("button", name="Connect & Next").click()
    page.get_by_text("Nothing was saved.").wait_for()
    for name in ("Shop: Shopify", "Supplier: S&S Activewear"):
        side = page.get_by_role("group", name=name)
        assert side.get_by_role("alert").is_visible()
    assert page.get_by_label("Account (required)").input_value() == empty.sandbox.credentials()["account"]
    assert page.get_by_label("API key").input_value() == ""
    assert empty.sync.connections() == ()


def test_an_unknown_email_is_told_at_its_field_and_loses_nothing(desk):
    page = desk.person()
    page.goto(f"{desk.url}/connections/main/order-sync")
    page.get_by_label("Disable Dropshipping").check()
    page.get_by_label("Payment e-mail").fill("nobody@example.com")
    page.get_by_role("button", name="Fetch Profiles").click()
    page.locator("#payment_email-error").wait_for()
    assert "nobody@example.com" in page.locator("#payment_email-error").inner_text()
    assert page.get_by_label("Payment e-mail").input_value() == "nobody@example.com"
    assert page.get_by_label("Disable Dropshipping").is_checked()


def test_a_supplier_that_is_down_is_told_and_the_page_stays_usable(desk):
    page = desk.person()
    page.goto(f"{desk.url}/connections/main/order-sync")
    desk.sandbox.supplier.faults.add(Fault("status", status=503, method="GET", times=None))
    page.get_by_label("Payment e-mail").fill(desk.sandbox.credentials()["profile_email"])
    page.get_by_role("button", name="Fetch Profiles").click()
    page.locator("#payment_email-error").wait_for()
    page.goto(f"{desk.url}/status")
    assert page.get_by_role("row", name="supplier fail S&S").is_visible()
    page.get_by_role("link", name="Orders", exact=True).click()
    page.get_by_text("No orders yet.").wait_for()


def test_of_two_people_who_save_at_once_the_second_is_told_and_nothing_is_overwritten(desk):
    first, second = desk.person(), desk.person()
    for page in (first, second):
        page.goto(f"{desk.url}/connections/main/order-sync")
    first.get_by_label("Auto Fulfillment").uncheck()
    first.get_by_role("button", name="Save & Next").click()
    first.wait_for_url("**/review?told=saved")
    second.get_by_label("Test Order").check()
    second.get_by_role("button", name="Save & Next").click()
    told = second.get_by_role("alert")
    assert "changed by somebody else meanwhile" in told.inner_text()
    assert "Auto Fulfillment: false" in told.inner_text()
    assert second.get_by_label("Test Order").is_checked()
    settings = desk.sync.connection("main").order_sync
    assert not settings.auto_fulfillment and not settings.test_order
    second.get_by_label("Auto Fulfillment").uncheck()
    second.get_by_role("button", name="Save & Next").click()
    second.wait_for_url("**/review?told=saved")
    settings = desk.sync.connection("main").order_sync
    assert not settings.auto_fulfillment and settings.test_order


def test_going_live_lists_what_it_buys_before_it_does(desk):
    desk.sync.change_settings("main", {"enabled": False})
    page = desk.person()
    page.goto(f"{desk.url}/connections/main/order-sync")
    page.get_by_label("Order Sync", exact=True).check()
    page.get_by_role("button", name="Save & Next").click()
    page.get_by_role("heading", name="From now on orders are bought for real money").wait_for()
    assert not desk.sync.connection("main").order_sync.enabled
    page.get_by_role("button", name="Go live").click()
    page.wait_for_url("**/review?told=saved")
    assert desk.sync.connection("main").order_sync.enabled


def test_a_held_order_is_found_searched_and_skipped_with_a_reason(desk):
    desk.sandbox.shopify.add_order([("MUG-1", 1)])
    page = desk.person()
    page.goto(f"{desk.url}/orders")
    page.get_by_role("row", name="#1001").get_by_text("held", exact=True).wait_for(
        timeout=30_000
    )  # it came in by itself
    page.get_by_label("Order name or PO number").fill("1001")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Choose #1001").check()
    page.get_by_label("Do", exact=True).select_option("skip")
    page.get_by_label("Why").fill("a gift of our own")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Skip 1 order").wait_for()
    assert desk.sync.records("main")[0].state == "held"
    page.get_by_role("button", name="Skip 1 order").click()
    page.get_by_role("link", name="#1001").click()
    assert "a gift of our own" in page.inner_text("main")
    assert desk.sync.records("main")[0].state == "ignored"
