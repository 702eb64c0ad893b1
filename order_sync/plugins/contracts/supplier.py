"""What every supplier promises: every rule of bronze, silver and gold."""

from __future__ import annotations

from order_sync.plugins.contracts.supplier_answers import SupplierTellsTheTruth
from order_sync.plugins.contracts.supplier_buying import SupplierBuysOnce
from order_sync.plugins.contracts.supplier_more import SupplierDoesMore


class SupplierContract(SupplierBuysOnce, SupplierTellsTheTruth, SupplierDoesMore):
    """Subclass it and give the fixture ``bench``: a SupplierBench, new for every test.

    The suite builds the plugin with an HTTP transport of its own, which forwards to the fake server and breaks what a
    test wants broken: so the fake server needs to know nothing of lost answers, pages for people and limits.
    """
