"""The ports AccountGates and Pauses on the ledger's database: when an account, or a connection, may work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from order_sync.adapters.storage_sql.database import Database
from order_sync.adapters.storage_sql.tables import account_gate, connection_pause
from order_sync.core.model.account_gate import AccountGate
from order_sync.core.ports import BY_PERSON, Pause

T = TypeVar("T")
_READ_GATE = select(account_gate).where(account_gate.c.account == bindparam("a"))


class SqlAccountGates:
    """One row an account."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def read(self, account: str) -> AccountGate:
        """See AccountGates."""
        with self._db.read() as db:
            return _gate(db.execute(_READ_GATE, {"a": account}).mappings().one_or_none())

    def change(self, account: str, step: Callable[[AccountGate], tuple[AccountGate, T]]) -> T:
        """See AccountGates."""
        with self._db.write() as db:
            if db.dialect.name == "postgresql":
                # a row that does not exist cannot be locked
                db.execute(
                    postgresql.insert(account_gate).values(_row(account, AccountGate())).on_conflict_do_nothing()
                )
            row = db.execute(_READ_GATE.with_for_update(), {"a": account}).mappings().one_or_none()
            before = _gate(row)
            after, result = step(before)
            if after != before:
                _put(db, account_gate, "account", _row(account, after))
        return result

    def all(self) -> dict[str, AccountGate]:
        """See AccountGates."""
        with self._db.read() as db:
            return {row["account"]: _gate(row) for row in db.execute(select(account_gate)).mappings()}


class SqlPauses:
    """One row a connection."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def pause(self, pause: Pause) -> None:
        """See Pauses."""
        with self._db.write() as db:
            replaced = None if pause.by_person else connection_pause.c.code != BY_PERSON
            _put(db, connection_pause, "connection", asdict(pause), where=replaced)

    def resume(self, connection: str, *, by_person: bool = False) -> bool:
        """See Pauses."""
        ended = delete(connection_pause).where(connection_pause.c.connection == connection)
        if not by_person:
            ended = ended.where(connection_pause.c.code != BY_PERSON)
        with self._db.write() as db:
            return bool(db.execute(ended).rowcount)

    def all(self) -> dict[str, Pause]:
        """See Pauses."""
        with self._db.read() as db:
            return {row["connection"]: Pause(**row) for row in db.execute(select(connection_pause)).mappings()}


def _row(account: str, gate: AccountGate) -> dict[str, Any]:
    return {"account": account, **asdict(gate)}


def _gate(row: Any) -> AccountGate:
    return AccountGate() if row is None else AccountGate(**{k: v for k, v in row.items() if k != "account"})


def _put(db: Connection, table: Any, key: str, values: dict[str, Any], *, where: Any = None) -> None:
    """Insert a row, or replace the one there is where the condition holds."""
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    others = {name: value for name, value in values.items() if name != key}
    db.execute(
        dialect.insert(table).values(values).on_conflict_do_update(index_elements=[key], set_=others, where=where)
    )
