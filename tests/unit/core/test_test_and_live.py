"""Switching test orders with orders under way, and looking before the first send."""

from __future__ import annotations

from datetime import timedelta

import pytest

from order_sync.core.errors import AuthenticationError, NotAllowedError, ServiceUnavailableError
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderLine, SupplierOrderStatus
from tests.builders import NOW, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier, lost

ORDER = "gid://shopify/Order/1"
UNPLUGGED = ServiceUnavailableError("unplugged")


def modes(bench: Bench) -> list[Mode]:
    return [purchase.mode for purchase, _ in bench.supplier.placed]


def by_mode(bench: Bench) -> dict[str, str]:
    return {str(r.key.mode): str(r.state) for r in bench.ledger.records_of_order("main", ORDER)}


def test_a_purchase_sent_as_a_test_ends_as_a_test_after_going_live():
    bench = Bench(an_order(), test_order=True)
    bench.supplier.before_submit.append(UNPLUGGED)
    bench.handle()
    bench.clock.advance_s(60)
    bench.set(test_order=False)
    bench.sync()
    assert modes(bench) == [Mode.TEST]
    assert by_mode(bench)["test"] == "placed" and by_mode(bench).get("live") in (None, "ignored")


def test_a_purchase_sent_live_ends_live_after_test_orders_were_turned_on():
    bench = Bench(an_order(), test_order=False)
    bench.supplier.before_submit.append(UNPLUGGED)
    bench.handle()
    bench.set(test_order=True)
    bench.clock.advance_s(60)
    bench.sync()
    assert modes(bench) == [Mode.LIVE] and by_mode(bench) == {"live": "placed"}


def test_a_live_purchase_in_doubt_that_never_arrived_is_sent_again_live():
    bench = Bench(an_order(), test_order=False)
    bench.supplier.before_submit.append(lost())
    bench.handle()
    bench.set(test_order=True)
    for _ in range(4):
        bench.clock.advance_s(400)
        bench.handle()
    assert modes(bench) == [Mode.LIVE]


def test_a_live_order_that_was_cancelled_meanwhile_is_not_sent_again():
    bench = Bench(an_order(), test_order=False)
    bench.supplier.before_submit.append(UNPLUGGED)
    bench.handle()
    bench.set(test_order=True)
    bench.shop.put(an_order(cancelled_at=NOW, updated_at=NOW + timedelta(minutes=1)))
    bench.clock.advance_s(60)
    bench.handle()
    assert modes(bench) == [] and by_mode(bench)["live"] == "ignored"


def test_what_began_live_and_was_never_sent_waits_while_test_orders_are_on_and_is_bought_after():
    bench = Bench(an_order(), test_order=False)
    bench.supplier.before_look_up.append(UNPLUGGED)
    bench.handle()
    bench.set(test_order=True)
    bench.clock.advance_s(60)
    bench.sync()
    assert modes(bench) == []
    assert (bench.record().state, bench.record().reason_code, bench.record().due_at) == ("waiting", "test_mode", None)
    bench.set(test_order=False)
    bench.handle()
    assert modes(bench) == [Mode.LIVE]


# ---------------------------------------------------------------------- looking before the first send


class Young(Bench):
    """A bench whose ledger is as old as it says."""

    def __init__(self, *orders, trusted_since=NOW - timedelta(days=1), **kwargs):
        super().__init__(*orders, **kwargs)
        self.ledger.trusted_since = lambda: trusted_since


def bought_elsewhere(quantity: int = 2, status=SupplierOrderStatus.IN_PROGRESS) -> FlakySupplier:
    class Elsewhere(FlakySupplier):
        def find_by_po_number(self, po_number):
            super().find_by_po_number(po_number)
            lines = (SupplierOrderLine("B00760004", quantity),)
            return (SupplierOrder("71000555", po_number, status, lines=lines, found_by="look-up"),)

    return Elsewhere()


def old(**overrides):
    return an_order(created_at=NOW - timedelta(hours=2), **overrides)


