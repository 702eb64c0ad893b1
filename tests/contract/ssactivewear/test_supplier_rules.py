"""The built-in supplier keeps every rule that outside plugins are graded by, over HTTP beside the simulated S&S."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from order_sync.plugins.contracts import SupplierBench, SupplierContract
from tests.contract.ssactivewear.bench import a_bench


class TestSsActivewear(SupplierContract):
    """S&S Activewear."""

    @pytest.fixture
    def bench(self) -> Iterator[SupplierBench]:
        with a_bench() as made:
            yield made
