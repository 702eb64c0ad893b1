"""``/orders/{record}``: one share of an order with all that is known of it, and what may be done."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from order_sync.core.errors import ConfigurationError, OrderSyncError
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.policies.cost import cost_of, margin_of, revenue_of
from order_sync.core.policies.operator_rules import ACTIONS, cancellable, is_allowed
from order_sync.web.orders_pages import record_at
from order_sync.web.pages import Message, Visitor, page, unknown_button
from order_sync.web.record_address import address_of

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync

_SEPARATORS = re.compile(r"[\s,;]+")
_DONE = {
    "retry": "It was looked at again; below is what came of it.",
    "release": "The hold was lifted; below is what came of it.",
    "skip": "It is closed.",
    "settle": "What you found out is stored.",
    "cancel": "The supplier was asked to cancel it; see below what it answered.",
}


class RecordPage:
    """One record."""

    def __init__(self, sync: OrderSync) -> None:
        self._sync = sync

    def __call__(self, request: Request, visitor: Visitor, form: FormData | None) -> Response:
        """The page; a button does what it says and shows what came of it."""
        record = record_at(self._sync, visitor, request.path_params["record"])
        if form is None:
            told = _DONE.get(request.query_params.get("told", ""))
            return self._show(request, visitor, record, [Message("done", told)] if told else [])
        action = str(form.get("do") or "")
        try:
            self._act(action, record, form)
        except OrderSyncError as exc:
            current = self._sync.record(record.key) or record
            return self._show(request, visitor, current, [Message.of(exc)], status=409)
        return RedirectResponse(self._after(request, record, action), 303)

    def _act(self, action: str, record: SyncRecord, form: FormData) -> None:
        if action not in ACTIONS:
            raise unknown_button()
        reason = str(form.get("reason") or "").strip()
        numbers: tuple[str, ...] = ()
        if action == "settle":
            numbers = _numbers(form)
        (acted,) = self._sync.act_on(action, [record], reason=reason, order_numbers=numbers)
        if problem := acted.refused or acted.failed:
            raise OrderSyncError(problem)

    def _after(self, request: Request, record: SyncRecord, action: str) -> str:
        """The record's page; the list when other shares took its place."""
        base = request.scope.get("root_path", "")
        if self._sync.record(record.key) is None:
            return f"{base}/orders?connection={record.key.connection}"
        return f"{base}/orders/{address_of(record.key)}?told={action}"

    def _show(
        self, request: Request, visitor: Visitor, record: SyncRecord, messages: list[Message], status: int = 200
    ) -> Response:
        named = self._sync.records(record.key.connection, text=record.key.order_id)
        shares = [each for each in named if each.key.order_id == record.key.order_id]  # others may be called like it
        tasks = [task for task in self._sync.tasks(record.key.connection) if task.record.key == record.key]
        return page(
            request,
            "record.html",
            title=f"Order {record.order_name}",
            visitor=visitor,
            place="/orders",
            status=status,
            record=record,
            task=tasks[0] if tasks else None,
            actions=self._possible(record),
            numbers=cancellable(record),
            shares=[{"record": each, "address": address_of(each.key)} for each in shares if each.key != record.key],
            cost=cost_of(record),
            revenue=revenue_of(record),
            margin=margin_of(record),
            events=_events(self._sync, record),
            messages=messages,
        )

    def _possible(self, record: SyncRecord) -> list[str]:
        """What the state allows. What is not bought yet is skipped, not cancelled."""
        possible = [action for action in ACTIONS if is_allowed(action, record)]
        return [action for action in possible if action != "cancel" or cancellable(record)]


def _numbers(form: FormData) -> tuple[str, ...]:
    """The supplier's order numbers that a person found; none only when he said that there are none."""
    numbers = tuple(each for each in _SEPARATORS.split(str(form.get("order_numbers") or "")) if each)
    found = form.get("found")
    if (found == "bought") != bool(numbers) or found not in ("bought", "not_bought"):
        raise ConfigurationError(
            "Say what you found at the supplier.",
            next_step="Choose that it has the order and give its numbers, or that it has none, without numbers.",
        )
    return numbers


def _events(sync: OrderSync, record: SyncRecord) -> list[dict[str, Any]]:
    """Moves of the record and calls to the supplier, in the order in which they happened."""
    found = [{"at": each.at, "what": str(each.state), "text": each.reason} for each in sync.history(record)]
    for attempt in sync.attempts(record):
        parts: Iterable[str] = (attempt.outcome, f"status {attempt.status}" if attempt.status else "", attempt.error)
        text = "; ".join(part for part in parts if part)
        found.append({"at": attempt.ended_at, "what": attempt.kind, "text": text})
    return sorted(found, key=lambda event: event["at"])
