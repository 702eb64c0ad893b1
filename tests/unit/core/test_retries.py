"""When something that failed is tried again."""

from __future__ import annotations

from statistics import mean

from hypothesis import given
from hypothesis import strategies as st

from order_sync.core.errors import MalformedResponseError
from order_sync.core.policies.retry import delay
from tests.builders import an_order
from tests.fakes.bench import Bench


@given(attempts=st.integers(1, 10_000), seed=st.text(), base_s=st.sampled_from([1.0, 2.0, 60.0]))
def test_a_wait_is_never_nothing_and_never_longer_than_the_cap(attempts, seed, base_s):
    wait_s = delay(attempts, seed, base_s=base_s).total_seconds()
    assert base_s / 10 <= wait_s <= min(900.0, base_s * 2.0 ** min(attempts - 1, 20))


def test_orders_that_failed_together_come_back_spread_over_the_whole_time():
    waits = [delay(5, f"gid://shopify/Order/{number}").total_seconds() for number in range(500)]
    assert min(waits) < 2 and max(waits) > 14 and 6 < mean(waits) < 10


def test_the_same_order_waits_alike_in_every_process():
    assert delay(3, "gid://shopify/Order/1") == delay(3, "gid://shopify/Order/1")


def test_a_maintenance_page_is_waited_out_and_no_person_is_asked(mocker):
    bench = Bench(an_order())
    page = MalformedResponseError("not JSON", service="supplier")
    bench.supplier.before_look_up = [page] * 3
    read, pages = bench.shop.get_order, [page] * 3
    mocker.patch.object(bench.shop, "get_order", lambda order_id: _or_raise(pages, lambda: read(order_id)))
    bench.handle()
    for _ in range(8):
        bench.clock.advance_s(60)
        bench.handle()
    assert bench.record().state == "placed" and bench.supplier.bought == ["DEMO-1001"]


def test_a_service_that_never_answers_in_its_shape_is_shown_to_a_person():
    bench = Bench(an_order())
    bench.supplier.before_look_up = [MalformedResponseError("not JSON", service="supplier") for _ in range(20)]
    bench.handle()
    for _ in range(8):
        bench.clock.advance_s(60)
        bench.handle()
    assert (bench.record().state, bench.record().reason_code) == ("held", "malformed_response")


def _or_raise(errors, work):
    if errors:
        raise errors.pop()
    return work()