def test_an_old_order_that_the_supplier_has_is_taken_over_and_not_bought_again():
    bench = Young(old(), supplier=bought_elsewhere(quantity=100))
    bench.handle(explicit=True)
    record = bench.record()
    assert bench.supplier.bought == [] and record.supplier_orders[0].order_number == "71000555"
    assert record.state == "placed"


def test_an_old_order_that_was_cancelled_at_the_supplier_is_held():
    bench = Young(old(), supplier=bought_elsewhere(status=SupplierOrderStatus.CANCELLED))
    bench.handle(explicit=True)
    assert (bench.record().state, bench.record().reason_code) == ("held", "cancelled_at_supplier")
    assert bench.supplier.bought == []


def test_an_old_order_is_not_sent_while_the_supplier_cannot_be_asked():
    bench = Young(old())
    bench.supplier.before_find.append(UNPLUGGED)
    bench.handle(explicit=True)
    assert bench.supplier.bought == [] and bench.record().state == "planned"
    bench.clock.advance_s(60)
    bench.handle()
    assert bench.supplier.bought == ["DEMO-1001"] and bench.supplier.finds == 2


def test_refused_credentials_while_asking_are_raised_and_nothing_is_sent():
    bench = Young(old())
    bench.supplier.before_find.append(AuthenticationError("refused"))
    with pytest.raises(AuthenticationError):
        bench.handle(explicit=True)
    assert bench.supplier.bought == []


def test_a_young_order_is_bought_without_a_question():
    bench = Young(an_order(created_at=NOW - timedelta(minutes=5)))
    bench.handle(explicit=True)
    assert bench.supplier.bought == ["DEMO-1001"] and bench.supplier.finds == 0


def test_a_young_order_in_a_ledger_that_is_younger_still_is_asked_about():
    bench = Young(an_order(created_at=NOW - timedelta(minutes=5)), trusted_since=NOW)
    bench.handle(explicit=True)
    assert bench.supplier.bought == ["DEMO-1001"] and bench.supplier.finds == 1


# ---------------------------------------------------------------------- settling by hand


def in_doubt(bench: Bench) -> Bench:
    bench.supplier.after_submit.append(lost())
    bench.handle()
    assert bench.record().state == "in_doubt"
    return bench


def test_a_doubt_is_ended_with_the_orders_that_a_person_found():
    bench = in_doubt(Bench(an_order()))
    bench.supplier.before_find.append(UNPLUGGED)
    bench.operator.settle(bench.ctx, bench.record(), ("71", "72"), "seen on the website")
    record = bench.record()
    assert record.state == "placed" and [o.order_number for o in record.supplier_orders] == ["71", "72"]
    assert {o.found_by for o in record.supplier_orders} == {"person"} and "seen on the website" in record.reason
    assert {line.outcome for line in record.lines} == {"bought"}


def test_what_the_supplier_shows_counts_more_than_what_a_person_says():
    bench = in_doubt(Bench(an_order()))
    bench.operator.settle(bench.ctx, bench.record(), ("71",), "")
    assert [o.found_by for o in bench.record().supplier_orders] == ["look-up"]


def test_a_purchase_that_the_supplier_shows_cannot_be_called_absent():
    bench = in_doubt(Bench(an_order()))
    with pytest.raises(NotAllowedError, match="The supplier has PO DEMO-1001"):
        bench.operator.settle(bench.ctx, bench.record(), (), "")
    assert bench.record().state == "in_doubt"


def test_a_purchase_that_is_not_there_is_sent_again_with_the_same_number():
    bench = Bench(an_order())
    bench.supplier.before_submit.append(lost())
    bench.handle()
    bench.operator.settle(bench.ctx, bench.record(), (), "asked by phone")
    assert bench.record().state == "planned"
    bench.handle()
    assert bench.supplier.bought == ["DEMO-1001"]


def test_only_a_purchase_in_doubt_is_settled():
    bench = Bench(an_order())
    bench.handle()
    with pytest.raises(NotAllowedError, match="Only a purchase in doubt"):
        bench.operator.settle(bench.ctx, bench.record(), (), "")
