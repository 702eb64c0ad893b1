"""Too many requests: what is remembered, and that nothing is sent meanwhile."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from order_sync.adapters.http_support import retry_after_s
from order_sync.core.errors import RateLimitedError
from tests.builders import NOW
from tests.fakes.clock import ManualClock
from tests.unit.adapters.ssactivewear.fake_ssactivewear import (
    PO,
    FakeSupplier,
    a_gateway,
    a_purchase,
    json_reply,
)


def refused(gateway) -> float:
    with pytest.raises(RateLimitedError) as caught:
        gateway.find_by_po_number(PO)
    return caught.value.retry_after_s


def test_without_retry_after_the_pause_doubles_up_to_a_minute_and_begins_anew_after_a_success():
    clock = ManualClock()
    supplier = FakeSupplier(*[json_reply({}, 429)] * 8, json_reply([]), json_reply({}, 429))
    gateway = a_gateway(supplier, clock)
    pauses = []
    for _ in range(8):
        pauses.append(refused(gateway))
        clock.advance_s(pauses[-1])
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert gateway.find_by_po_number(PO) == ()
    assert refused(gateway) == 1


def test_nothing_is_sent_until_the_pause_is_over():
    clock = ManualClock()
    supplier = FakeSupplier(json_reply({}, 429, **{"Retry-After": "30"}), json_reply([]))
    gateway = a_gateway(supplier, clock)
    assert refused(gateway) == 30
    clock.advance_s(10)
    assert refused(gateway) == 20
    with pytest.raises(RateLimitedError, match="not sent"):
        gateway.submit(a_purchase(), "{}")
    assert len(supplier.requests) == 1
    clock.advance_s(20)
    assert gateway.find_by_po_number(PO) == ()


def test_what_the_header_says_is_left_spreads_the_calls_and_nonsense_does_not():
    clock = ManualClock()
    replies = [json_reply([], **{"X-Rate-Limit-REMAINING": text}) for text in ("many", "", "59", "20", "20")]
    gateway = a_gateway(FakeSupplier(*replies), clock)
    began = clock.now()
    for _ in range(4):
        gateway.find_by_po_number(PO)
    assert clock.now() == began
    gateway.find_by_po_number(PO)
    gateway.find_by_po_number(PO)
    assert (clock.now() - began).total_seconds() == 60 / 20


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("5", 5),
        ("0.5", 0.5),
        ("0", 0),
        ("999999999", 3600),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        ("Tue, 03 Mar 2026 15:00:30 -0000", 30),
        (format_datetime(NOW - timedelta(days=1)), 0),
        ("soon", None),
        ("-3", None),
        ("1e400", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text, wanted):
    assert retry_after_s({"retry-AFTER": text}, NOW) == wanted


def test_a_rate_limited_look_up_of_items_raises_and_is_never_an_unknown_item():
    supplier = FakeSupplier(httpx.Response(429))
    with pytest.raises(RateLimitedError):
        a_gateway(supplier).look_up_items(["B00760004"])
