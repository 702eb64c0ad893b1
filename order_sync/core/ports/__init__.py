"""What the core needs of the world: one Protocol a file, in the core's own words."""

from order_sync.core.ports.account_gates import AccountGates
from order_sync.core.ports.clock import Clock
from order_sync.core.ports.extensions import Extensions, NoExtensions
from order_sync.core.ports.inbox import Inbox, InboxStats
from order_sync.core.ports.journal import Journal
from order_sync.core.ports.ledger import Attempt, Claim, HistoryEntry, Ledger, LookSummary, claim_lost, po_number_taken
from order_sync.core.ports.messenger import Delivery, Messenger
from order_sync.core.ports.notices import Notices
from order_sync.core.ports.notifier import Notifier
from order_sync.core.ports.order_source import FulfillmentWrite, OrderSource, ShopIdentity
from order_sync.core.ports.pauses import BY_PERSON, Pause, Pauses
from order_sync.core.ports.payment_profile_provider import PaymentProfileProvider
from order_sync.core.ports.personal_data import ExportFolder, PersonalData
from order_sync.core.ports.record_reader import RecordReader
from order_sync.core.ports.settings_store import SettingsStore
from order_sync.core.ports.supplier_gateway import SupplierGateway
from order_sync.core.ports.task_runner import RunnerStats, TaskRunner, WorkKey
from order_sync.core.ports.webhooks import Subscription, Webhooks

__all__ = [
    "BY_PERSON",
    "AccountGates",
    "Attempt",
    "Claim",
    "Clock",
    "Delivery",
    "ExportFolder",
    "Extensions",
    "FulfillmentWrite",
    "HistoryEntry",
    "Inbox",
    "InboxStats",
    "Journal",
    "Ledger",
    "LookSummary",
    "Messenger",
    "NoExtensions",
    "Notices",
    "Notifier",
    "OrderSource",
    "Pause",
    "Pauses",
    "PaymentProfileProvider",
    "PersonalData",
    "RecordReader",
    "RunnerStats",
    "SettingsStore",
    "ShopIdentity",
    "Subscription",
    "SupplierGateway",
    "TaskRunner",
    "Webhooks",
    "WorkKey",
    "claim_lost",
    "po_number_taken",
]
