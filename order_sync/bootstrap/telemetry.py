"""Numbers for Prometheus: counted while working, and read from the ledger when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from order_sync.core.model.account_gate import Circuit
from order_sync.core.model.sync_record import State
from order_sync.core.ports import AccountGates, Clock, Inbox, Ledger, Pauses, WorkKey
from order_sync.core.use_cases.supplier_calls import CallReport
from order_sync.core.use_cases.work_on_order import Worked

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_CIRCUIT = {Circuit.CLOSED: 0, Circuit.HALF_OPEN: 1, Circuit.OPEN: 2}


class Telemetry:
    """The numbers of one installation, as this process sees them. Thread-safe; shared with nobody."""

    def __init__(self, ledger: Ledger, inbox: Inbox, gates: AccountGates, pauses: Pauses, clock: Clock) -> None:
        self.registry = CollectorRegistry()
        self._events = Counter(
            "order_sync_events",
            "Events of shops, by what became of them",
            ("connection", "topic", "outcome"),
            registry=self.registry,
        )
        self._event_seconds = Histogram(
            "order_sync_event_seconds",
            "From an event's arrival to its answer",
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._worked = Counter(
            "order_sync_work", "Hints worked on, by outcome", ("connection", "outcome"), registry=self.registry
        )
        self._work_seconds = Histogram(
            "order_sync_work_seconds",
            "Time spent on a hint",
            ("connection",),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._calls = Counter(
            "order_sync_supplier_calls",
            "Calls to suppliers: by status, 'no answer', or 'not sent'",
            ("account", "operation", "outcome"),
            registry=self.registry,
        )
        self._call_seconds = Histogram(
            "order_sync_supplier_call_seconds",
            "Duration of calls to suppliers",
            ("account", "operation"),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._notified = Counter(
            "order_sync_notifications",
            "Messages to people, by what became of them",
            ("outcome",),
            registry=self.registry,
        )
        self._plugin_failures = Counter(
            "order_sync_plugin_failures",
            "Hooks of plugins that failed; everything went on without them",
            ("plugin", "hook"),
            registry=self.registry,
        )
        self.registry.register(LedgerCollector(ledger, inbox, gates, pauses, clock))

    def event(self, connection: str, topic: str, outcome: str, seconds: float) -> None:
        """An event was answered. Names that nobody verified must be given as empty."""
        self._events.labels(connection, topic, outcome).inc()
        self._event_seconds.observe(seconds)

    def worked(self, key: WorkKey, worked: Worked, seconds: float) -> None:
        """A hint was worked on."""
        self._worked.labels(key.connection, worked.outcome).inc()
        self._work_seconds.labels(key.connection).observe(seconds)

    def called(self, report: CallReport) -> None:
        """A supplier was called."""
        self._calls.labels(report.account, report.operation, report.outcome).inc()
        if report.outcome != "not sent":
            self._call_seconds.labels(report.account, report.operation).observe(report.seconds)

    def notified(self, outcome: str) -> None:
        """A message to people was sent, or was not taken."""
        self._notified.labels(outcome).inc()

    def plugin_failed(self, plugin: str, hook: str) -> None:
        """A plugin failed in a hook."""
        self._plugin_failures.labels(plugin, hook).inc()

    def render(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


class LedgerCollector(Collector):
    """What every process sees alike, read when asked for."""

    def __init__(self, ledger: Ledger, inbox: Inbox, gates: AccountGates, pauses: Pauses, clock: Clock) -> None:
        self._ledger = ledger
        self._inbox = inbox
        self._gates = gates
        self._pauses = pauses
        self._clock = clock

    def describe(self) -> list[Metric]:
        """Nothing, so that registering does not read the ledger."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read it now."""
        now = self._clock.now()
        yield from self._records()
        yield from self._queue(now)
        circuits = GaugeMetricFamily("order_sync_supplier_circuit", "0 closed, 1 half open, 2 open", labels=["account"])
        for account, gate in self._gates.all().items():
            circuits.add_metric([account], _CIRCUIT[gate.circuit(now)])
        yield circuits
        paused = GaugeMetricFamily(
            "order_sync_paused", "Connections that do nothing now", labels=["connection", "code"]
        )
        for pause in self._pauses.all().values():
            paused.add_metric([pause.connection, pause.code], float(pause.until is None or now < pause.until))
        yield paused
        looked = GaugeMetricFamily("order_sync_look_age_seconds", "Since the last look", labels=["connection"])
        for look in self._ledger.last_looks().values():
            looked.add_metric([look.connection], (now - look.started_at).total_seconds())
        yield looked

    def _records(self) -> Iterator[Metric]:
        labels = ["connection", "mode", "state"]
        records = GaugeMetricFamily("order_sync_records", "Records by state", labels=labels)
        in_doubt = 0
        for (connection, mode, state), count in self._ledger.count_by_state().items():
            records.add_metric([connection, str(mode), str(state)], count)
            in_doubt += count if state is State.IN_DOUBT else 0
        yield records
        yield GaugeMetricFamily("order_sync_in_doubt", "Purchases whose answer is lost", value=in_doubt)

    def _queue(self, now: datetime) -> Iterator[Metric]:
        stats = self._inbox.stats()
        waiting = GaugeMetricFamily("order_sync_queue_events", "Events not yet applied", labels=["connection"])
        age = GaugeMetricFamily("order_sync_queue_age_seconds", "Age of the oldest of them", labels=["connection"])
        for connection, count in stats.waiting.items():
            waiting.add_metric([connection], count)
            age.add_metric([connection], max(0.0, (now - stats.oldest[connection]).total_seconds()))
        yield waiting
        yield age
