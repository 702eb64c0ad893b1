"""Choosing orders, doing the same to each of them, and telling what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from order_sync.commands.exits import FAILED, exit_code_for
from order_sync.commands.output import emit_json, note, on_terminal, show_table
from order_sync.commands.pause import say_paused

if TYPE_CHECKING:
    from order_sync import OrderSync
    from order_sync.bootstrap.inbox_api import Acted
    from order_sync.core.model.sync_record import SyncRecord

MOST_SETTLED = 20
"""So many orders are seen to until nothing is due; of more, the rest goes on by itself."""
_OPEN_TO: dict[str, tuple[str, ...]] = {
    "retry": ("held", "in_doubt", "submitting"),
    "release": ("held",),
    "skip": ("held",),
    "settle": ("in_doubt", "submitting"),
}
"""States that --all means, by action."""
MOST_WITHOUT_BAR = 10


@dataclass(frozen=True)
class Choice:
    """Which orders, and how to go about them."""

    words: tuple[str, ...]
    codes: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    before: datetime | None = None
    everything: bool = False
    dry_run: bool = False
    yes: bool = False

    @property
    def filters(self) -> bool:
        """Whether orders are chosen by what they are, not by name."""
        return bool(self.codes or self.states or self.before or self.everything)


def run(
    ctx: click.Context,
    action: str,
    choice: Choice,
    *,
    as_json: bool,
    reasons: tuple[str, ...] = (),
    text: str = "",
    numbers: tuple[str, ...] = (),
) -> None:
    """Do it to every record chosen; what one of them does not allow stops no other.

    Args:
        reasons: of --reason where it has two meanings: the text when orders are named, else reason codes.
    """
    from order_sync import OrderSync

    with OrderSync() as sync:
        connection, texts = _split(sync, choice)
        if texts and reasons:
            text, reasons = text or "; ".join(reasons), ()
        codes = (*choice.codes, *reasons)
        records = _chosen(sync, action, choice, connection, texts, codes)
        if not texts and not choice.dry_run:
            _ask(action, records, yes=choice.yes)
        with _progress(len(records)) as progress:
            acted = sync.act_on(
                action, records, reason=text, order_numbers=numbers, dry_run=choice.dry_run, progress=progress
            )
        if len(acted) == 1 and not acted[0].after:
            _raise(acted[0])
        if not choice.dry_run:
            _let_settle(sync, [each.before for each in acted if each.after])
        after = _as_they_are(sync, acted, dry_run=choice.dry_run)
        for name in sorted({each.before.key.connection for each in acted}) if choice.dry_run else ():
            say_paused(sync, name)
    _tell(action, choice, acted, after, as_json=as_json)
    failed = any(each.failed for each in acted) or (bool(acted) and not any(each.after for each in acted))
    ctx.exit(FAILED if failed else exit_code_for(after))


def _split(sync: OrderSync, choice: Choice) -> tuple[str | None, tuple[str, ...]]:
    """The connection and the orders among the words: a first word that is a connection's name is that."""
    words = choice.words
    if words and (len(words) > 1 or choice.filters or not sync.records(text=words[0])):
        known = words[0] in sync.connections() or (len(words) > 1 and bool(sync.records(words[0])))
        if known:
            return words[0], words[1:]
    return None, words


def _chosen(
    sync: OrderSync,
    action: str,
    choice: Choice,
    connection: str | None,
    texts: tuple[str, ...],
    codes: tuple[str, ...],
) -> tuple[SyncRecord, ...]:
    from order_sync.core.model.sync_record import State

    if not texts and not (choice.filters or codes):
        raise click.UsageError("Name an order, or choose with --reason, --state, --older-than or --all.")
    states = choice.states
    if not texts and not states and not codes:
        states = _OPEN_TO[action]
    records = sync.select(
        connection,
        texts=texts,
        reasons=codes,
        states=[State(state) for state in states],
        changed_before=choice.before,
    )
    names = sorted({record.key.connection for record in records})
    if texts and connection is None and len(names) > 1:
        raise click.UsageError(f"Several connections have {texts[0]}: write one of {', '.join(names)} before it.")
    return records


