"""For any orders and any answers: the caps hold, and never more is bought than there is, or is wanted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from order_sync.core.errors import RejectedRequestError, ServiceUnavailableError
from order_sync.core.model.money import Money
from order_sync.core.model.supplier_order import Submission, SupplierItem, SupplierOrderStatus
from order_sync.core.model.sync_record import CLAIMING, LineOutcome, State, SyncRecord
from order_sync.core.policies.plan import plan_share
from order_sync.core.policies.quantities import WantedLine
from order_sync.core.policies.spending import start_of_day
from tests.builders import a_line, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier, cancelled, lost

SKUS = ("B00760004", "B00760003")
AMOUNTS = st.decimals(0, 60, places=2)
ANSWERS = st.one_of(
    st.none(),
    st.just("lost"),
    st.just("refused"),
    st.just("down"),
    st.just("cancelled"),
    AMOUNTS,  # what the supplier charges, whatever was expected
)
STEP = st.tuples(st.integers(1, 6), ANSWERS, st.sampled_from((0, 0, 0, 3600, 43_200)))


class Watched(FlakySupplier):
    """Looks, at the moment of every send, whether the caps allow it."""

    def __init__(self) -> None:
        super().__init__()
        self.bench: Bench | None = None
        self.violations: list[str] = []  # told in the end: what a supplier raises is only a purchase in doubt

    def submit(self, purchase_order, body):
        assert self.bench is not None
        mine = next(r for r in self.bench.ledger.find(connection="main") if r.po_number == purchase_order.po_number)
        caps = self.bench.connection.order_sync
        now = self.bench.clock.now()
        today = self.bench.ledger.intended_since("main", mine.key.mode, start_of_day(now))
        others = [known_cost(r) for r in today if r.key != mine.key and r.state in CLAIMING]
        if expected_cost(mine) > caps.order_limit:
            self.violations.append(f"{mine.order_name} costs {expected_cost(mine)}")
        if sum(others, expected_cost(mine)) > caps.daily_limit:
            self.violations.append(f"{mine.order_name} costs {expected_cost(mine)} beside {others}")
        return super().submit(purchase_order, body)


def expected_cost(record: SyncRecord) -> Decimal:
    return record.estimate.amount if record.estimate else Decimal("Infinity")


def known_cost(record: SyncRecord) -> Decimal:
    """What the supplier told; before it told anything, what was expected."""
    if not record.supplier_orders:
        return expected_cost(record)
    standing = [each for each in record.supplier_orders if each.status is not SupplierOrderStatus.CANCELLED]
    return sum((each.total.amount for each in standing if each.total), Decimal())


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(STEP, min_size=1, max_size=12),
    price=st.decimals(1, 9, places=2),
    order_limit=st.decimals(0, 60, places=2).map(lambda amount: 60 - amount),  # mostly enough for an order
    daily_limit=st.decimals(10, 120, places=2),
)
def test_the_caps_hold_at_every_send_counting_what_the_supplier_really_charged(steps, price, order_limit, daily_limit):
    orders = [
        an_order(a_line(quantity=n), order_id=f"gid://shopify/Order/{n}", name=f"#{n}", number=str(n))
        for n in range(1, 7)
    ]
    supplier = Watched()
    bench = supplier.bench = Bench(*orders, supplier=supplier, order_limit=order_limit, daily_limit=daily_limit)
    supplier.prices = {SKUS[0]: Money(price, "USD")}
    for number, answer, wait_s in steps:
        prepare(supplier, answer)
        bench.clock.advance_s(wait_s)
        bench.handle(f"gid://shopify/Order/{number}")
        for faults in (supplier.before_submit, supplier.after_submit, supplier.answers):
            faults.clear()
    assert supplier.violations == []
    for record in bench.ledger.find():
        assert record.state is not State.HELD or record.reason
    if all(answer is None for _, answer, _ in steps) and sum(wait for *_, wait in steps) < 3600:
        spent = sum((order.total.amount for _, order in supplier.placed), Decimal())
        assert spent <= daily_limit, "answers that cost what was expected never bring the day above its limit"


def prepare(supplier: FlakySupplier, answer: object) -> None:
    if answer == "lost":
        supplier.after_submit.append(lost())
    elif answer == "refused":
        supplier.before_submit.append(RejectedRequestError("No.", reasons=(("", "no"),)))
    elif answer == "down":
        supplier.before_submit.append(ServiceUnavailableError("Down.", service="supplier"))
    elif answer == "cancelled":
        supplier.answers.append(lambda s: Submission(tuple(cancelled(order) for order in s.orders)))
    elif isinstance(answer, Decimal):
        charged = Money(answer, "USD")
        supplier.answers.append(lambda s: Submission(tuple(replace(order, total=charged) for order in s.orders)))


WANTED = st.lists(st.tuples(st.sampled_from((*SKUS, "MUG")), st.integers(0, 8)), min_size=1, max_size=5)
STOCK = st.fixed_dictionaries({sku: st.one_of(st.none(), st.integers(-2, 12)) for sku in SKUS})


@settings(max_examples=300)
@given(wanted=WANTED, stock=STOCK, rule=st.sampled_from(("hold", "partial")), skip=st.booleans())
def test_never_more_is_bought_than_the_stock_shows_or_than_is_wanted(wanted, stock, rule, skip):
    lines = [WantedLine(a_line(f"L{n}", sku, 9), quantity) for n, (sku, quantity) in enumerate(wanted)]
    items = {sku: SupplierItem(sku, None if pieces is None else {"A": pieces}) for sku, pieces in stock.items()}
    plan = plan_share(lines, items, unknown_sku="skip" if skip else "hold", short_stock=rule)
    bought = Counter({line.sku: line.quantity for line in plan.purchase})
    asked = Counter[str]()
    for sku, quantity in wanted:
        asked[sku] += quantity
    for sku, pieces in bought.items():
        assert 0 < pieces <= asked[sku]
        assert stock[sku] is None or pieces <= stock[sku]
        assert rule == "partial" or pieces == asked[sku]
    if plan.hold is None and rule == "partial":
        for sku, pieces in stock.items():
            assert bought[sku] == (asked[sku] if pieces is None else min(asked[sku], max(0, pieces)))
    for line, want in zip(plan.lines, lines, strict=True):
        assert line.wanted == want.quantity
        assert (line.quantity == line.wanted or not line.wanted) or line.reason
        held_or_short = line.outcome in (LineOutcome.HELD, LineOutcome.SHORT, LineOutcome.WAITING, LineOutcome.SKIPPED)
        assert not held_or_short or line.reason


@settings(max_examples=60, deadline=None)
@given(
    wanted=st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 8)), min_size=1, max_size=4),
    stock=st.fixed_dictionaries({sku: st.integers(0, 12) for sku in SKUS}),
    looks=st.integers(1, 4),
)
def test_what_was_short_is_never_bought_again_by_itself(wanted, stock, looks):
    order = an_order(*(a_line(f"L{n}", sku, quantity) for n, (sku, quantity) in enumerate(wanted)))
    bench = Bench(order, supplier=FlakySupplier(stock), short_stock="partial")
    bench.handle()
    first = len(bench.supplier.placed)
    if first:
        bench.supplier.catalogue = dict.fromkeys(SKUS, 1000)
    for _ in range(looks):
        bench.clock.advance_s(4 * 3600)
        bench.handle(explicit=True)
    bought = Counter[str]()
    for purchase_order, _ in bench.supplier.placed:
        bought.update({line.sku: line.quantity for line in purchase_order.lines})
    asked = Counter[str]()
    for sku, quantity in wanted:
        asked[sku] += quantity
    assert all(pieces == min(asked[sku], stock[sku]) for sku, pieces in bought.items())
    recorded = Counter[str]()
    for line in bench.record().lines:
        if line.outcome in (LineOutcome.BOUGHT, LineOutcome.SHORT):
            recorded[line.sku] += line.quantity
    assert +recorded == bought
    assert all(
        line.outcome is LineOutcome.SHORT for line in bench.record().lines if first and line.quantity < line.wanted
    )
