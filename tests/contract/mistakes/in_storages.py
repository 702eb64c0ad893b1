"""Ledgers, inboxes and whatever else keeps something, each with one mistake; run by test_contracts_catch_mistakes."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from order_sync.adapters.memory import (
    InMemoryAccountGates,
    InMemoryInbox,
    InMemoryJournal,
    InMemoryLedger,
    InMemoryNotices,
    InMemoryPauses,
    InMemoryPersonalData,
    InMemoryRecordReader,
    JournalRows,
)
from order_sync.core.model.account_gate import AccountGate
from order_sync.core.ports import Claim
from order_sync.plugins.contracts import (
    AccountGatesContract,
    InboxContract,
    JournalContract,
    LedgerContract,
    NoticesContract,
    PausesContract,
    PersonalDataContract,
    RecordReaderContract,
)
from tests.contract.mistakes.bench import before
from tests.fakes.clock import ManualClock


def let_others_in() -> None:
    threading.Event().wait(0.002)


# ---------------------------------------------------------------------- ledgers


class Ledgers(LedgerContract):
    made = InMemoryLedger

    @pytest.fixture
    def ledger(self):
        return self.made()


@before(Ledgers)
class RightLedger(InMemoryLedger):
    pass


@before(Ledgers, "test_who_lost_the_claim_writes_nothing", "test_giving_back_a_lost_claim_does_not_free_the_new_one")
class LedgerThatIgnoresTheFence(InMemoryLedger):
    def still_mine(self, claim):
        return True


@before(Ledgers, "test_an_order_is_claimed_by_one_at_a_time", "test_claims_of_the_living_are_never_freed")
class LedgerThatGivesAClaimTwice(InMemoryLedger):
    def claim(self, connection, order_id, *, now, lease_s):
        self._claims.pop((connection, order_id), None)
        return super().claim(connection, order_id, now=now, lease_s=lease_s)


@before(Ledgers, "test_of_many_threads_that_claim_at_once_one_wins")
class LedgerThatLooksBeforeItClaims(InMemoryLedger):
    def claim(self, connection, order_id, *, now, lease_s):
        fence, until = self._claims.get((connection, order_id), (0, None))
        if until is not None and until > now:
            return None
        let_others_in()
        self._claims[(connection, order_id)] = (fence + 1, now + timedelta(seconds=lease_s))
        return Claim(connection, order_id, fence + 1, now + timedelta(seconds=lease_s), orphaned=until is not None)


@before(Ledgers, "test_a_po_number_belongs_to_one_record_of_a_supplier_account")
class LedgerThatGivesAPoNumberTwice(InMemoryLedger):
    def _refuse_taken_po(self, record):
        pass


@before(Ledgers, "test_a_record_comes_back_as_it_was_saved")
class LedgerThatForgetsTheDecision(InMemoryLedger):
    def save(self, claim, record, **more):
        return super().save(claim, replace(record, decision=""), **more)


@before(Ledgers, "test_the_cursor_never_goes_back")
class LedgerWhoseCursorGoesBack(InMemoryLedger):
    def set_cursor(self, connection, at):
        self._cursors[connection] = at


@before(Ledgers, "test_due_orders_of_connections_left_out_take_no_place_within_the_limit")
class LedgerThatLeavesOutAfterTheLimit(InMemoryLedger):
    def due_orders(self, *, until, limit, without=()):
        found = super().due_orders(until=until, limit=limit)
        return tuple(key for key in found if key[0] not in without)


# ---------------------------------------------------------------------- inboxes


class Inboxes(InboxContract):
    made = InMemoryInbox

    @pytest.fixture
    def inbox(self):
        return self.made()


@before(Inboxes)
class RightInbox(InMemoryInbox):
    pass


@before(Inboxes, "test_a_repeat_is_dropped", "test_events_that_many_threads_bring_at_once_are_kept_once_each")
class InboxThatKeepsRepeats(InMemoryInbox):
    def _add(self, connection, event, now):
        return super()._add(connection, replace(event, delivery_key=f"{event.delivery_key}/{self._last_id}"), now)


@before(Inboxes, "test_one_act_in_the_shop_raises_several_topics_and_all_count")
class InboxThatKnowsEventsByKeyAlone(InMemoryInbox):
    def _add(self, connection, event, now):
        known = any((key[0], key[2]) == (connection, event.delivery_key) for key in self._kept)
        return False if known else super()._add(connection, event, now)


@before(Inboxes, "test_what_is_applied_waits_no_more_and_its_repeat_is_still_known")
class InboxThatForgetsWhatIsApplied(InMemoryInbox):
    def applied(self, entry_ids, *, now, outcome):
        ids = set(entry_ids)
        self._kept = {key: kept for key, kept in self._kept.items() if kept.entry.entry_id not in ids}


@before(Inboxes, "test_pruning_forgets_what_was_applied_before_and_nothing_that_waits")
class InboxThatPrunesWhatWaits(InMemoryInbox):
    def prune(self, *, before):
        count = len(self._kept)
        self._kept = {key: kept for key, kept in self._kept.items() if kept.applied_at and kept.applied_at >= before}
        return count - len(self._kept)


# ---------------------------------------------------------------------- journals


class Journals(JournalContract):
    made = InMemoryLedger
    reads = InMemoryJournal

    @pytest.fixture
    def ledger(self):
        return self.made()

    @pytest.fixture
    def journal(self, ledger):
        return self.reads(ManualClock(), ledger.journal)


@before(Journals)
class RightJournal(InMemoryLedger):
    pass


@before(Journals, "test_entries_are_stored_with_their_record_or_not_at_all")
class LedgerThatTellsBeforeItSaves(InMemoryLedger):
    def save(self, claim, record, *, entries=(), **more):
        self.journal.add(record.key, self._last_now, entries)
        return super().save(claim, record, **more)


class RowsWithoutALock(JournalRows):
    def add(self, key, at, entries):
        for entry in entries:
            kept = self._next(key, at, entry)
            let_others_in()
            self._kept.append(kept)


@before(Journals, "test_threads_that_append_at_once_keep_the_chain_whole")
class LedgerWhoseJournalHasNoLock(InMemoryLedger):
    def __init__(self):
        super().__init__()
        self.journal = RowsWithoutALock()

    def save(self, claim, record, *, entries=(), **more):
        stored = super().save(claim, record, **more)
        self.journal.add(record.key, self._last_now, entries)
        return stored


# ---------------------------------------------------------------------- account gates, pauses, notices


class Gates(AccountGatesContract):
    made = InMemoryAccountGates

    @pytest.fixture
    def account_gates(self):
        return self.made()


@before(Gates)
class RightGates(InMemoryAccountGates):
    pass


@before(Gates, "test_changes_of_many_threads_at_once_are_all_kept")
class GatesThatManyChangeAtOnce(InMemoryAccountGates):
    def change(self, account, step):
        gate, result = step(self.read(account))
        let_others_in()
        self._gates[account] = gate
        return result


@before(Gates, "test_a_gate_comes_back_as_it_was_put")
class GatesThatForgetTheCircuit(InMemoryAccountGates):
    def read(self, account):
        return replace(super().read(account), open_until=None)


@before(Gates, "test_a_change_that_raises_changes_nothing")
class GatesThatOpenWhenAChangeRaises(InMemoryAccountGates):
    def change(self, account, step):
        try:
            return super().change(account, step)
        except Exception:
            self._gates[account] = AccountGate()
            raise


class PausesOf(PausesContract):
    made = InMemoryPauses

    @pytest.fixture
    def pauses(self):
        return self.made()


@before(PausesOf)
class RightPauses(InMemoryPauses):
    pass


@before(PausesOf, "test_a_persons_pause_is_ended_by_a_person_only")
class PausesThatAnybodyEnds(InMemoryPauses):
    def resume(self, connection, *, by_person=False):
        return super().resume(connection, by_person=True)


@before(PausesOf, "test_a_persons_pause_is_replaced_by_a_person_only")
class PausesThatAnybodyReplaces(InMemoryPauses):
    def pause(self, pause):
        self.resume(pause.connection, by_person=True)
        super().pause(pause)


class NoticesOf(NoticesContract):
    made = InMemoryNotices

    @pytest.fixture
    def notices(self):
        return self.made()


@before(NoticesOf)
class RightNotices(InMemoryNotices):
    pass


@before(NoticesOf, "test_a_notice_replaces_the_one_of_the_same_connection_and_cause")
class NoticesThatPileUp(InMemoryNotices):
    def put(self, *notices):
        self._notices.update((notice, notice) for notice in notices)


@before(NoticesOf, "test_what_is_removed_is_gone_and_what_is_not_there_is_passed_over")
class NoticesThatKnowNoConnection(InMemoryNotices):
    def remove(self, *notices):
        super().remove(*notices[:1])
        if notices and notices[0].connection not in {notice.connection for notice in self.all()}:
            raise KeyError(notices[0].connection)


# ---------------------------------------------------------------------- record readers, customers' data


class Readers(RecordReaderContract):
    made = InMemoryRecordReader

    @pytest.fixture
    def ledger(self):
        return InMemoryLedger()

    @pytest.fixture
    def record_reader(self, ledger):
        return self.made(ledger)


@before(Readers)
class RightReader(InMemoryRecordReader):
    pass


@before(Readers, "test_records_are_read_oldest_first_over_many_pages")
class ReaderThatBeginsWithTheNewest(InMemoryRecordReader):
    def each(self, **chosen):
        return iter(reversed(tuple(super().each(**chosen))))


@before(Readers, "test_what_a_person_may_have_to_see_to_is_found")
class ReaderThatOverlooksNextActions(InMemoryRecordReader):
    def asking(self):
        return tuple(record for record in super().asking() if not record.next_action)


@before(Readers, "test_records_of_a_connection_a_state_and_a_time_are_read")
class ReaderThatKnowsNoTime(InMemoryRecordReader):
    def each(self, *, since=None, **chosen):
        return super().each(**chosen)


class Keepers(PersonalDataContract):
    made = InMemoryPersonalData

    @pytest.fixture
    def ledger(self):
        return InMemoryLedger()

    @pytest.fixture
    def journal(self, ledger):
        return InMemoryJournal(ManualClock(), ledger.journal)

    @pytest.fixture
    def personal_data(self, ledger):
        return self.made(ledger)

    @pytest.fixture
    def erases_history(self):
        return False


@before(Keepers)
class RightKeeper(InMemoryPersonalData):
    pass


@before(Keepers, "test_erasing_a_persons_data_takes_the_payloads_and_the_chain_still_holds")
class KeeperThatLeavesTheJournal(InMemoryPersonalData):
    def __init__(self, ledger):
        super().__init__(ledger, JournalRows())


@before(Keepers, "test_erasing_takes_names_addresses_and_tracking_and_leaves_what_was_bought")
class KeeperThatErasesNothing(InMemoryPersonalData):
    def _erase(self, found):
        return False


@before(Keepers, "test_an_order_under_way_keeps_its_data", "test_orders_at_rest_are_found_some_at_a_time")
class KeeperToWhomEverythingIsAtRest(InMemoryPersonalData):
    def at_rest(self, connection, *, before, limit):
        return tuple(record.key.order_id for record in self._ledger.find(connection=connection))


@before(Keepers, "test_an_export_has_everything_kept_of_the_orders_asked_for")
class KeeperThatGivesOutEverybody(InMemoryPersonalData):
    def export(self, connection, order_ids):
        everybody = [record.key.order_id for record in self._ledger.find(connection=connection)]
        return super().export(connection, everybody)
