"""Any decision can be made again from what the journal keeps of it, and gives the same for every line."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from order_sync.adapters.memory import InMemoryJournal
from order_sync.core.model.address import Address
from order_sync.core.model.money import Money
from order_sync.core.model.order import FinancialStatus, WorkStatus
from order_sync.core.model.supplier_order import Capabilities
from order_sync.core.model.sync_record import UNDECIDED
from order_sync.core.policies.decision_facts import facts_of, grounds_from
from order_sync.core.policies.decision_record import changes, decide_share, grounds_of, result_of
from tests.builders import ENABLED, NOW, a_line, a_location, a_work, an_address, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier
from tests.property.test_quantities_add_up import orders

PRIVATE = "Dana-Quill-private"


@st.composite
def odd_orders(draw):
    """Orders as the shop may give them: on hold, scheduled, cancelled, without an address, old, a test."""
    order = draw(orders())
    status = draw(st.sampled_from([FinancialStatus.PAID, FinancialStatus.PAID, *FinancialStatus]))
    work = order.work
    if draw(st.integers(0, 3)) == 0:
        later = draw(st.sampled_from([None, NOW + timedelta(days=2), NOW - timedelta(days=2)]))
        held = draw(st.sampled_from(WorkStatus))
        work = (*work, a_work(*order.lines, status=held, fulfill_at=later, hold_reasons=(PRIVATE,)))
    address = an_address(name=PRIVATE, address1=PRIVATE, phone=PRIVATE, city=draw(st.sampled_from(["Duluth", ""])))
    return replace(
        order,
        financial_status=status,
        work=work,
        lines=tuple(replace(line, title=PRIVATE) for line in order.lines),
        shipping_address=draw(st.sampled_from([address, address, None])),
        email=f"{PRIVATE}@example.com",
        created_at=draw(st.sampled_from([NOW, NOW, ENABLED - timedelta(days=3)])),
        cancelled_at=draw(st.sampled_from([None, None, None, NOW])),
        is_test=draw(st.integers(0, 5)) == 0,
        tags=draw(st.sampled_from([(), ("wholesale",)])),
        total=draw(st.sampled_from([None, Money(Decimal(20), "USD"), Money(Decimal(80), "USD")])),
        risk=draw(st.sampled_from(["", "accept", "investigate", "cancel", "pending"])),
    )


@st.composite
def benches(draw, order):
    store = draw(st.sampled_from([None, a_location()]))
    capable = Capabilities(test_orders=draw(st.integers(0, 4)) > 0, stock=True)
    return Bench(
        order,
        supplier=FlakySupplier({"B00760004": 100, "B00760003": 1}, capabilities=capable),
        enabled=draw(st.integers(0, 7)) > 0,
        auto_fulfillment=draw(st.booleans()),
        test_order=draw(st.booleans()),
        unknown_sku=draw(st.sampled_from(["hold", "skip"])),
        store_address=store,
        disable_dropshipping=store is not None and draw(st.booleans()),
        short_stock=draw(st.sampled_from(["supplier", "hold", "partial"])),
        hold_above=draw(st.sampled_from([None, Decimal(50)])),
        hold_countries=draw(st.sampled_from([(), ("US",), ("CA",)])),
        hold_tags=draw(st.sampled_from([(), ("Wholesale",)])),
        hold_older_than_days=draw(st.sampled_from([None, 2])),
        hold_risk=draw(st.sampled_from(["none", "cancel", "investigate"])),
        order_limit=draw(st.sampled_from([None, Decimal(30)])),
    )


def decisions(bench):
    """The last decision of each share, by the share's record."""
    journal = InMemoryJournal(bench.clock, bench.ledger.journal)
    found = {}
    for row in journal.rows():
        if row.kind == "decided":
            found[(row.order_id, row.share, row.mode)] = row.payload
    return found


def check(bench):
    found = decisions(bench)
    for record in bench.ledger.find():
        payload = found.get((record.key.order_id, record.key.share, record.key.mode))
        if payload is None:
            assert record.reason_code in ("superseded", "test_mode", "service_unavailable"), record
            continue
        read = json.loads(json.dumps(payload))
        then, again = result_of(read), decide_share(grounds_of(read))
        assert changes(then, again) == ()
        assert (then.state, then.code) == (again.state, again.code)
        assert PRIVATE not in json.dumps(payload)
        if record.state in UNDECIDED and record.reason_code == then.code:
            assert [(line.line_id, line.outcome, line.quantity) for line in again.lines] == [
                (line.line_id, line.outcome, line.quantity) for line in record.lines
            ]
        assert all(line.rule for line in again.lines)
        assert "found_hold" not in payload["facts"], payload["facts"]["found_hold"]
    return found


@settings(max_examples=300, deadline=None)
@given(st.data(), odd_orders(), st.booleans())
def test_any_decision_is_the_same_when_it_is_made_again_from_the_journal(data, order, explicit):
    bench = data.draw(benches(order))
    bench.handle(explicit=explicit)
    assert check(bench) or not bench.ledger.find()


@settings(max_examples=150, deadline=None)
@given(st.data(), odd_orders())
def test_it_stays_so_however_the_order_and_the_settings_change(data, order):
    bench = data.draw(benches(order))
    for step in range(data.draw(st.integers(2, 4))):
        bench.handle()
        bench.set(auto_fulfillment=data.draw(st.booleans()), unknown_sku=data.draw(st.sampled_from(["hold", "skip"])))
        changed = replace(data.draw(odd_orders()), updated_at=NOW + timedelta(minutes=step))
        bench.shop.put(changed)
        for record in bench.ledger.find():
            if record.state == "held" and data.draw(st.booleans()):
                bench.operator.release(bench.ctx, record)
    check(bench)


@settings(max_examples=150, deadline=None)
@given(st.data(), odd_orders(), st.booleans())
def test_looking_again_at_what_did_not_change_writes_no_decision(data, order, explicit):
    bench = data.draw(benches(order))
    bench.handle(explicit=explicit)
    before = Counter(row.kind for row in bench.ledger.journal.all())
    bench.clock.advance_s(3600)
    bench.handle(explicit=explicit)
    bench.shop.put(replace(order, updated_at=NOW + timedelta(minutes=1)))
    bench.handle(explicit=explicit)
    assert Counter(row.kind for row in bench.ledger.journal.all())["decided"] == before["decided"]


@settings(max_examples=200, deadline=None)
@given(odd_orders())
def test_facts_that_are_read_and_written_again_are_the_same(order):
    bench = Bench(order)
    bench.handle()
    for payload in decisions(bench).values():
        facts = json.loads(json.dumps(payload["facts"]))
        assert facts_of(grounds_from(facts)) == facts


def test_of_the_address_only_the_country_is_kept():
    bench = Bench(an_order(a_line(title=PRIVATE), shipping_address=Address(**dict.fromkeys(names(), PRIVATE))))
    bench.handle()
    (payload,) = decisions(bench).values()
    assert payload["facts"]["order"]["ship_to"] == [PRIVATE]
    assert json.dumps(payload).count(PRIVATE) == 1


def names():
    return [field.name for field in fields(Address)]
