"""Valid things by default; one argument makes the odd case. They are those of the contract suites."""

from order_sync.plugins.contracts.builders import (
    ENABLED,
    NOW,
    a_connection,
    a_fulfillment,
    a_line,
    a_location,
    a_purchase_order,
    a_record,
    a_work,
    an_address,
    an_order,
    some_settings,
)

__all__ = [
    "ENABLED",
    "NOW",
    "a_connection",
    "a_fulfillment",
    "a_line",
    "a_location",
    "a_purchase_order",
    "a_record",
    "a_work",
    "an_address",
    "an_order",
    "some_settings",
]
