"""The ledger's tables. Times are UTC, kept as ISO text that sorts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

SCHEMA_VERSION = 3
"""1: records, leases and cursors. 2: inbox, account gates, pauses, looks, facts about the ledger itself.
3: journal and its heads, notices; reason_since, act_by, decision and estimate of records; wanted, unit_price and
currency of lines.
"""
metadata = MetaData()


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime as ``2026-01-31T10:00:00.000000``: the same in every database, and sortable."""

    impl = String(26)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To the database."""
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


ASKING = text("(next_action <> '' OR state IN ('held', 'in_doubt'))")
"""Records that a person may have to see to: few of many, so they have an index of their own."""

schema_info = Table("schema_info", metadata, Column("version", Integer, nullable=False))

sync_record = Table(
    "sync_record",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("connection", String(64), nullable=False),
    Column("order_id", String(255), nullable=False),
    Column("share", String(255), nullable=False),
    Column("mode", String(8), nullable=False),
    Column("order_name", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("supplier_account", String(255), nullable=False),
    Column("reason_code", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("next_action", Text, nullable=False),
    Column("po_number", String(64)),
    Column("sends", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcTime),
    Column("intent_at", UtcTime),
    Column("intent_body", Text),
    Column("doubt_since", UtcTime),
    Column("absent_since", UtcTime),
    Column("admitted", Boolean, nullable=False),
    Column("released", Boolean, nullable=False),
    Column("fulfillment_id", String(255), nullable=False),
    Column("shop_updated_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("reason_since", UtcTime),
    Column("act_by", UtcTime),
    Column("estimate", String(40)),
    Column("estimate_currency", String(3)),
    Column("decision", String(32), nullable=False, server_default=""),
    UniqueConstraint("connection", "order_id", "share", "mode", name="one_record_per_share"),
    UniqueConstraint("supplier_account", "po_number", name="one_record_per_po_number"),
    Index("records_due", "connection", "due_at"),
    Index("records_by_state", "connection", "state"),
    Index("records_by_intent", "connection", "intent_at"),
    Index("records_asking", "id", sqlite_where=ASKING, postgresql_where=ASKING),
)

record_line = Table(
    "record_line",
    metadata,
    Column("record_id", ForeignKey("sync_record.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("line_id", String(255), nullable=False),
    Column("sku", String(255), nullable=False),
    Column("ordered", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("supplier_sku", String(255), nullable=False),
    Column("wanted", Integer, nullable=False, server_default="0"),
    Column("unit_price", String(40)),
    Column("currency", String(3)),
)

# order_number is indexed but not unique: failing to store an answer would be worse than storing it twice
supplier_order = Table(
    "supplier_order",
    metadata,
    Column("record_id", ForeignKey("sync_record.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("order_number", String(64), nullable=False, index=True),
    Column("document", Text, nullable=False),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("record_id", ForeignKey("sync_record.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=False),
    Column("outcome", String(255), nullable=False),
    Column("status", Integer),
    Column("error", Text, nullable=False),
    Column("fence", Integer, nullable=False),
)

history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("record_id", ForeignKey("sync_record.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
)

order_lease = Table(
    "order_lease",
    metadata,
    Column("connection", String(64), primary_key=True),
    Column("order_id", String(255), primary_key=True),
    Column("fence", Integer, nullable=False),
    Column("owner", String(255), nullable=False),
    Column("lease_until", UtcTime),
    Column("last_seen", UtcTime, nullable=False),
    Index("leases_held", "lease_until", "owner"),
)

look_cursor = Table(
    "look_cursor",
    metadata,
    Column("connection", String(64), primary_key=True),
    Column("looked_until", UtcTime, nullable=False),
)

# no body is kept: what an event asks is in kind, order_id and detail, and none of it names a person
inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("connection", String(64), nullable=False),
    Column("topic", String(64), nullable=False),
    Column("delivery_key", String(255), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("order_id", String(255), nullable=False),
    Column("detail", Text, nullable=False),
    Column("triggered_at", UtcTime),
    Column("received_at", UtcTime, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("applied_at", UtcTime),
    Column("outcome", String(255), nullable=False),
    UniqueConstraint("connection", "topic", "delivery_key", name="one_entry_per_event"),
    Index(
        "inbox_waiting",
        "connection",
        "order_id",
        "id",
        sqlite_where=text("applied_at IS NULL"),
        postgresql_where=text("applied_at IS NULL"),
    ),
    Index("inbox_applied", "applied_at"),
)

account_gate = Table(
    "account_gate",
    metadata,
    Column("account", String(255), primary_key=True),
    Column("next_at", UtcTime),
    Column("remaining", Integer),
    Column("window_from", UtcTime),
    Column("blocked_until", UtcTime),
    Column("refusals", Integer, nullable=False),
    Column("refused_at", UtcTime),
    Column("failures", Integer, nullable=False),
    Column("openings", Integer, nullable=False),
    Column("open_until", UtcTime),
    Column("probe_until", UtcTime),
)

connection_pause = Table(
    "connection_pause",
    metadata,
    Column("connection", String(64), primary_key=True),
    Column("code", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("next_action", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime),
    Column("times", Integer, nullable=False),
)

shop_look = Table(
    "shop_look",
    metadata,
    Column("connection", String(64), primary_key=True),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("listed", Integer, nullable=False),
    Column("hinted", Integer, nullable=False),
    Column("problem", Text, nullable=False),
)

ledger_fact = Table(
    "ledger_fact",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# only added to; a chain of hashes per connection: see journal.py
journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("connection", String(64), nullable=False),
    Column("order_id", String(255), nullable=False),
    Column("share", String(255), nullable=False),
    Column("mode", String(8), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("payload", Text),  # empty once it was erased; its hash stays, so that the chain holds
    Column("salt", String(32)),
    Column("payload_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("journal_of_order", "connection", "order_id", "id"),
    Index("journal_chain", "connection", "id"),
)

# the end of each chain, so that rows cut off there are missed
journal_head = Table(
    "journal_head",
    metadata,
    Column("connection", String(64), primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

# what a person was told of, so that one cause is told once
notice = Table(
    "notice",
    metadata,
    Column("connection", String(64), primary_key=True),
    Column("cause", String(255), primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("told_at", UtcTime),
    Column("count", Integer, nullable=False),
)
