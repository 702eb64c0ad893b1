"""Storing what was decided together with what it was decided on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from order_sync.core.model.address import Address
from order_sync.core.model.journal import DECIDED, JournalEntry
from order_sync.core.model.order import Order, ShopSku
from order_sync.core.model.plan_adjustment import Adjustments
from order_sync.core.model.supplier_order import SupplierItem
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.policies.adjust import removed_lines
from order_sync.core.policies.decision_facts import Grounds, Supplied
from order_sync.core.policies.decision_record import decision_payload, mark_of
from order_sync.core.policies.quantities import accounts_of
from order_sync.core.policies.ship_to import choose_ship_to
from order_sync.core.policies.sku_map import mapped
from order_sync.core.use_cases.context import ConnectionContext, Desk


@dataclass(frozen=True)
class DecisionNote:
    """Saves the decided shares of one order, each with an entry in the journal.

    Attributes:
        records: every record of the order, as read before the decision.
        items: what the supplier said of each SKU that it was asked about; None: it was not asked.
        adjustments: what plugins want of the plan.
    """

    ctx: ConnectionContext
    desk: Desk
    order: Order
    records: tuple[SyncRecord, ...]
    items: Mapping[ShopSku, SupplierItem | None] | None = None
    adjustments: Adjustments = Adjustments()

    def having_asked(self, skus: Iterable[ShopSku], found: Mapping[ShopSku, SupplierItem]) -> DecisionNote:
        """The same, knowing what the supplier said."""
        return replace(self, items={sku: found.get(sku) for sku in skus})

    def adjusted(self, adjustments: Adjustments) -> DecisionNote:
        """The same, knowing what plugins want."""
        return replace(self, adjustments=adjustments)

    def save(self, decided: SyncRecord, record: SyncRecord) -> SyncRecord:
        """Store a share as decided; with an entry unless the last one says the same.

        Args:
            record: the share as it was before.
        """
        payload = decision_payload(self._grounds(decided, record), decided)
        mark = mark_of(payload)
        entries = () if mark == record.decision else (JournalEntry(DECIDED, payload),)
        return self.desk.save(replace(decided, decision=mark), record, None, *entries)

    def _grounds(self, decided: SyncRecord, record: SyncRecord) -> Grounds:
        skus = {line.sku for line in self.order.lines if line.sku}
        return Grounds(
            order=self.order,
            settings=self.ctx.settings,
            now=self.desk.clock.now(),
            share=record.fulfillment_id,
            admitted=decided.admitted,
            released=decided.released,
            ours=tuple({each for r in self.records for o in r.supplier_orders for each in o.fulfillment_ids}),
            accounts=accounts_of(self.order, self.records, record),
            supplied=self._supplied(),
            sku_map={sku: known for sku in sorted(skus) if (known := mapped(self.ctx.connection.sku_map, sku))},
            estimate=decided.estimate,
            removed=tuple(sorted(removed_lines(self.adjustments))),
            plugins_failed=self.adjustments.failed,
        )

    def _supplied(self) -> Supplied | None:
        if self.items is None:
            return None
        gateway, options = self.ctx.gateway, self.ctx.settings.options
        ship_to = choose_ship_to(self.order, self.ctx.settings)
        return Supplied(
            items=self.items,
            test_orders=gateway.capabilities.test_orders,
            usable_options=not gateway.option_problems(options),
            address_problems=gateway.address_problems(ship_to, options) if isinstance(ship_to, Address) else (),
        )
