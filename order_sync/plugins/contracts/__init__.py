"""What every implementation of a port promises, as test classes: subclass the one of your port, and give it yours.

    from order_sync.plugins.contracts import LedgerContract

    class TestMyLedger(LedgerContract):
        @pytest.fixture
        def ledger(self, clock, tmp_path):
            with MyLedger(tmp_path, clock) as made:
                yield made

The fixture is named after the port (`settings_store`, `task_runner`, …) and makes a new, empty one for every test. Each
class says what else it needs, and inherits its tests; a promise that an implementation does not make is not to be left
out silently, but skipped by name. Needs pytest: ``pip install 'order-sync[kit]'``.
"""

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

import pytest

pytest.register_assert_rewrite(*(module.name for module in pkgutil.iter_modules(__path__, f"{__name__}.")))

if TYPE_CHECKING:
    from order_sync.plugins.contracts.account_gates import AccountGatesContract
    from order_sync.plugins.contracts.clock import ClockContract
    from order_sync.plugins.contracts.export_folder import ExportFolderContract
    from order_sync.plugins.contracts.extensions import ExtensionsContract
    from order_sync.plugins.contracts.inbox import InboxContract
    from order_sync.plugins.contracts.journal import JournalContract
    from order_sync.plugins.contracts.ledger import LedgerContract
    from order_sync.plugins.contracts.manual_clock import ManualClock
    from order_sync.plugins.contracts.messenger import MessengerContract
    from order_sync.plugins.contracts.notices import NoticesContract
    from order_sync.plugins.contracts.notifier import NotifierContract
    from order_sync.plugins.contracts.order_source import OrderSourceContract
    from order_sync.plugins.contracts.order_source_bench import NewOrder, OrderSourceBench, ShopFulfillment, ShopLine
    from order_sync.plugins.contracts.pauses import PausesContract
    from order_sync.plugins.contracts.payment_profile_provider import PaymentProfileProviderContract
    from order_sync.plugins.contracts.personal_data import PersonalDataContract
    from order_sync.plugins.contracts.record_reader import RecordReaderContract
    from order_sync.plugins.contracts.settings_store import SettingsStoreContract
    from order_sync.plugins.contracts.supplier import SupplierContract
    from order_sync.plugins.contracts.supplier_bench import ServerOrder, SupplierBench
    from order_sync.plugins.contracts.task_runner import TaskRunnerContract
    from order_sync.plugins.contracts.webhooks import WebhooksContract
    from order_sync.plugins.contracts.webhooks_bench import Delivery, WebhooksBench

__all__ = [
    "AccountGatesContract",
    "ClockContract",
    "Delivery",
    "ExportFolderContract",
    "ExtensionsContract",
    "InboxContract",
    "JournalContract",
    "LedgerContract",
    "ManualClock",
    "MessengerContract",
    "NewOrder",
    "NoticesContract",
    "NotifierContract",
    "OrderSourceBench",
    "OrderSourceContract",
    "PausesContract",
    "PaymentProfileProviderContract",
    "PersonalDataContract",
    "RecordReaderContract",
    "ServerOrder",
    "SettingsStoreContract",
    "ShopFulfillment",
    "ShopLine",
    "SupplierBench",
    "SupplierContract",
    "TaskRunnerContract",
    "WebhooksBench",
    "WebhooksContract",
]


KEPT_ELSEWHERE = {
    "Delivery": "webhooks_bench",
    "NewOrder": "order_source_bench",
    "ServerOrder": "supplier_bench",
    "ShopFulfillment": "order_source_bench",
    "ShopLine": "order_source_bench",
}
"""Modules that are not named after what is in them."""


def __getattr__(name: str) -> Any:
    """The class of that name; its module is loaded only now, so that its assertions are rewritten."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    words = "".join(f"_{char.lower()}" if char.isupper() else char for char in name.removesuffix("Contract"))
    module = KEPT_ELSEWHERE.get(name, words[1:])
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
