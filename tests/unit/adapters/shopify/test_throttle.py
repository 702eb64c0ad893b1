"""Points: how long we wait before a request and after a refusal."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.adapters.http_support import retry_after_s
from order_sync.adapters.shopify.throttle import Cost, CostGate, Patience, cost_of
from order_sync.core.errors import RateLimitedError, ServiceUnavailableError
from order_sync.core.ports import FulfillmentWrite
from tests.builders import NOW
from tests.fakes.clock import ManualClock
from tests.unit.adapters.shopify.fake_shopify import GID, FakeShopify, a_raw_order, cost, throttled

WRITE = FulfillmentWrite(
    {"gid://shopify/FulfillmentOrder/1": {"gid://shopify/FulfillmentOrderLineItem/1": 1}}, (), True
)
CREATED = {"fulfillmentCreate": {"fulfillment": {"id": "gid://shopify/Fulfillment/9"}, "userErrors": []}}


def test_a_refused_read_waits_until_its_cost_is_there() -> None:
    shop = FakeShopify(OrderForSync=[throttled(300, 50, rate=50), {"order": a_raw_order()}])
    shop.source().get_order(GID)
    assert shop.clock.slept == [5.0]


def test_a_wait_is_at_least_a_second() -> None:
    shop = FakeShopify(OrderForSync=[throttled(100, 99), {"order": a_raw_order()}])
    shop.source().get_order(GID)
    assert shop.clock.slept == [1.0]


def test_a_refused_write_was_not_run_and_is_sent_again() -> None:
    shop = FakeShopify(FulfillmentCreate=[throttled(), httpx.Response(429, headers={"retry-after": "2"}), CREATED])
    assert shop.source().create_fulfillment(WRITE) == "gid://shopify/Fulfillment/9"
    assert shop.clock.slept == [1.0, 2.0]


def test_eight_refusals_are_enough() -> None:
    shop = FakeShopify(OrderForSync=throttled())
    with pytest.raises(RateLimitedError) as caught:
        shop.source().get_order(GID)
    assert caught.value.retry_after_s == 1.0
    assert len(shop.requests) == 8


def test_sixty_seconds_of_waiting_are_enough() -> None:
    shop = FakeShopify(OrderForSync=throttled(2000, 0, rate=80))
    with pytest.raises(RateLimitedError) as caught:
        shop.source().get_order(GID)
    assert caught.value.retry_after_s == 25.0
    assert sum(shop.clock.slept) <= 60


def test_a_long_retry_after_is_told_not_waited_for() -> None:
    shop = FakeShopify(OrderForSync=httpx.Response(429, headers={"retry-after": "600"}))
    with pytest.raises(RateLimitedError) as caught:
        shop.source().get_order(GID)
    assert caught.value.retry_after_s == 600.0
    assert shop.clock.slept == []


def test_a_refusal_without_advice_waits_a_little() -> None:
    shop = FakeShopify(OrderForSync=[httpx.Response(429), {"order": a_raw_order()}])
    shop.source().get_order(GID)
    assert shop.clock.slept == [2.0]


def test_the_second_request_waits_for_the_points_that_the_first_one_used() -> None:
    answer = {"data": {"order": a_raw_order()}, "extensions": cost(150, 50)}
    shop = FakeShopify(OrderForSync=answer)
    source = shop.source()
    source.get_order(GID)
    assert shop.clock.slept == []
    source.get_order(GID)
    assert shop.clock.slept == [1.0]


def test_time_that_passes_refills_the_bucket() -> None:
    shop = FakeShopify(OrderForSync={"data": {"order": a_raw_order()}, "extensions": cost(150, 50)})
    source = shop.source()
    source.get_order(GID)
    shop.clock.advance_s(1.0)
    source.get_order(GID)
    assert shop.clock.slept == []


def test_requests_that_start_together_do_not_count_the_same_points() -> None:
    gate = CostGate(ManualClock())
    gate.note("Q", Cost(100, 150, 2000, 100))
    assert [gate.reserve("Q") for _ in range(3)] == [0.0, 0.5, 1.5]


def test_an_operation_of_unknown_cost_is_not_held_back() -> None:
    gate = CostGate(ManualClock())
    assert gate.reserve("Q") == 0.0
    gate.note("other", Cost(100, 0, 2000, 100))
    assert gate.reserve("Q") == 0.0


def test_a_cost_above_the_whole_bucket_waits_for_a_full_one() -> None:
    assert Cost(3000, 0, 1000, 100).shortage_s(3000) == 10.0


@pytest.mark.parametrize(
    "extensions",
    [
        None,
        {},
        [],
        {"cost": None},
        {"cost": {"requestedQueryCost": 1}},
        cost(1, 1, rate=0),
        cost(1, float("nan")),
        cost(10**400, 1),
        cost(1, "many"),  # type: ignore[arg-type]
    ],
)
def test_a_cost_that_is_not_stated_in_full_is_no_cost(extensions: object) -> None:
    assert cost_of(extensions) is None


@given(
    requested=st.floats(0, 1000),
    available=st.floats(0, 2000),
    rate=st.floats(1, 1000),
    later=st.floats(0, 100),
)
def test_after_the_wait_there_are_enough_points(requested: float, available: float, rate: float, later: float) -> None:
    clock = ManualClock()
    gate = CostGate(clock)
    gate.note("Q", Cost(requested, available, 2000, rate))
    clock.advance_s(later)
    wait = gate.reserve("Q")
    assert 0 <= wait <= 30
    if wait < 30:
        assert available + (later + wait) * rate >= requested - 0.01


@given(st.lists(st.floats(0, 100) | st.none()))
def test_patience_has_an_end(advice: list[float | None]) -> None:
    patience = Patience(write=True)
    pauses = []
    for seconds in advice:
        pause = patience.pause_s(RateLimitedError("x", retry_after_s=seconds))
        if pause is None:
            break
        pauses.append(pause)
    assert sum(pauses) <= 60
    assert len(pauses) <= 7
    assert all(pause >= 1 for pause in pauses)
    assert patience.pause_s(ServiceUnavailableError("x")) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2.0", 2.0), ("0", 0.0), ("99999", 3600.0), ("", None), ("soon", None), ("-3", None), ("nan", None)],
)
def test_retry_after_is_read_as_seconds(text: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": text}, NOW) == seconds


def test_retry_after_is_read_as_a_date() -> None:
    later = NOW + timedelta(seconds=90)
    assert retry_after_s({"retry-after": later.strftime("%a, %d %b %Y %H:%M:%S GMT")}, NOW) == 90.0
    assert retry_after_s({"retry-after": "Tue, 03 Mar 2026 15:01:30"}, NOW) == 90.0  # HTTP dates are GMT
