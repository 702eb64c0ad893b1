"""Every port in memory: for tests, hosts that keep nothing, and --dry-run. Kept honest by the contract suites."""

from order_sync.adapters.memory.gateway import InMemoryGateway, InMemoryPaymentProfiles
from order_sync.adapters.memory.inbox import InMemoryInbox
from order_sync.adapters.memory.journal import InMemoryJournal, JournalRows
from order_sync.adapters.memory.ledger import InMemoryLedger
from order_sync.adapters.memory.notices import InMemoryNotices, RecordingMessenger
from order_sync.adapters.memory.notifier import NullNotifier, RecordingNotifier
from order_sync.adapters.memory.order_source import InMemoryOrderSource
from order_sync.adapters.memory.personal_data import InMemoryPersonalData
from order_sync.adapters.memory.record_reader import InMemoryRecordReader
from order_sync.adapters.memory.settings_store import InMemorySettingsStore
from order_sync.adapters.memory.standing import InMemoryAccountGates, InMemoryPauses
from order_sync.adapters.memory.task_runner import InlineTaskRunner

__all__ = [
    "InMemoryAccountGates",
    "InMemoryGateway",
    "InMemoryInbox",
    "InMemoryJournal",
    "InMemoryLedger",
    "InMemoryNotices",
    "InMemoryOrderSource",
    "InMemoryPauses",
    "InMemoryPaymentProfiles",
    "InMemoryPersonalData",
    "InMemoryRecordReader",
    "InMemorySettingsStore",
    "InlineTaskRunner",
    "JournalRows",
    "NullNotifier",
    "RecordingMessenger",
    "RecordingNotifier",
]
