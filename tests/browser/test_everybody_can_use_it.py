"""Keyboard, contrast, narrow screens, dark mode, times in the viewer's zone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import NARROW, WIDE, Desk
from tests.faults.harness import wait_for

SERIOUS = ("serious", "critical")


def pages_of(desk: Desk) -> list[str]:
    from order_sync.web.record_address import address_of

    records = [f"/orders/{address_of(record.key)}" for record in desk.sync.records("main")]
    steps = [f"/connections/main/{step}" for step in ("connect", "order-sync", "review")]
    lists = ["/connections", "/connections/new", "/orders", "/orders?show=inbox", "/purchases", "/status"]
    return [*lists, *steps, *records]


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """One order is bought and one is held."""
    desk.sandbox.shopify.add_order([("B00760004", 2)])
    desk.sandbox.shopify.add_order([("MUG-1", 1)])
    wait_for(lambda: {r.state for r in desk.sync.records("main")} == {"placed", "held"}, "both orders were looked at")
    return desk


def found_by_axe(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    told = page.evaluate("axe.run()")
    return [
        f"{page.url}: {each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
        for each in told["violations"]
        if each["impact"] in SERIOUS
    ]


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_axe_finds_nothing_serious_on_any_page(busy, axe, size, scheme):
    page = busy.person(size=size, color_scheme=scheme, bypass_csp=True)  # axe is brought in from outside
    found = []
    for path in pages_of(busy):
        page.goto(busy.url + path)
        for each in page.locator("summary").all():
            each.click()
        found += found_by_axe(page, axe)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than the screen"
    page.context.clear_cookies()
    page.goto(f"{busy.url}/login")
    found += found_by_axe(page, axe)
    assert found == []


def test_the_settings_are_changed_and_saved_with_the_keyboard_alone(desk):
    page = desk.person()
    page.goto(f"{desk.url}/connections/main/order-sync")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        reached.append(name)
        if name == "test_order":
            page.keyboard.press("Space")
        if name == "Save & Next":
            page.keyboard.press("Enter")
            break
    page.wait_for_url("**/review?told=saved*")
    assert reached.index("enabled") < reached.index("payment_email") < reached.index("Fetch Profiles")
    assert desk.sync.connection("main").order_sync.test_order


def test_times_are_shown_in_the_zone_of_the_viewer(busy):
    page = busy.person()
    page.goto(f"{busy.url}/orders")
    shown = page.locator("time").first
    utc = shown.get_attribute("title")
    assert utc.endswith("UTC")
    assert shown.inner_text() == page.evaluate(
        "new Intl.DateTimeFormat('en-US', {dateStyle: 'medium', timeStyle: 'short', timeZone: 'America/Chicago'})"
        ".format(new Date(document.querySelector('time').dateTime))"
    )


def test_a_list_that_somebody_works_in_keeps_what_he_chose_while_it_is_refreshed(busy):
    page = busy.person()
    page.goto(f"{busy.url}/orders")
    page.get_by_label("Choose #1002").check()
    page.get_by_label("Why").fill("half a sent")
    busy.sandbox.shopify.add_order([("B00760004", 1)])
    page.get_by_role("heading", name="Orders").click()  # he looks up from the form
    page.get_by_role("row", name="#1003").wait_for(timeout=30_000)
    assert page.get_by_label("Choose #1002").is_checked()
    assert page.get_by_label("Why").input_value() == "half a sent"
