"""``order-sync orders tail``, ``explain`` and ``replay``: what the journal tells."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from order_sync.commands.exits import DONE, exit_code_for
from order_sync.commands.output import answer, emit_json, json_option, note, on_terminal
from order_sync.commands.purchases import yes_option
from order_sync.commands.sync import Moment

if TYPE_CHECKING:
    from order_sync import OrderSync
    from order_sync.core.model.journal import JournalRow
    from order_sync.core.model.sync_record import SyncRecord
    from order_sync.core.use_cases.replay_decision import Replay


# ---------------------------------------------------------------------- tail


@click.command()
@click.argument("name", required=False)
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens from now on, until interrupted.")
@click.option("--order", "order", metavar="ORDER", help="Only this order.")
@click.option(
    "--lines", "-n", type=click.IntRange(min=0), default=20, show_default=True, help="So many of what happened last."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def tail(ctx: click.Context, name: str | None, follow: bool, order: str | None, lines: int, as_json: bool) -> None:
    """What was decided and done, newest last: of every connection, or of NAME."""
    from order_sync import OrderSync

    with OrderSync() as sync:
        if name is not None and not sync.records(name):
            sync.connection(name)  # a name that never was is an error; one that was removed has its journal
        order_id = None
        if order is not None:
            record = named(sync, (name, order) if name else (order,))[0]
            name, order_id = record.key.connection, record.key.order_id
        show = _Teller(sync, as_json=as_json)
        if not follow:
            for row in sync.journal(name, order_id=order_id, limit=lines, newest=True) if lines else ():
                show(row)
            return
        try:
            for row in sync.follow_journal(name, order_id=order_id, lines=lines):
                show(row)
        except KeyboardInterrupt:
            ctx.exit(DONE)


class _Teller:
    """Shows rows of the journal, each order by its name."""

    def __init__(self, sync: OrderSync, *, as_json: bool) -> None:
        self._sync = sync
        self._as_json = as_json
        self._names: dict[tuple[str, str], str] = {}

    def __call__(self, row: JournalRow) -> None:
        """One line on stdout."""
        from order_sync.bootstrap.journal_documents import in_words, row_document

        order_name = self._name(row)
        if self._as_json:
            document = {**row_document(row), "order_name": order_name, "text": in_words(row)}
            click.echo(json.dumps(document), file=answer())
            return
        click.echo(f"{_when(row)}  {row.connection} {order_name} ({_share(row)})  {in_words(row)}")

    def _name(self, row: JournalRow) -> str:
        key = (row.connection, row.order_id)
        if key not in self._names:
            found = self._sync.records(row.connection, text=row.order_id)
            self._names[key] = found[0].order_name if found else row.order_id.rpartition("/")[2]
        return self._names[key]


def _when(row: JournalRow) -> str:
    return f"{row.at:%Y-%m-%d %H:%M:%S}Z"


def _share(row: JournalRow) -> str:
    return row.share if row.mode == "live" else f"{row.share}, {row.mode}"


# ---------------------------------------------------------------------- explain


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[NAME] ORDER")
@json_option
@click.pass_context
def explain(ctx: click.Context, words: tuple[str, ...], as_json: bool) -> None:
    """Why an order stands where it stands: the rule and the facts for each line, every call, and its history."""
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import record_document
    from order_sync.bootstrap.journal_documents import decision_document, row_document

    with OrderSync() as sync:
        records = named(sync, words)
        told = [
            {
                **history_document(sync, record),
                "decision": decision_document(sync.last_decision(record)),
                "journal": [row_document(row) for row in sync.journal_of(record)],
            }
            for record in records
        ]
        if as_json:
            emit_json({"records": [{**record_document(r), **t} for r, t in zip(records, told, strict=True)]})
            ctx.exit(exit_code_for(records))
        for record, document in zip(records, told, strict=True):
            _explain(record, document, sync.journal_of(record))
    ctx.exit(exit_code_for(records))


def _explain(record: SyncRecord, told: Mapping[str, Any], rows: Iterable[JournalRow]) -> None:
    from order_sync.bootstrap.journal_documents import in_words

    rule = f" [{record.reason_code}]" if record.reason_code else ""
    click.echo(f"{record.order_name} ({record.key.share}, {record.key.mode}) is {record.state}{rule}.")
    for text in (record.reason, record.next_action):
        if text:
            click.echo(f"  {text}")
    decided = {line["line_id"]: line for line in (told["decision"] or {"lines": ()})["lines"]}
    for line in record.lines:
        why = f": {line.reason}" if line.reason else ""
        click.echo(f"  {line.sku or '(no SKU)'}: {line.quantity} of {line.ordered} {line.outcome}{why}")
        if line.line_id in decided:
            click.echo(f"    rule {_ruled(decided[line.line_id])}")
    for call in told["calls"]:
        error = f": {call['error']}" if call["error"] else ""
        click.echo(f"  {call['started_at']} {call['kind']}: {call['outcome']}{error}")
    for row in rows:
        click.echo(f"  {_when(row)}  {in_words(row)}")


def _ruled(line: Mapping[str, Any]) -> str:
    facts = ", ".join(f"{name}={_plain(value)}" for name, value in line.get("facts", {}).items())
    return f"{line['rule']}{f' ({facts})' if facts else ''}"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


# ---------------------------------------------------------------------- replay


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[NAME] ORDER | NAME --since TIME")
@click.option("--since", type=Moment(), help="Every undecided order of NAME that was last decided since then.")
@click.option("--dry-run", is_flag=True, help="Only show what would differ; change nothing.")
@yes_option
@json_option
@click.pass_context
def replay(
    ctx: click.Context, words: tuple[str, ...], since: datetime | None, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Decide again from what the journal keeps, with the present settings, and show what differs line by line.

    Then what is still undecided is read from the shop and decided afresh. What is bought is never bought again, and
    what a person skipped stays so.
    """
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import record_document
    from order_sync.bootstrap.journal_documents import replay_document
    from order_sync.commands.records import show_records

    if not (dry_run or yes or on_terminal()):
        raise click.UsageError("Nobody can be asked here: say --yes to decide afresh, or --dry-run to only look.")
    with OrderSync() as sync:
        replays = _replays(sync, words, since)
        if not as_json:
            for each in replays:
                _show_replay(each)
        document: dict[str, Any] = {"dry_run": dry_run, "replays": [replay_document(each) for each in replays]}
        records = [each.record for each in replays]
        if not dry_run:
            records = _decide_afresh(sync, records, yes=yes, by_name=since is None)
            document["records"] = [record_document(record) for record in records]
    if as_json:
        emit_json(document)
    elif not dry_run:
        show_records(records)
    elif not records:
        click.echo("No orders.")
    ctx.exit(exit_code_for(records))


