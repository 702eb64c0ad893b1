"""What makes orders flow by themselves: worker threads, the sweeper, the scheduled look."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from order_sync.bootstrap.hints import Hints
from order_sync.core.errors import AuthenticationError, ClosedError, OrderSyncError
from order_sync.core.policies.redaction import error_text, trace_of
from order_sync.core.ports import RunnerStats, WorkKey
from order_sync.core.use_cases.work_on_order import LOOKED, STORAGE, Worked

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync

AFTER_DEFECT_S = 30.0
TELL_EVERY_S = 15.0
"""So often it is looked whether people have to be told something."""
_SCHEDULE_TICK_S = 1.0
_SWEEP_LATE_S = 60.0
"""A sweep that did not end for so long means that the ledger cannot be used."""

log = logging.getLogger("order_sync")


class Service:
    """Runs in threads of this process until `stop`, once. Any number of processes may run one on the same ledger.

    Args:
        workers, look_every_s: see OrderSync.service.
    """

    def __init__(self, sync: OrderSync, *, workers: int, look_every_s: float | None) -> None:
        self._sync = sync
        self._workers = workers
        self._look_every_s = look_every_s
        self._tell_every_s = TELL_EVERY_S
        container = sync.container
        self._runner = container.task_runner(workers)
        self._hints = Hints(self._runner)
        self._work_on_order = sync.work_on_order()
        self._sweep = container.sweep(submit=self._hints.bring_back, batch=4 * workers)
        self._scheduled_look = container.scheduled_look()
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._more = False
        self._swept_at = time.monotonic()
        self._storage_problem = ""  # until an order can be worked on again
        self._looking: dict[str, threading.Thread] = {}
        self._threads: list[threading.Thread] = []
        self._forget: Callable[[], None] | None = None  # known to the installation since `start`

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to work.

        Raises:
            StorageError: the ledger cannot be used; nothing was started.
            ConfigurationError: ORDER_SYNC_NOTIFY is wrong, or another service has the host's task runner; nothing
                was started.
            ClosedError: it was started before.
        """
        if self._forget is not None:
            raise ClosedError("A service is started once.", next_step="Make another one: sync.service().")
        tells = bool(self._sync.notifications.services())
        self._sync.container.ledger().trusted_since()
        self._forget = self._sync.when_closing(self.stop, alone_with=self._runner)
        try:
            self._hints.start(self._work)
        except BaseException:
            self._forget()
            raise
        loops = [("order-sync-sweeper", self._sweep_on)]
        if self._look_every_s is not None:
            loops.append(("order-sync-schedule", self._look_on))
        if tells:
            loops.append(("order-sync-notify", self._tell_on))
        self._threads = [threading.Thread(target=loop, name=name, daemon=True) for name, loop in loops]
        for thread in self._threads:
            thread.start()

    def stop(self, grace_s: float = 30.0) -> bool:
        """Take no new work and wait for what runs; True when it all ended.

        What did not end in time goes on until the process ends; another process then takes it over.
        """
        deadline = time.monotonic() + grace_s
        self._stopping.set()
        self._wake.set()
        if self._forget is None:
            return True
        ended = self._hints.stop(grace_s)
        others = [*self._threads, *self._looking.values()]
        for thread in others:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._forget()
        return ended and not any(thread.is_alive() for thread in others)

    def hint(self, connection: str, order_id: str) -> None:
        """An event of this order was stored: work on it now."""
        self._hints.give(WorkKey(connection, order_id))

    def stats(self) -> RunnerStats:
        """Hints since start."""
        return self._hints.stats()

    def problem(self) -> str:
        """Why it does not work, in words; empty when it does."""
        late_s = time.monotonic() - self._swept_at
        if late_s > _SWEEP_LATE_S:
            return f"the ledger could not be read for {late_s:.0f} s"
        if self._storage_problem:
            return self._storage_problem
        if any(not thread.is_alive() for thread in self._threads):
            return "a thread ended"
        return self._hints.problem()

    # ------------------------------------------------------------------ workers

    def _work(self, key: WorkKey) -> None:
        if key.order_id and self._sweep.rests(key.connection):
            return
        began = time.monotonic()
        try:
            worked = self._work_on_order(key)
        except (Exception, SystemExit) as exc:  # a plugin that calls sys.exit ends no worker
            self._log_defect(exc, "connection=%s order=%s: a defect; it is tried again", key.connection, key.order_id)
            worked = Worked("defect", again_in_s=AFTER_DEFECT_S)
        self._sweep.note(key, worked)
        if worked.outcome == STORAGE:
            log.error("connection=%s order=%s: %s It is tried again.", key.connection, key.order_id, worked.problem)
            self._storage_problem = worked.problem
        elif worked.outcome == LOOKED:
            self._storage_problem = ""
        if self._sync.telemetry is not None:
            self._sync.telemetry.worked(key, worked, time.monotonic() - began)
        if self._more and self._hints.stats().queued <= self._workers:
            self._wake.set()

    def _log_defect(self, exc: BaseException, text: str, *args: object) -> None:
        """Where it happened; its text only when asked for, because it may quote anything."""
        shown = self._sync.config.log_personal_data
        log.error(f"{text}: %s", *args, trace_of(exc), exc_info=exc if shown else None)

    def _sweep_on(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                count, wait_s = self._sweep()
                self._more = count > 0
                self._swept_at = time.monotonic()
            except OrderSyncError as exc:
                log.error("the ledger cannot be read: %s", error_text(exc))
                wait_s = 1.0
            except Exception as exc:
                self._log_defect(exc, "a sweep failed; it is tried again")
                wait_s = 1.0
            self._wake.wait(wait_s)

    # ------------------------------------------------------------------ what people are told

    def _tell_on(self) -> None:
        """In a thread of its own: a service that answers late keeps no order waiting."""
        while not self._stopping.wait(self._tell_every_s):
            try:
                self._sync.notifications.tell()
            except OrderSyncError as exc:
                log.error("people could not be told: %s", error_text(exc))
            except Exception as exc:
                self._log_defect(exc, "people could not be told; it is tried again")

    # ------------------------------------------------------------------ the scheduled look

    def _look_on(self) -> None:
        next_at: dict[str, float] = {}
        while not self._stopping.is_set():
            try:
                names = self._sync.connections()
            except OrderSyncError as exc:
                log.error("the settings cannot be read: %s", error_text(exc))
                names = ()
            for name in names:
                looks = name in self._looking and self._looking[name].is_alive()
                if time.monotonic() >= next_at.get(name, 0.0) and not looks and not self._sweep.rests(name):
                    next_at[name] = time.monotonic() + (self._look_every_s or 0.0)
                    self._begin_look(name)
            self._stopping.wait(_SCHEDULE_TICK_S)

    def _begin_look(self, name: str) -> None:
        thread = threading.Thread(target=self._look, args=(name,), name=f"order-sync-look-{name}", daemon=True)
        self._looking[name] = thread
        thread.start()

    def _look(self, name: str) -> None:
        try:
            summary = self._scheduled_look(self._sync.built(name).context(), self.hint)
        except AuthenticationError as exc:
            self._sweep.note(WorkKey(name, ""), self._work_on_order.pause(name, exc))
            return
        except OrderSyncError as exc:
            log.error("connection=%s the shop cannot be looked at: %s", name, error_text(exc))
            return
        except Exception as exc:
            self._log_defect(exc, "connection=%s the look at the shop failed; it is tried again", name)
            return
        if summary is None:
            return
        log.log(
            logging.WARNING if summary.problem else logging.INFO,
            "connection=%s looked at the shop: %d orders changed, %d new to us%s",
            name,
            summary.listed,
            summary.hinted,
            f"; it ended early: {summary.problem}" if summary.problem else "",
        )
