"""Asking the supplier for the items behind SKUs of the shop, by the names that it knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from order_sync.core.model.order import ShopSku
from order_sync.core.model.supplier_order import SupplierItem
from order_sync.core.policies.sku_map import translated
from order_sync.core.use_cases.context import ConnectionContext


def look_up_items(
    ctx: ConnectionContext,
    skus: Iterable[ShopSku],
    *,
    sku_map: Mapping[str, str] | None = None,
    fresh: bool = False,
) -> dict[ShopSku, SupplierItem]:
    """The supplier's items by the shop's SKU; what it does not know is missing.

    Args:
        sku_map: what SKUs are called at the supplier; None: as ConnectionContext.sku_map_for says.
        fresh: the stock decides what is bought: see SupplierGateway.look_up_items.

    Raises:
        ServiceError: the supplier could not be asked.
    """
    skus = tuple(skus)
    asked = translated(ctx.sku_map_for(skus) if sku_map is None else sku_map, skus)
    names = tuple(dict.fromkeys(asked.values()))
    # only said where it matters: a supplier of another version may not know it
    found: Mapping[ShopSku, SupplierItem]
    found = ctx.gateway.look_up_items(names, fresh=True) if fresh else ctx.gateway.look_up_items(names)
    items = {sku: found[name] for sku, name in asked.items() if name in found}
    if ctx.gateway.capabilities.stock:
        return items
    return {sku: replace(item, stock=None) for sku, item in items.items()}  # not declared: nothing is decided by it
