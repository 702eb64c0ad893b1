"""The built-in plugins keep the rules that outside plugins are graded by."""

from __future__ import annotations

from order_sync.selfcheck.test_shopify import TestShopify
from order_sync.selfcheck.test_ssactivewear import TestSsActivewear

__all__ = ["TestShopify", "TestSsActivewear"]
