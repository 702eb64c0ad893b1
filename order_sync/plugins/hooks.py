"""Asking and telling the plugins that loaded, one at a time: none stops another, or an order."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pluggy

from order_sync.core.errors import PluginHookError
from order_sync.core.model.events import Event, ParcelsAdded, RecordMoved
from order_sync.core.model.plan_adjustment import Adjustments, PlanAdjustment, ProposedPlan
from order_sync.core.model.sync_record import State, SyncRecord
from order_sync.core.policies.redaction import one_line, trace_of
from order_sync.core.policies.sku_map import LONGEST
from order_sync.core.ports import Notifier

LONGEST_REASON = 500
"""A plugin's reason is cut after so many characters."""

log = logging.getLogger("order_sync")


class _RefusedAnswer(PluginHookError):
    """Says in our words what is wrong with an answer; a PluginHookError that a plugin raises may quote a person."""


class PluginHooks:
    """The Extensions port over pluggy, and the hooks that are merely told. Thread-safe; never raises.

    Args:
        manager: has the plugins that loaded; nothing is added to it any more.

    ``on_failure`` is told (plugin, hook) of each failure.
    """

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager
        self._lock = threading.Lock()
        self._failures: Counter[tuple[str, str]] = Counter()
        self.on_failure: Callable[[str, str], None] = lambda plugin, hook: None

    def failures(self) -> dict[tuple[str, str], int]:
        """How often each (plugin, hook) failed in this process."""
        with self._lock:
            return dict(self._failures)

    def resolve_supplier_sku(self, connection: str, supplier: str, sku: str) -> str | None:
        """See Extensions: the first plugin that knows it decides."""
        asked = {"connection": connection, "supplier": supplier, "sku": sku}
        for _, name in self._each("resolve_supplier_sku", _checked_sku, asked):
            if name is not None:
                return str(name)
        return None

    def adjust_plan(self, plan: ProposedPlan) -> Adjustments:
        """See Extensions: every plugin is asked."""
        wanted: list[tuple[str, PlanAdjustment]] = []
        failed: list[str] = []
        for plugin, answer in self._each("adjust_plan", _checked_adjustment(plan), {"plan": plan}, failed):
            if answer is not None:
                wanted.append((plugin, answer))
        return Adjustments(tuple(wanted), tuple(failed))

    def tell(self, hook: str, record: SyncRecord) -> None:
        """Tell every plugin of a share, one after the other."""
        for _ in self._each(hook, lambda answer: None, {"record": record}):
            pass

    def _each(
        self,
        hook: str,
        checked: Callable[[Any], Any],
        arguments: dict[str, Any],
        failed: list[str] | None = None,
    ) -> Iterator[tuple[str, Any]]:
        """Each plugin's answer, in pluggy's order: who registered last comes first."""
        for implementation in reversed(getattr(self._manager.hook, hook).get_hookimpls()):
            plugin = str(implementation.plugin_name)
            try:
                given = [arguments[name] for name in implementation.argnames]
                answer = checked(implementation.function(*given))
            except KeyboardInterrupt:
                raise
            except BaseException as exc:  # whatever a plugin does wrong is its own affair, sys.exit too
                self._failed(plugin, hook, exc)
                if failed is not None:
                    failed.append(plugin)
                continue
            yield plugin, answer

    def _failed(self, plugin: str, hook: str, exc: BaseException) -> None:
        with self._lock:
            self._failures[plugin, hook] += 1
        self.on_failure(plugin, hook)
        # an answer that is refused is described by us; of anything else only the kind: it may quote a person
        why = exc.message if isinstance(exc, _RefusedAnswer) else f"it raised {type(exc).__name__}"
        error = PluginHookError(
            f"Plugin {plugin!r} failed in the hook {hook}: {why}; everything goes on without its answer.",
            next_step="Report it to its author, or keep it out: ORDER_SYNC_BLOCK_PLUGINS.",
            plugin=plugin,
            hook=hook,
        )
        log.error("%s %s", error, trace_of(exc))


class PluginNotifier:
    """The Notifier port: tells the installation's own notifier first, then the plugins' hooks."""

    def __init__(self, first: Notifier, hooks: PluginHooks) -> None:
        self._first = first
        self._hooks = hooks

    def notify(self, event: Event) -> None:
        """See Notifier."""
        self._first.notify(event)
        hook = told_by(event)
        if hook is not None and isinstance(event, (RecordMoved, ParcelsAdded)):
            self._hooks.tell(hook, event.record)


def told_by(event: Event) -> str | None:
    """The hook that tells of an event; None: none does."""
    if isinstance(event, ParcelsAdded):
        return "order_shipped"
    if not isinstance(event, RecordMoved) or event.record.state is event.previous:
        return None
    if event.record.state is State.HELD:
        return "order_held"
    if event.record.state is State.PLACED:
        return "order_placed"
    shipped = event.record.state is State.SHIPPED
    return "order_shipped" if shipped or (event.record.state, event.previous) == _SHIPPED_AT_ONCE else None


_SHIPPED_AT_ONCE = (State.COMPLETED, State.PLACED)


def _checked_sku(answer: Any) -> str | None:
    if answer is None:
        return None
    if not isinstance(answer, str) or not 1 <= len(answer.strip()) <= LONGEST or not answer.isprintable():
        raise _RefusedAnswer(f"it answered {_shown(answer)}, which is no SKU of 1 to {LONGEST} characters")
    return str.strip(answer)


def _checked_adjustment(plan: ProposedPlan) -> Callable[[Any], PlanAdjustment | None]:
    known = {line.line_id for line in plan.lines} | {line.line_id for line in plan.order.lines}

    def check(answer: Any) -> PlanAdjustment | None:
        if answer is None:
            return None
        if not isinstance(answer, PlanAdjustment):
            raise _RefusedAnswer(f"it answered a {type(answer).__name__} instead of a PlanAdjustment")
        unknown = sorted(str(line) for line in answer.remove if line not in known)
        if unknown:
            raise _RefusedAnswer(f"it removes {_shown(unknown[0])}, which is no line of the order")
        return PlanAdjustment(
            {line: _text(why) for line, why in answer.remove.items()}, _text(answer.hold), _text(answer.next_action)
        )

    return check


def _text(words: object) -> str:
    return one_line(str(words)).strip()[:LONGEST_REASON]


def _shown(value: object) -> str:
    return one_line(repr(value))[:80]
