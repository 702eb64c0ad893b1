"""The feature's description, step by step in a real browser; a screenshot of each step is kept in docs/images."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.browser.conftest import IMAGES, Desk
from tests.faults.harness import wait_for

KEEP = os.environ.get("ORDER_SYNC_SCREENSHOTS") == "keep"
"""Screenshots differ a little with every browser: they are only kept when they are asked for."""


def shot(page: Any, name: str, folder: Path, part: Any = None) -> None:
    """A picture of the page, or of a part of it."""
    target = IMAGES if KEEP else folder
    target.mkdir(parents=True, exist_ok=True)
    if part is None:
        page.screenshot(path=str(target / f"{name}.png"), full_page=True)
    else:
        part.screenshot(path=str(target / f"{name}.png"))
    assert (target / f"{name}.png").stat().st_size > 5_000


def connect(page: Any, desk: Desk, **wrong: str) -> None:
    """Fill the step Connect in."""
    given = {**desk.sandbox.credentials(), **wrong}
    page.get_by_role("link", name="Add a connection").click()
    page.get_by_label("Shop (required)").fill(given["shop"])
    page.get_by_label("Access token").fill(given["token"])
    page.get_by_label("Account (required)").fill(given["account"])
    page.get_by_label("API key").fill(given["api_key"])
    for more in page.get_by_text("More settings").all():
        more.click()
    page.locator("#source-base_url").fill(given["shopify_base_url"])
    page.locator("#supplier-base_url").fill(given["supplier_base_url"])
    page.locator("#supplier-settle_s").fill("0.5")


def set_up(page: Any, desk: Desk) -> None:
    """The tab Order Sync, in the order of the description."""
    page.get_by_label("Order Sync", exact=True).check()
    page.get_by_label("Auto Fulfillment").check()
    page.get_by_label("Test Order").check()
    page.get_by_label("Payment e-mail").fill(desk.sandbox.credentials()["profile_email"])
    page.get_by_role("button", name="Fetch Profiles").click()
    page.get_by_label("Payment Profile").select_option(index=1)
    page.get_by_label("Disable Dropshipping").check()
    page.get_by_label("Store address").select_option(index=1)


def test_the_whole_setup_is_done_in_the_browser_and_an_order_placed_in_the_shop_is_bought(empty, tmp_path):
    page = empty.person()
    connect(page, empty)
    shot(page, "1-connect", tmp_path)
    page.get_by_role("button", name="Connect & Next").click()
    page.wait_for_url("**/connections/main/order-sync?told=connected")
    shot(page, "2-order-sync", tmp_path)
    set_up(page, empty)
    shot(page, "3-order-sync-filled-in", tmp_path)
    page.get_by_role("button", name="Save & Next").click()
    page.wait_for_url("**/connections/main/review?told=saved")
    assert "sent to S&S Activewear as a test order" in page.inner_text("main")
    shot(page, "4-review", tmp_path)
    settings = empty.sync.connection("main").order_sync
    assert settings.enabled and settings.auto_fulfillment and settings.test_order and settings.disable_dropshipping
    assert settings.payment_profile and settings.store_address

    page.get_by_role("button", name="Go live: turn Order Sync on and Test Order off").click()
    page.wait_for_url("**/review?told=live")
    order_id = empty.sandbox.shopify.add_order([("B00760004", 2)])
    page.get_by_role("link", name="Orders", exact=True).click()
    page.get_by_role("row", name="#1001").get_by_text("placed").wait_for(timeout=30_000)
    shot(page, "5-orders", tmp_path)
    page.get_by_role("link", name="#1001").click()
    assert "B00760004" in page.inner_text("main")
    shot(page, "6-order", tmp_path)
    page.get_by_role("link", name="Status").click()
    page.get_by_role("heading", name="main").wait_for()
    shot(page, "7-status", tmp_path, page.get_by_role("region", name="Checks of main"))
    (bought,) = empty.sandbox.supplier.orders
    assert [(line["sku"], line["qtyOrdered"]) for line in bought["lines"]] == [("B00760004", 2)]
    assert empty.sandbox.shopify.orders[order_id].name == "#1001"
    assert page.errors == []


def test_the_whole_setup_works_without_a_script(empty, tmp_path):
    page = empty.person(script=False)
    connect(page, empty)
    page.get_by_role("button", name="Connect & Next").click()
    set_up(page, empty)
    page.get_by_role("button", name="Save & Next").click()
    assert page.url.endswith("/connections/main/review?told=saved")
    empty.sandbox.shopify.add_order([("B00760004", 1)])
    wait_for(lambda: empty.sandbox.supplier.orders, "the order is bought")
    page.goto(f"{empty.url}/orders")
    assert "#1001" in page.inner_text("main") and "UTC" in page.inner_text("main")
