"""The built-in order source keeps every rule that outside plugins are graded by, over HTTP beside a simulated shop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from order_sync.plugins.contracts import OrderSourceBench, OrderSourceContract
from tests.contract.shopify.bench import a_bench


class TestShopify(OrderSourceContract):
    """Shopify."""

    @pytest.fixture
    def bench(self) -> Iterator[OrderSourceBench]:
        with a_bench() as made:
            yield made


class TestShopifyWithAGrantedToken(OrderSourceContract):
    """The token is asked for first, and again when it is refused."""

    @pytest.fixture
    def bench(self) -> Iterator[OrderSourceBench]:
        with a_bench(granted=True) as made:
            yield made
