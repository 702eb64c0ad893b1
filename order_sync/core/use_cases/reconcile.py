"""Comparing shop, ledger and supplier of a connection, and mending what can be mended without a doubt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from order_sync.core.errors import AuthenticationError, ConcurrentUpdateError, ServiceError
from order_sync.core.model.discrepancy import Discrepancy, DiscrepancyKind, DiscrepancyStatus
from order_sync.core.model.sync_record import State, SyncRecord
from order_sync.core.policies.operator_rules import UNKNOWN_ORDER
from order_sync.core.policies.plan import Hold
from order_sync.core.policies.retry import READABLE
from order_sync.core.policies.trigger import Proceed, decide
from order_sync.core.ports import Clock, Ledger, Notifier
from order_sync.core.use_cases.both_sides import DOUBTED, BothSides
from order_sync.core.use_cases.compare_order import compare_order, unknown_purchase
from order_sync.core.use_cases.context import ConnectionContext, Desk
from order_sync.core.use_cases.look_at_order import Look, LookAtOrder
from order_sync.core.use_cases.mend_discrepancy import mend
from order_sync.core.use_cases.record_keeping import record_for
from order_sync.core.use_cases.tell_person import is_known

_MAX_ROUNDS = 8
"""So often an order is compared again after a repair: one repair may uncover the next."""


@dataclass
class Reconciliation:
    """What was found.

    Attributes:
        in_doubt: records that are settled by the next sync and were not touched.
        not_compared: what could not be compared, in words.
        problems: what kept a repair from being made, in words; the next run goes on.
    """

    discrepancies: list[Discrepancy] = field(default_factory=list)
    in_doubt: tuple[SyncRecord, ...] = ()
    not_compared: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    compared: int = 0


class Reconcile:
    """Finds what events, looks and look-ups cannot: what was bought, lost or changed without the ledger knowing."""

    def __init__(self, ledger: Ledger, clock: Clock, notifier: Notifier, look_at_order: LookAtOrder) -> None:
        self._ledger = ledger
        self._clock = clock
        self._notifier = notifier
        self._look_at_order = look_at_order

    def __call__(
        self, ctx: ConnectionContext, *, repair: bool = False, since: datetime | None = None
    ) -> Reconciliation:
        """Compare, and with ``repair`` mend; a second run after a repair finds nothing.

        Args:
            since: compare purchases and orders since then; at most as far back as the supplier shows any.

        Raises:
            ServiceError: a side could not be asked; nothing was changed.
            AuthenticationError: credentials are refused.
        """
        now = self._clock.now()
        oldest = now - READABLE
        sides = BothSides(ctx, self._ledger, self._clock, max(since, oldest) if since else oldest).gather()
        run = Reconciliation(not_compared=tuple(sides.not_compared), compared=sum(map(len, sides.by_order.values())))
        by_order = self._compare(sides)
        if not repair:
            run.discrepancies = [each for found in by_order.values() for each in found]
        else:
            self._repair(sides, run, by_order)
        run.in_doubt = self._ledger.find(connection=ctx.connection.name, states=DOUBTED)
        return run

    def _compare(self, sides: BothSides) -> dict[str, tuple[Discrepancy, ...]]:
        """What is open, by order; purchases whose order is unknown come first, then what else may be bought twice."""
        found: dict[str, tuple[Discrepancy, ...]] = {
            f"{UNKNOWN_ORDER}{number}": (unknown_purchase(sides, number),)
            for number, order in sides.owners.items()
            if order is None
        }
        owned = {order.order_id: None for order in sides.owners.values() if order is not None}
        for order_id in {**sides.by_order, **owned, **sides.heads}:
            records = sides.by_order.get(order_id, ())
            if still_open := self._open(sides, order_id, records):
                found[order_id] = still_open
        last = DiscrepancyKind.MISSING_IN_LEDGER
        return dict(sorted(found.items(), key=lambda pair: pair[1][0].kind is last))

    def _open(self, sides: BothSides, order_id: str, records: tuple[SyncRecord, ...]) -> tuple[Discrepancy, ...]:
        found = compare_order(sides, order_id, records)
        return tuple(each for each in found if not is_known(self._ledger, records, each))

    # ------------------------------------------------------------------ repairing

    def _repair(self, sides: BothSides, run: Reconciliation, by_order: dict[str, tuple[Discrepancy, ...]]) -> None:
        for count, (order_id, found) in enumerate(by_order.items()):
            try:
                run.discrepancies += self._repair_order(sides, run, order_id, found)
            except AuthenticationError:
                raise
            except ServiceError as exc:
                left = [each for rest in list(by_order.values())[count:] for each in rest]
                run.discrepancies += left
                run.problems.append(
                    f"Stopped after {count} of {len(by_order)} orders with discrepancies: {exc} Run reconcile again."
                )
                return

    def _repair_order(
        self, sides: BothSides, run: Reconciliation, order_id: str, found: tuple[Discrepancy, ...]
    ) -> list[Discrepancy]:
        if found[0].kind is DiscrepancyKind.MISSING_IN_LEDGER and sides.can_ask:
            return [self._buy(sides, found[0])]
        name = sides.ctx.connection.name
        claim = self._ledger.claim(name, order_id, now=self._clock.now(), lease_s=sides.ctx.lease_s)
        if claim is None:
            run.problems.append(f"Order {found[0].order_name or order_id} is being worked on by another process.")
            return list(found)
        desk = Desk(self._ledger, self._clock, self._notifier, claim)
        try:
            if found[0].kind is DiscrepancyKind.MISSING_IN_LEDGER:
                return [self._hold(sides, desk, found[0])]
            return self._mend_all(sides, desk, order_id, found)
        except ConcurrentUpdateError:
            run.problems.append(f"Order {found[0].order_name or order_id} was taken over by another process.")
            return list(found)
        finally:
            self._ledger.give_back(claim)

    def _mend_all(
        self, sides: BothSides, desk: Desk, order_id: str, found: tuple[Discrepancy, ...]
    ) -> list[Discrepancy]:
        """Mend one discrepancy after the other, each on what both sides say now."""
        if sides.ctx.gateway.capabilities.find_by_po:
            for number in dict.fromkeys(each.po_number for each in found if each.po_number):
                sides.look_up(number)
        mended: dict[str, Discrepancy] = {}
        for _ in range(_MAX_ROUNDS):
            records = self._ledger.records_of_order(sides.ctx.connection.name, order_id)
            if order_id.startswith(UNKNOWN_ORDER) and not records:
                still_open = tuple(each for each in found if sides.by_po[each.po_number])
            else:
                still_open = self._open(sides, order_id, records)
            first = next((each for each in still_open if each.mark not in mended), None)
            if first is None:
                break
            mended[first.mark] = mend(sides, desk, first, records)
        return list(mended.values())

    def _buy(self, sides: BothSides, found: Discrepancy) -> Discrepancy:
        """On the one path by which orders are bought; decided afresh there."""
        look = Look(head=sides.heads.get(found.order_id))
        records = self._look_at_order(sides.ctx, found.order_id, look).records
        person = any(record.needs_person for record in records)
        status = DiscrepancyStatus.NEEDS_PERSON if person else DiscrepancyStatus.REPAIRED
        return replace(found, status=status if records else DiscrepancyStatus.FOUND)

    def _hold(self, sides: BothSides, desk: Desk, found: Discrepancy) -> Discrepancy:
        """A supplier that can be asked nothing: the ledger may have forgotten the purchase, so a person looks first."""
        order = sides.order(found.order_id)
        assert order is not None
        decision = decide(order, sides.ctx.settings, admitted=True, now=self._clock.now(), ours=())
        for share in decision.shares if isinstance(decision, Proceed) else (None,):
            hold = Hold(
                "missing_in_ledger",
                "Held: the ledger had no record of the order, and the supplier cannot be asked whether it was bought.",
                "Look for it at the supplier. Not there: order-sync orders retry buys it. There: skip.",
            )
            record = record_for(sides.ctx, order, share, ())
            held = record.move(
                State.HELD, reason_code=hold.code, reason=hold.reason, next_action=hold.next_action, admitted=True
            )
            desk.save(held, None)
        return replace(found, status=DiscrepancyStatus.NEEDS_PERSON)
