"""Too many requests: what is remembered, and that nothing is sent meanwhile."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from order_sync.adapters.http_support import retry_after_s
from order_sync.adapters.ssactivewear.rate_limit import RateLimit
from order_sync.core.errors import RateLimitedError
from tests.builders import NOW
from tests.fakes.clock import ManualClock
from tests.unit.adapters.ssactivewear.fake_ssactivewear import (
    PO,
    FakeSupplier,
    a_gateway,
    a_purchase,
    an_order_row,
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


def test_when_nothing_remains_the_next_call_waits_a_second():
    clock = ManualClock()
    supplier = FakeSupplier(json_reply([an_order_row()], **{"x-rate-limit-REMAINING": "0"}), json_reply([]))
    gateway = a_gateway(supplier, clock)
    gateway.find_by_po_number(PO)
    assert refused(gateway) == 1
    clock.advance_s(1)
    gateway.find_by_po_number(PO)
    assert len(supplier.requests) == 2


def test_what_remains_is_kept_and_nonsense_is_not():
    limit = RateLimit(ManualClock())
    limit.answered(200, {"X-Rate-Limit-Remaining": "41"}, 0)
    limit.answered(200, {"X-Rate-Limit-Remaining": "many"}, 0)
    limit.answered(200, {}, 0)
    assert limit.remaining == 41 and limit.wait_s() == 0


def test_calls_refused_at_the_same_moment_lengthen_the_pause_once():
    limit = RateLimit(ManualClock())
    ticket = limit.ticket()
    assert [limit.answered(429, {}, ticket) for _ in range(10)] == [1] * 10
    assert limit.answered(429, {}, limit.ticket()) == 2


def test_a_success_from_before_the_refusal_does_not_shorten_the_pause():
    limit = RateLimit(ManualClock())
    old = limit.ticket()
    limit.answered(429, {}, old)
    limit.answered(200, {}, old)
    assert limit.answered(429, {}, limit.ticket()) == 2


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
