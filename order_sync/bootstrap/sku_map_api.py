"""The public API: what SKUs of the shop are called at the supplier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from order_sync.bootstrap.connections_api import ConnectionsApi
from order_sync.core.errors import ConfigurationError, NotAllowedError
from order_sync.core.model.order import ShopItem, ShopSku
from order_sync.core.model.settings import Connection
from order_sync.core.model.supplier_order import SupplierItem
from order_sync.core.model.sync_record import LineOutcome, State, SyncRecord
from order_sync.core.policies.sku_map import mapped, with_entries, without
from order_sync.core.use_cases.both_sides import patiently
from order_sync.core.use_cases.look_up_items import look_up_items

_AT_ONCE = 200


@dataclass(frozen=True)
class Suggestion:
    """A SKU of the shop that the supplier does not know, and items that may be meant."""

    item: ShopItem
    candidates: tuple[SupplierItem, ...]


class SkuMapApi(ConnectionsApi):
    """Listing, changing and completing a connection's SKU map."""

    def sku_map(self, connection: str) -> Mapping[str, str]:
        """The supplier's SKU by the shop's."""
        return dict(self._store.get(connection).sku_map)

    def map_skus(
        self, connection: str, entries: Mapping[str, str], *, replace_all: bool = False, check: bool = True
    ) -> Connection:
        """Add or replace entries, all or none.

        Args:
            replace_all: the entries are the whole map.
            check: ask the supplier whether it has the items.

        Raises:
            ConfigurationError: an entry is wrong, or the supplier has no such item.
            ServiceError: the supplier could not be asked; nothing was changed.
        """
        stored = self._store.get(connection)
        changed = with_entries({} if replace_all else stored.sku_map, entries)
        if check:
            self._check_items(connection, entries)
        return self._store.save(replace(stored, sku_map=changed))

    def unmap_skus(self, connection: str, skus: Iterable[str]) -> Connection:
        """Take SKUs out of the map. Raises ConfigurationError for one that is not in it."""
        stored = self._store.get(connection)
        return self._store.save(replace(stored, sku_map=without(stored.sku_map, skus)))

    def unmapped_items(self, connection: str) -> tuple[ShopItem, ...]:
        """What the whole shop sells and the supplier does not know, by its own SKU or by the map.

        Raises:
            NotAllowedError: this shop cannot list what it sells.
            ServiceError: the shop or the supplier could not be asked.
        """
        built = self._asked(connection)
        context = built.context()
        items = {item.sku: item for item in built.source.items()}
        unknown: list[ShopItem] = []
        asked = tuple(items)
        for start in range(0, len(asked), _AT_ONCE):
            skus = asked[start : start + _AT_ONCE]
            known = patiently(self.container.clock(), partial(look_up_items, context, skus))
            unknown += [items[sku] for sku in skus if sku not in known]
        return tuple(unknown)

    def suggest_skus(self, connection: str, items: Iterable[ShopItem]) -> tuple[Suggestion, ...]:
        """What may be meant by SKUs that the supplier does not know; nothing is stored.

        Raises:
            NotAllowedError: this supplier cannot be asked for that.
        """
        gateway = self._asked(connection).supplier.gateway
        if not gateway.capabilities.catalogue:
            raise NotAllowedError(
                "This supplier's catalogue cannot be searched.", next_step="Map SKUs by hand: order-sync orders map."
            )
        return tuple(
            Suggestion(item, patiently(self.container.clock(), partial(gateway.suggest_items, item))) for item in items
        )

    def waiting_for(self, connection: str, skus: Iterable[str]) -> tuple[SyncRecord, ...]:
        """Held records with one of these SKUs at fault."""
        wanted = {sku: sku for sku in skus}
        return tuple(
            record
            for record in self.records(connection, states=(State.HELD,))
            if any(line.outcome is LineOutcome.HELD and mapped(wanted, line.sku) for line in record.lines)
        )

    def _check_items(self, connection: str, entries: Mapping[str, str]) -> None:
        targets = tuple(dict.fromkeys(ShopSku(target.strip()) for target in entries.values()))
        known = self._asked(connection).supplier.gateway.look_up_items(targets) if targets else {}
        missing = [target for target in targets if target not in known]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise ConfigurationError(
                f"The supplier has no item {missing[0]!r}{more}.",
                next_step="Correct it; or map it all the same with --unchecked. Nothing was changed.",
                setting="sku_map",
            )
