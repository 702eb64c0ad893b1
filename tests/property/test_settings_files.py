"""Any settings that are accepted survive save and load."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from order_sync.adapters.storage_json.settings_store import JsonSettingsStore
from order_sync.core.errors import ConfigurationError
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.settings import OrderSyncSettings
from tests.builders import NOW, a_connection, a_location, an_address

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MAYBE = st.none() | st.booleans()
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "enabled": st.booleans(),
        "auto_fulfillment": st.booleans(),
        "test_order": st.booleans(),
        "payment_profile": st.none() | st.builds(PaymentProfile, TEXT, TEXT, TEXT, TEXT),
        "disable_dropshipping": st.booleans(),
        "store_address": st.none()
        | st.builds(lambda name, line: a_location(name=name, address=an_address(name=name, address2=line)), TEXT, TEXT),
        "shipping_method": st.none() | TEXT,
        "warehouse_preference": st.none() | TEXT,
        "ship_blind": MAYBE,
        "residential": MAYBE,
        "email_confirmation": st.none() | st.emails() | TEXT,
        "unknown_sku": st.sampled_from(["hold", "skip", "maybe"]),
        "po_template": st.sampled_from(["{prefix}-{order_number}", "PO{order_name}", "{order_number}", "a b", "{x}"]),
        "po_prefix": TEXT | st.sampled_from(["DEMO", "A-1", "12"]),
        "reject_line_errors": st.booleans(),
        "fulfill_when": st.sampled_from(["shipped", "placed"]),
        "notify_customer": st.booleans(),
    },
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_any_accepted_settings_survive_save_and_load(values):
    try:
        changed = OrderSyncSettings().with_values(values, now=NOW)
    except ConfigurationError as exc:
        assert exc.about["setting"] and exc.next_step
        return
    connection = replace(a_connection(), order_sync=changed)
    with tempfile.TemporaryDirectory() as home:
        store = JsonSettingsStore(Path(home))
        store.save(connection)
        loaded = JsonSettingsStore(Path(home)).get("main")
    assert loaded == connection
    assert loaded.order_sync.chosen == changed.chosen
