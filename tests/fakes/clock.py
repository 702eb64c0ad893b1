"""The clock of the contract suites, under the name that the tests know."""

from order_sync.plugins.contracts.manual_clock import ManualClock

__all__ = ["ManualClock"]