def _replays(sync: OrderSync, words: tuple[str, ...], since: datetime | None) -> tuple[Replay, ...]:
    if since is None:
        return tuple(sync.replay(record) for record in named(sync, words))
    if len(words) != 1:
        raise click.UsageError("With --since, name one connection and no order: NAME --since TIME.")
    sync.connection(words[0])
    return sync.replays_since(words[0], since)


def _show_replay(replay: Replay) -> None:
    from order_sync.bootstrap.journal_documents import fate, standing

    record = replay.record
    title = f"{record.order_name} ({record.key.share}, {record.key.mode}, {record.state})"
    if replay.then is None or replay.now is None:
        click.echo(f"{title}: cannot be decided again. {replay.problem}")
        return
    if not replay.differs:
        click.echo(f"{title}: the same would be decided: {standing(replay.now)}.")
        return
    click.echo(f"{title}: was decided {standing(replay.then)}; would now be {standing(replay.now)}.")
    for change in replay.changes:
        click.echo(f"  {change.sku or '(no SKU)'}: {fate(change.then)} -> {fate(change.now)}")


def _decide_afresh(sync: OrderSync, records: Sequence[SyncRecord], *, yes: bool, by_name: bool) -> list[SyncRecord]:
    """Have them decided from the shop, and what is due done; the records afterwards.

    ``by_name``: a person named the order, so it is let in whatever its age, as by `retry`.
    """
    open_ones = [record for record in records if sync.may_be_decided_afresh(record)]
    if not open_ones:
        note("There is nothing to decide afresh: it is bought, or a person stopped it (see orders retry).")
        return list(records)
    if not yes:
        question = f"Read {len(open_ones)} of them from the shop, decide them afresh and buy what is due?"
        click.confirm(question, default=False, abort=True, err=True)
    for record in open_ones:
        _look(sync, record, by_name=by_name)
    every = dict.fromkeys((record.key.connection, record.key.order_id) for record in records)
    return [record for name, order_id in every for record in sync.records(name, text=order_id)]


def _look(sync: OrderSync, record: SyncRecord, *, by_name: bool) -> None:
    from order_sync.core.errors import OrderNotFoundError

    key = record.key
    try:
        sync.decide_afresh(record, by_name=by_name)
        sync.settle(key.connection, key.order_id)
    except OrderNotFoundError as exc:
        note(exc.message)


# ---------------------------------------------------------------------- orders by name


def named(sync: OrderSync, words: tuple[str, ...]) -> tuple[SyncRecord, ...]:
    """The records of ``[NAME] ORDER``; it is an error when two connections have an order of that name."""
    from order_sync.commands import orders

    return orders._named(sync, words)


def history_document(sync: OrderSync, record: SyncRecord) -> dict[str, list[dict[str, object]]]:
    """The moves of a record and the calls made for it."""
    from order_sync.commands import orders

    return orders._history(sync, record)