def _ask(action: str, records: Sequence[SyncRecord], *, yes: bool) -> None:
    """Before something is done to orders that nobody named, they are listed."""
    if yes or not records:
        return
    if not on_terminal():
        if len(records) > 1:
            raise click.UsageError(f"This would {action} {len(records)} orders: look with --dry-run, then give --yes.")
        return
    note(f"{action}: {len(records)} orders")
    for record in records:
        note(f"  {record.key.connection} {record.order_name} ({record.key.share}): {record.state} {record.reason_code}")
    click.confirm(f"{action.capitalize()} them?", default=False, abort=True, err=True)


@contextmanager
def _progress(count: int) -> Iterator[Callable[[SyncRecord], None] | None]:
    """Something that is told of every record: a bar on a terminal, for many."""
    if count < MOST_WITHOUT_BAR or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=count, file=sys.stderr) as bar:
        yield lambda _record: bar.update(1)


def _raise(acted: Acted) -> None:
    """A single order that could not be done is an error as everywhere."""
    from order_sync.core.errors import NotAllowedError, OrderSyncError

    raise NotAllowedError(acted.refused) if acted.refused else OrderSyncError(acted.failed)


def _let_settle(sync: OrderSync, records: Sequence[SyncRecord]) -> None:
    keys = list(dict.fromkeys((record.key.connection, record.key.order_id) for record in records))
    for name, order_id in keys[:MOST_SETTLED]:
        sync.settle(name, order_id)
    if len(keys) > MOST_SETTLED:
        note(f"{len(keys) - MOST_SETTLED} more orders go on by themselves (order-sync serve, or sync).")


def _as_they_are(sync: OrderSync, acted: Sequence[Acted], *, dry_run: bool) -> tuple[SyncRecord, ...]:
    """The records afterwards: every share of the orders, as stored; in a dry run, as they would be."""
    if dry_run:
        return tuple(each.after for each in acted if each.after)
    keys = dict.fromkeys((each.before.key.connection, each.before.key.order_id) for each in acted)
    return tuple(r for name, order_id in keys for r in sync.records(name, text=order_id))


def _tell(action: str, choice: Choice, acted: Sequence[Acted], after: Sequence[SyncRecord], *, as_json: bool) -> None:
    from order_sync.bootstrap.documents import record_document
    from order_sync.commands.records import show_records

    counts = {
        "done": sum(each.after is not None for each in acted),
        "refused": sum(bool(each.refused) for each in acted),
        "failed": sum(bool(each.failed) for each in acted),
    }
    for each in acted:
        if problem := each.refused or each.failed:
            note(f"{each.before.order_name} ({each.before.key.share}): {problem}")
    if as_json:
        document = {
            "records": [record_document(record) for record in after],
            "action": action,
            **counts,
            "problems": [
                {
                    "connection": each.before.key.connection,
                    "order_name": each.before.order_name,
                    "share": each.before.key.share,
                    "problem": each.refused or each.failed,
                }
                for each in acted
                if each.refused or each.failed
            ],
        }
        emit_json({**document, "dry_run": True} if choice.dry_run else document)
        return
    if choice.dry_run:
        _show_changes(acted)
    else:
        show_records(after)
    if len(acted) != 1 or choice.dry_run:
        would = "would be " if choice.dry_run else ""
        click.echo(f"{action}: {counts['done']} {would}done, {counts['refused']} refused, {counts['failed']} failed.")


def _show_changes(acted: Sequence[Acted]) -> None:
    rows = [
        (
            each.before.key.connection,
            each.before.order_name,
            each.before.key.share,
            f"{each.before.state} {each.before.reason_code}".strip(),
            f"{each.after.state} {each.after.reason_code}".strip() if each.after else "-",
            each.after.reason if each.after else each.refused or each.failed,
        )
        for each in acted
    ]
    show_table("Would become", ("CONNECTION", "ORDER", "SHARE", "NOW", "THEN", "REASON"), rows)
