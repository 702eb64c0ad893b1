"""Shopify's order source keeps every rule also with a granted token; with one of its own, see test_own_plugins.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from order_sync.plugins.contracts import OrderSourceBench, OrderSourceContract
from order_sync.selfcheck.test_shopify import a_bench


class TestShopifyWithAGrantedToken(OrderSourceContract):
    """The token is asked for first, and again when it is refused."""

    @pytest.fixture
    def bench(self) -> Iterator[OrderSourceBench]:
        with a_bench(granted=True) as made:
            yield made
