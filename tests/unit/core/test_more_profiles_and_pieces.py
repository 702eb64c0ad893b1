"""Picking a payment profile, and dealing pieces out when the supplier's answer is odd."""

from __future__ import annotations

from dataclasses import replace

import pytest

from order_sync.adapters.memory import InMemoryPaymentProfiles
from order_sync.core.errors import ConfigurationError, InvalidTransitionError
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.purchase_order import PurchaseOrderLine, SupplierSku
from order_sync.core.model.supplier_order import LineRefusal, SupplierOrder, SupplierOrderLine, SupplierOrderStatus
from order_sync.core.model.sync_record import MOVES, TERMINAL, LineOutcome, RecordLine, State
from order_sync.core.policies.allocate import allocate, covers, exceeds
from order_sync.core.use_cases.fetch_profiles import FetchProfiles
from tests.builders import a_record, an_order
from tests.fakes.bench import Bench

BANK = PaymentProfile("pat@example.com", "4242", "Bank 4242", "Bank")
CARD = PaymentProfile("pat@example.com", "1111", "Visa 1111", "Credit Card")
PROVIDER = InMemoryPaymentProfiles({"pat@example.com": (BANK, CARD)})


def test_the_profiles_of_an_address_are_listed_whatever_blanks_surround_it():
    assert FetchProfiles()(PROVIDER, " pat@example.com ") == (BANK, CARD)
    assert FetchProfiles()(PROVIDER, "nobody@example.com") == ()


@pytest.mark.parametrize("text", ["", "pat", "pat@", "a@b@c", "a b@c", "a@b,c@d"])
def test_what_is_no_address_is_never_asked_about(text, mocker):
    asked = mocker.spy(PROVIDER, "fetch_profiles")
    with pytest.raises(ConfigurationError, match="not an e-mail address") as caught:
        FetchProfiles()(PROVIDER, text)
    assert caught.value.about["setting"] == "payment_profile"
    assert asked.call_count == 0


def test_a_profile_is_selected_by_its_id_as_typed():
    assert FetchProfiles().select(PROVIDER, "pat@example.com", " 1111 ") == CARD


def test_a_profile_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ConfigurationError, match=r"4242 \(Bank 4242\); 1111 \(Visa 1111\)"):
        FetchProfiles().select(PROVIDER, "pat@example.com", "9")
    with pytest.raises(ConfigurationError, match="Nothing is saved"):
        FetchProfiles().select(PROVIDER, "nobody@example.com", "9")


def a_supplier_order(*lines: SupplierOrderLine, number: str = "71") -> SupplierOrder:
    return SupplierOrder(number, "DEMO-1001", SupplierOrderStatus.IN_PROGRESS, lines=lines)


def to_buy(line_id: str, quantity: int, sku: str = "B1", **overrides) -> RecordLine:
    line = RecordLine(line_id, f"shop-{sku}", quantity, quantity, LineOutcome.TO_BUY, supplier_sku=sku)
    return replace(line, **overrides)


def test_pieces_of_two_orders_are_summed_over_aliases_and_dealt_out_in_turn():
    parts = (
        a_supplier_order(SupplierOrderLine(SupplierSku("b1"), 3)),
        a_supplier_order(SupplierOrderLine(SupplierSku("X"), 2, aliases=("B1",)), number="72"),
    )
    first, second = allocate((to_buy("L1", 4), to_buy("L2", 3)), parts, (LineRefusal("B1", 2, "sold out"),))
    assert (first.outcome, first.quantity, first.reason) == (LineOutcome.BOUGHT, 4, "")
    assert (second.outcome, second.quantity, second.reason) == (LineOutcome.SHORT, 1, "1 of 3 bought: sold out")


def test_a_supplier_that_tells_no_lines_is_taken_at_its_word():
    silent = replace(a_supplier_order(), lines=None)
    wanted = (PurchaseOrderLine(SupplierSku("B1"), 4),)
    assert covers(wanted, (silent,)) and not exceeds(wanted, (silent,))
    (line,) = allocate((to_buy("L1", 4),), (silent,))
    assert (line.outcome, line.quantity) == (LineOutcome.BOUGHT, 4)


def test_lines_that_were_not_to_be_bought_are_left_as_they_are():
    skipped = to_buy("L1", 2, outcome=LineOutcome.SKIPPED, reason="left out")
    assert allocate((skipped,), (a_supplier_order(SupplierOrderLine(SupplierSku("B1"), 2)),)) == (skipped,)


@pytest.mark.parametrize("before", sorted(TERMINAL))
@pytest.mark.parametrize("after", list(State))
def test_nothing_leaves_a_final_state_not_even_for_itself(before, after):
    assert MOVES[before] == frozenset()
    with pytest.raises(InvalidTransitionError, match=rf"#1001.*{before}"):
        a_record(state=before).move(after)


def test_a_look_that_is_limited_goes_on_where_it_stopped():
    orders = [an_order(order_id=str(n), name=f"#{n}", number=str(n)) for n in (1, 2, 3)]
    bench = Bench(*orders)
    told = []
    first = bench.sync(limit=2, progress=lambda count, head: told.append((count, head.name if head else None)))
    assert (first.looked_at, len(bench.supplier.bought)) == (2, 2)
    assert told[:2] == [(1, "#1"), (2, "#2")]
    bench.sync()
    assert sorted(bench.supplier.bought) == ["DEMO-1", "DEMO-2", "DEMO-3"]


@pytest.mark.parametrize(("refused", "bought"), [(None, 0), (3, 1)])
def test_a_refusal_counts_also_beside_an_order_that_does_not_tell_its_lines(refused, bought):
    silent = replace(a_supplier_order(), lines=None)
    refusal = LineRefusal("b1", refused, "sold out")
    line, other = allocate((to_buy("L1", 4), replace(to_buy("L2", 1), supplier_sku="B2")), (silent,), (refusal,))
    assert (line.outcome, line.quantity) == (LineOutcome.SHORT, bought) and "sold out" in line.reason
    assert (other.outcome, other.quantity) == (LineOutcome.BOUGHT, 1)
