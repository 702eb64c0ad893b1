"""The look at the whole shop, and what an operator does by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from order_sync.adapters.memory import InMemoryLedger
from order_sync.core.errors import ConfigurationError, NotAllowedError, ServiceUnavailableError
from order_sync.core.model.order import FinancialStatus
from tests.builders import NOW, a_fulfillment, a_line, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import lost


def orders(count: int):
    return [
        an_order(
            order_id=f"gid://shopify/Order/{n}",
            name=f"#{1000 + n}",
            number=str(1000 + n),
            updated_at=NOW + timedelta(minutes=n),
        )
        for n in range(1, count + 1)
    ]


def test_a_second_look_buys_nothing():
    bench = Bench(*orders(3))
    assert bench.sync().looked_at == 3
    bench.sync()
    bench.sync(since=NOW - timedelta(days=1))
    assert sorted(bench.supplier.bought) == ["DEMO-1001", "DEMO-1002", "DEMO-1003"]


def test_a_look_goes_on_where_the_last_one_ended_with_an_overlap():
    bench = Bench(*orders(60))
    bench.sync()
    assert bench.ledger.cursor("main") == NOW + timedelta(minutes=60)
    assert 1 <= bench.sync().looked_at <= 12


def test_a_limited_look_is_resumed_by_the_next_one():
    bench = Bench(*orders(30))
    bench.sync(limit=20)
    assert len(bench.supplier.bought) == 20
    bench.sync()
    assert len(bench.supplier.bought) == 30


def test_a_backfill_does_not_hide_what_lies_before_it():
    bench = Bench(*orders(5))
    bench.sync(since=NOW + timedelta(minutes=4))
    assert bench.ledger.cursor("main") is None
    bench.sync()
    assert len(bench.supplier.bought) == 5


def test_an_order_that_somebody_else_claims_is_listed_again_and_not_lost_when_they_die():
    bench = Bench(*orders(60))
    bench.ledger.claim("main", "gid://shopify/Order/2", now=bench.clock.now(), lease_s=600)
    bench.sync()
    assert "DEMO-1002" not in bench.supplier.bought
    bench.clock.advance_s(601)
    bench.sync()
    assert len(bench.supplier.bought) == 60


def test_a_look_that_is_killed_goes_on_from_near_where_it_was(mocker):
    bench = Bench(*orders(60))
    seen = []
    read = bench.shop.get_order

    def killed_at_the_fiftieth(order_id):
        seen.append(order_id)
        if len(seen) == 50:
            raise KeyboardInterrupt
        return read(order_id)

    mocker.patch.object(bench.shop, "get_order", killed_at_the_fiftieth)
    with pytest.raises(KeyboardInterrupt):
        bench.sync()
    assert bench.ledger.cursor("main") == NOW + timedelta(minutes=25)
    assert bench.sync().looked_at == 60 - 25 + 11


def test_a_dry_run_says_what_would_be_bought_and_changes_nothing():
    bench = Bench(*orders(2))
    real, bench.ledger = bench.ledger, InMemoryLedger()
    bench.look._ledger = bench.ledger
    look = bench.sync(dry_run=True, since=NOW - timedelta(days=1))
    assert [record.state for record in look.records] == ["planned", "planned"]
    assert [record.po_number for record in look.records] == ["DEMO-1001", "DEMO-1002"]
    assert bench.supplier.bodies == [] and bench.ledger.cursor("main") is None
    assert real.find() == ()


def test_an_order_that_cannot_be_read_now_is_recorded_and_tried_again(mocker):
    bench = Bench(*orders(2))
    whole = bench.shop.get_order
    answers = [ServiceUnavailableError("down")]

    def sometimes(order_id):
        if answers:
            raise answers.pop()
        return whole(order_id)

    mocker.patch.object(bench.shop, "get_order", side_effect=sometimes)
    look = bench.sync()
    assert {record.state for record in look.records} == {"placed"}
    assert look.looked_at == 2


def test_what_settles_within_thirty_seconds_is_waited_for():
    bench = Bench(*orders(1))
    bench.supplier.after_submit = [lost()]
    assert bench.sync().records[0].state == "placed"
    assert sum(bench.clock.slept) < 30


def test_what_settles_later_is_not_waited_for():
    from tests.fakes.supplier import FlakySupplier

    bench = Bench(*orders(1), supplier=FlakySupplier(settle_s=120.0))
    bench.supplier.before_submit = [lost()]
    assert bench.sync().records[0].state == "in_doubt"
    assert sum(bench.clock.slept) < 35


def test_a_skipped_order_is_never_bought_until_it_is_retried():
    bench = Bench(an_order(financial_status=FinancialStatus.PENDING))
    bench.handle()
    bench.operator.skip(bench.record(), "the customer called")
    bench.shop.put(an_order())
    record = bench.handle().records[0]
    assert (record.state, record.reason_code) == ("ignored", "skipped")
    assert "the customer called" in record.reason
    assert bench.operator.retry(bench.ctx, record).state == "placed"


def test_an_order_skipped_while_it_waited_is_not_bought_by_its_fulfillment():
    bench = Bench(an_order(), auto_fulfillment=False)
    bench.handle()
    bench.operator.skip(bench.record(), "")
    bench.shop.put(an_order(fulfillments=(a_fulfillment(),)))
    bench.handle()
    assert bench.supplier.bodies == []


def test_a_bought_order_cannot_be_skipped_retried_or_released():
    bench = Bench(an_order())
    bench.handle()
    for action in (
        lambda: bench.operator.skip(bench.record(), ""),
        lambda: bench.operator.retry(bench.ctx, bench.record()),
        lambda: bench.operator.release(bench.ctx, bench.record()),
    ):
        with pytest.raises(NotAllowedError, match="placed"):
            action()


def test_an_order_in_doubt_cannot_be_skipped():
    bench = Bench(an_order())
    bench.supplier.after_submit = [lost()]
    bench.handle()
    with pytest.raises(NotAllowedError):
        bench.operator.skip(bench.record(), "")


def test_moves_are_told_after_they_are_stored():
    bench = Bench(an_order())
    bench.handle()
    assert [event.record.state for event in bench.notifier.events] == ["planned", "submitting", "placed"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"unknown_sku": "maybe"}, "hold, skip"),
        ({"fulfill_when": "never"}, "shipped, placed"),
        ({"po_template": "{order_number}"}, "letter"),
        ({"po_template": "PO {order_number}"}, "letters, digits"),
        ({"po_template": "{prefix}"}, "order_number"),
        ({"po_template": "{customer}-{order_number}"}, "prefix"),
        ({"po_prefix": "a b"}, "letters"),
        ({"email_confirmation": "nobody"}, "orders@example.com"),
        ({"disable_dropshipping": True}, "locations"),
        ({"colour": "red"}, "settings are"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_what_would(values, words):
    with pytest.raises(ConfigurationError) as caught:
        Bench().set(**values)
    assert words in str(caught.value)


def test_turning_order_sync_on_and_going_live_store_since_when():
    bench = Bench(enabled=False, test_order=True, enabled_since=None)
    bench.set(enabled=True)
    assert bench.connection.order_sync.enabled_since == NOW
    bench.clock.advance_s(60)
    bench.set(notify_customer=False)
    assert bench.connection.order_sync.enabled_since == NOW
    bench.set(test_order=False)
    assert bench.connection.order_sync.enabled_since == NOW + timedelta(seconds=60)


def test_an_order_without_lines_is_ignored_and_says_so():
    bench = Bench(an_order(a_line(quantity=0)))
    assert bench.handle().records[0].reason_code == "nothing_to_buy"
