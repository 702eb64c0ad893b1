"""Fixtures of more than one folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from order_sync.sandbox import Sandbox

# how long an example takes says something of the machine, not of the code
settings.register_profile("order-sync", deadline=None)
settings.load_profile("order-sync")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Both simulated servers without a rate limit; they must not have crashed in the end."""
    with Sandbox(rate_limit_per_minute=None) as running:
        yield running
        assert not running.shopify.crashes and not running.supplier.crashes
