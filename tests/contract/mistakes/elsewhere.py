"""Settings stores, runners, clocks, notifiers, messengers, each with one mistake; run by test_contracts_catch_mistakes.

`Messengers` has a right one of its own: with two services, as those with mistakes need.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from order_sync.adapters.memory import InlineTaskRunner, InMemorySettingsStore, RecordingNotifier
from order_sync.adapters.runner_threads import ThreadTaskRunner
from order_sync.core.model.events import DataErased
from order_sync.core.ports import Delivery
from order_sync.plugins.contracts import (
    ClockContract,
    ManualClock,
    MessengerContract,
    NotifierContract,
    SettingsStoreContract,
    TaskRunnerContract,
)
from tests.contract.mistakes.bench import before

# ---------------------------------------------------------------------- settings stores


class Stores(SettingsStoreContract):
    made = InMemorySettingsStore

    @pytest.fixture
    def settings_store(self):
        return self.made()

    @pytest.fixture
    def reopen(self, settings_store):
        return lambda: settings_store


@before(Stores)
class RightStore(InMemorySettingsStore):
    pass


@before(Stores, "test_who_saves_an_old_version_is_told_and_changes_nothing")
class StoreThatIgnoresRevisions(InMemorySettingsStore):
    def save(self, connection):
        known = self._connections.get(connection.name)
        return super().save(replace(connection, revision=known.revision if known else ""))


@before(Stores, "test_a_new_connection_does_not_replace_one_of_the_same_name")
class StoreThatReplacesWithTheNew(InMemorySettingsStore):
    def save(self, connection):
        if not connection.revision:
            self._connections.pop(connection.name, None)
        return super().save(connection)


@before(Stores, "test_a_deleted_connection_leaves_no_secret_behind")
class StoreThatKeepsSecretsOfTheDeleted(InMemorySettingsStore):
    def delete(self, name):
        self.get(name)
        del self._connections[name]


@before(Stores, "test_the_names_of_secrets_say_where_each_is_kept_and_no_value")
class StoreThatShowsSecrets(InMemorySettingsStore):
    def secret_names(self, name):
        return dict(self._secrets.get(name, {}))


@before(Stores, "test_a_secret_kept_in_a_variable_is_looked_up_there_now")
class StoreThatLooksNothingUp(InMemorySettingsStore):
    def get_secret(self, name, key):
        return self._secrets.get(name, {}).get(key)


@before(Stores, "test_a_connection_comes_back_with_everything_it_has")
class StoreThatForgetsWhatWasChosen(InMemorySettingsStore):
    def save(self, connection):
        return super().save(replace(connection, order_sync=replace(connection.order_sync, chosen=frozenset())))


@before(Stores, "test_names_are_sorted")
class StoreThatSortsNothing(InMemorySettingsStore):
    def names(self):
        return tuple(self._connections)


# ---------------------------------------------------------------------- task runners


class Runners(TaskRunnerContract):
    made = ThreadTaskRunner

    @pytest.fixture
    def task_runner(self):
        return self.made(2) if issubclass(self.made, ThreadTaskRunner) else self.made()

    @pytest.fixture
    def patience_s(self):
        return 0.3 if self.caught_by else 10.0  # what never comes is not waited for long


@before(Runners)
class RightRunner(ThreadTaskRunner):
    pass


@before(Runners, "test_a_handler_that_raises_keeps_no_other_hint_from_being_worked_on")
class RunnerWhoseWorkersEndWithAnError(ThreadTaskRunner):
    def _work(self, handler):
        while (key := self._take()) is not None:
            try:
                handler(key)
            except BaseException:
                return
            self._finish(key, failed=False)


@before(Runners, "test_a_handler_that_raises_keeps_no_other_hint_from_being_worked_on")
class RunnerThatForgetsWhatWaitsWhenAHandlerRaises(ThreadTaskRunner):
    def _finish(self, key, *, failed):
        super()._finish(key, failed=failed)
        if failed:
            self._waiting.clear()


@before(Runners, "test_a_hint_given_while_it_is_worked_on_is_not_lost")
class RunnerThatDropsAHintInHand(ThreadTaskRunner):
    def submit(self, key):
        if not self.has(key):
            super().submit(key)


@before(Runners, "test_stopping_waits_for_what_runs")
class RunnerThatDoesNotWait(ThreadTaskRunner):
    def stop(self, grace_s):
        super().stop(0)


@before(Runners, "test_stopping_waits_no_longer_than_the_grace")
class RunnerThatWaitsForEver(ThreadTaskRunner):
    def stop(self, grace_s):
        super().stop(2)


@before(Runners, "test_no_new_work_is_taken_after_stopping")
class RunnerThatGoesOn(InlineTaskRunner):
    def stop(self, grace_s):
        pass


@before(Runners, "test_what_was_taken_done_failed_and_waits_is_counted")
class RunnerThatCountsNoFailures(ThreadTaskRunner):
    def _finish(self, key, *, failed):
        super()._finish(key, failed=False)


# ---------------------------------------------------------------------- clocks


class Clocks(ClockContract):
    made = ManualClock

    @pytest.fixture
    def clock(self):
        return self.made()


@before(Clocks)
class RightClock(ManualClock):
    pass


@before(Clocks, "test_the_time_never_goes_back", "test_the_time_never_goes_back_between_threads")
class ClockThatGoesBack(ManualClock):
    def now(self):
        self._now -= timedelta(microseconds=1)
        return self._now


@before(Clocks, "test_the_time_is_aware_and_utc")
class ClockWithoutAZone(ManualClock):
    def now(self):
        return super().now().replace(tzinfo=None)


@before(Clocks, "test_a_sleep_is_no_shorter_than_asked_for")
class ClockThatWakesEarly(ManualClock):
    def sleep_s(self, seconds):
        self.advance_s(max(0.0, seconds) / 2)


@before(Clocks, "test_a_wait_for_what_is_past_already_is_over_at_once")
class ClockThatSleepsBackwards(ManualClock):
    def sleep_s(self, seconds):
        self.advance_s(seconds)


class ClocksThatAreSetBack(Clocks):
    @pytest.fixture
    def set_back(self, clock):
        return lambda seconds: clock.advance_s(-seconds)


@before(ClocksThatAreSetBack, "test_a_clock_that_is_set_back_stands_still")
class ClockThatFollowsTheMachine(ManualClock):
    pass


# ---------------------------------------------------------------------- notifiers


class Notifiers(NotifierContract):
    made = RecordingNotifier

    @pytest.fixture
    def notifier(self):
        return self.made()

    @pytest.fixture
    def break_down(self, notifier):
        return lambda: setattr(notifier, "broken", True)


@before(Notifiers)
class RightNotifier(RecordingNotifier):
    pass


@before(Notifiers, "test_an_event_of_any_kind_is_taken")
class NotifierThatKnowsNoErasure(RecordingNotifier):
    def notify(self, event):
        assert not isinstance(event, DataErased)


@before(Notifiers, "test_a_move_to_any_state_is_taken", "test_events_of_many_threads_at_once_are_taken")
class NotifierThatStumblesOverText(RecordingNotifier):
    def notify(self, event):
        if hasattr(event, "record"):
            event.record.reason.encode("utf-8")


@before(Notifiers, "test_who_cannot_be_told_raises_nothing")
class NotifierThatPassesTroubleOn(RecordingNotifier):
    def notify(self, event):
        if getattr(self, "broken", False):
            raise OSError("nobody listens")


# ---------------------------------------------------------------------- messengers


class TwoServices:
    """A right messenger with two services, each with a secret in its address."""

    ADDRESSES = ("mail://hush-1", "chat://hush-2")

    def __init__(self):
        self.taken = []
        self.failing = set()

    def services(self):
        return tuple(self.name(place) for place in range(len(self.ADDRESSES)))

    def name(self, place):
        return f"{place + 1}. {self.ADDRESSES[place].partition(':')[0]}"

    def send(self, title, body):
        return tuple(Delivery(self.name(place), self.problem(place, title, body)) for place in (0, 1))

    def problem(self, place, title, body):
        if place in self.failing:
            return "it answered 500"
        self.taken.append((title, body))
        return ""


class Messengers(MessengerContract):
    made = TwoServices

    @pytest.fixture
    def messenger(self):
        return self.made()

    @pytest.fixture
    def secrets(self):
        return ("hush-1", "hush-2")

    @pytest.fixture
    def arrived(self, messenger):
        return lambda: messenger.taken

    @pytest.fixture
    def fail(self, messenger):
        return messenger.failing.add


@before(Messengers)
class RightMessenger(TwoServices):
    pass


@before(Messengers, "test_a_service_that_fails_keeps_no_other_from_the_message")
class MessengerThatRaises(TwoServices):
    def problem(self, place, title, body):
        if place in self.failing:
            raise OSError("500")
        return super().problem(place, title, body)


@before(Messengers, "test_a_service_that_fails_keeps_no_other_from_the_message")
class MessengerThatGivesUp(TwoServices):
    def send(self, title, body):
        deliveries = super().send(title, body) if not self.failing else ()
        return deliveries or (Delivery(self.name(0), "it answered 500"),)


@before(Messengers, "test_when_every_service_fails_each_says_why")
class MessengerThatSaysNothingOfFailure(TwoServices):
    def problem(self, place, title, body):
        return "" if place in self.failing else super().problem(place, title, body)


@before(Messengers, "test_when_every_service_fails_each_says_why")
class MessengerThatQuotesTheAddress(TwoServices):
    def problem(self, place, title, body):
        said = super().problem(place, title, body)
        return said and f"{self.ADDRESSES[place]}: {said}"


@before(Messengers, "test_the_services_are_named_apart_and_without_a_secret")
class MessengerThatNamesTheAddress(TwoServices):
    def name(self, place):
        return self.ADDRESSES[place]


@before(Messengers, "test_a_message_reaches_every_service_as_it_was_written")
class MessengerThatCutsTheText(TwoServices):
    def problem(self, place, title, body):
        return super().problem(place, title, body.partition("\n")[0])
