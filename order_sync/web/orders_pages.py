"""``/orders``: every record, by state and by what needs a person; many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import Response

from order_sync.core.errors import OrderNotFoundError, OrderSyncError
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import State, SyncRecord
from order_sync.core.model.task import Task
from order_sync.core.policies.operator_rules import ACTIONS, is_allowed
from order_sync.web.pages import Message, Visitor, page
from order_sync.web.record_address import address_of, key_of

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync

PAGE = 50
MOST_AT_ONCE = 200
BULK = tuple(action for action in ACTIONS if action != "cancel")
INBOX = "inbox"


@dataclass(frozen=True)
class _Wanted:
    """What the address of the page asks for."""

    connection: str | None
    state: State | None
    mode: Mode | None
    text: str
    show: str
    offset: int

    def link(self, **changes: Any) -> str:
        """The page's query with some of it changed."""
        values = {
            "connection": self.connection,
            "state": self.state and str(self.state),
            "mode": self.mode and str(self.mode),
            "q": self.text,
            "show": self.show,
            **changes,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})


class OrdersPages:
    """The list of orders, and the same done to many."""

    def __init__(self, sync: OrderSync) -> None:
        self._sync = sync

    def __call__(self, request: Request, visitor: Visitor, form: FormData | None) -> Response:
        """The list; a form sent from it shows what would come of it, or does it."""
        if form is not None:
            return self._many(request, visitor, form)
        return self._list(request, visitor, [])

    def _list(self, request: Request, visitor: Visitor, messages: list[Message]) -> Response:
        wanted = _wanted(request.query_params, visitor)
        counts = self._counts(wanted)
        if wanted.show == INBOX:
            tasks = self._sync.tasks(wanted.connection)
            rows = [_task_row(task) for task in tasks[wanted.offset : wanted.offset + PAGE]]
            more = len(tasks) > wanted.offset + PAGE
        else:
            records = self._records(wanted)
            rows = [_row(record) for record in records[:PAGE]]
            more = len(records) > PAGE
        return page(
            request,
            "orders.html",
            title="Orders",
            visitor=visitor,
            place="/orders",
            wanted=wanted,
            counts=counts,
            waiting=len(self._sync.tasks(wanted.connection)),
            names=[n for n in self._sync.connections() if visitor.connection in (None, n)],
            rows=rows,
            actions=BULK,
            older=wanted.link(offset=wanted.offset + PAGE) if more else "",
            newer=wanted.link(offset=max(0, wanted.offset - PAGE)) if wanted.offset else "",
            now=self._sync.container.clock().now(),
            messages=messages,
        )

    def _counts(self, wanted: _Wanted) -> list[tuple[State, int]]:
        counted = self._sync.counts(wanted.connection).items()
        sums = dict.fromkeys(State, 0)
        for (_, mode, state), count in counted:
            if wanted.mode in (None, mode):
                sums[state] += count
        return [(state, count) for state, count in sums.items() if count or state is wanted.state]

    def _records(self, wanted: _Wanted) -> tuple[SyncRecord, ...]:
        states = None if wanted.state is None else (wanted.state,)
        if wanted.text:
            found = self._sync.records(wanted.connection, states=states, text=wanted.text)
            return tuple(r for r in found if wanted.mode in (None, r.key.mode))[wanted.offset :]
        return self._sync.latest_records(
            PAGE + 1, connection=wanted.connection, states=states, mode=wanted.mode, offset=wanted.offset
        )

    # ------------------------------------------------------------------ many at once

    def _many(self, request: Request, visitor: Visitor, form: FormData) -> Response:
        action, reason = str(form.get("action") or ""), str(form.get("reason") or "").strip()
        try:
            records = self._chosen(visitor, form)
            if action not in BULK or not records:
                text = "Choose what to do." if records else "No order is chosen."
                raise OrderSyncError(text, next_step="Mark orders in the list, choose what to do, then Preview.")
            dry_run = form.get("do") != "do"
            acted = self._sync.act_on(action, records, reason=reason, dry_run=dry_run)
        except OrderSyncError as exc:
            return self._list(request, visitor, [Message.of(exc)])
        rows = [
            {
                "address": address_of(each.before.key),
                "before": each.before,
                "after": each.after,
                "problem": each.refused or each.failed,
            }
            for each in acted
        ]
        done = sum(row["after"] is not None for row in rows)
        text = f"{action}: {done} {'would be done' if dry_run else 'done'}, {len(rows) - done} not."
        return page(
            request,
            "orders_many.html",
            title=f"{action.capitalize()} {len(rows)} {'order' if len(rows) == 1 else 'orders'}",
            visitor=visitor,
            place="/orders",
            action=action,
            reason=reason,
            rows=rows,
            dry_run=dry_run,
            done=done,
            messages=[Message("note" if dry_run else "done", text)],
        )

    def _chosen(self, visitor: Visitor, form: FormData) -> list[SyncRecord]:
        addresses = dict.fromkeys(each for each in form.getlist("record") if isinstance(each, str))
        if len(addresses) > MOST_AT_ONCE:
            text = f"That are {len(addresses)} orders; at most {MOST_AT_ONCE} are done at once."
            raise OrderSyncError(text, next_step="Choose fewer, or use the command line: order-sync orders.")
        return [record_at(self._sync, visitor, address) for address in addresses]


def record_at(sync: OrderSync, visitor: Visitor, address: str) -> SyncRecord:
    """The record of a page's address. Raises OrderNotFoundError when there is none, or it is not for this visitor."""
    key = key_of(address)
    record = sync.record(key) if visitor.connection in (None, key.connection) else None
    if record is None:
        raise OrderNotFoundError(
            "This record does not exist any more.",
            next_step="Look the order up on the Orders page: other shares may have taken its place.",
        )
    return record


def _wanted(query: QueryParams, visitor: Visitor) -> _Wanted:
    offset = query.get("offset", "0")
    return _Wanted(
        connection=visitor.connection or query.get("connection") or None,
        state=State(query["state"]) if query.get("state") in set(State) else None,
        mode=Mode(query["mode"]) if query.get("mode") in set(Mode) else None,
        text=query.get("q", "").strip()[:255],
        show=INBOX if query.get("show") == INBOX else "",
        offset=int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 8 else 0,
    )


def _row(record: SyncRecord) -> dict[str, Any]:
    return {
        "record": record,
        "address": address_of(record.key),
        "reason": record.reason,
        "next_action": record.next_action if record.needs_person else "",
        "deadline": None,
        "late": False,
        "at": record.updated_at,
        "open": any(is_allowed(action, record) for action in BULK),
    }


def _task_row(task: Task) -> dict[str, Any]:
    return {
        **_row(task.record),
        "reason": task.reason,
        "next_action": task.next_action,
        "deadline": task.deadline,
        "at": task.since,
    }
