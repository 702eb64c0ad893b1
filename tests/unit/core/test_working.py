"""What workers do with hints, and how hints that were lost come back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from order_sync.core.errors import (
    AuthenticationError,
    ConfigurationError,
    ServiceUnavailableError,
    StorageLockedError,
)
from order_sync.core.model.account_gate import AccountGate
from order_sync.core.model.events import ConnectionPaused, DataErased, DataExported
from order_sync.core.model.shop_event import EventKind
from order_sync.core.ports import WorkKey
from order_sync.core.use_cases.scheduled_look import CLAIM
from order_sync.core.use_cases.work_on_order import Worked
from tests.builders import NOW, an_order
from tests.fakes.supplier import lost
from tests.fakes.workshop import ORDER, Workshop


def orders(count: int):
    return [
        an_order(
            order_id=f"gid://shopify/Order/{n}",
            name=f"#{1000 + n}",
            number=str(1000 + n),
            updated_at=NOW - timedelta(minutes=500 - n),
        )
        for n in range(1, count + 1)
    ]


def test_an_event_is_worked_on_and_marked_as_applied():
    shop = Workshop(an_order())
    shop.event()
    assert shop.works() == Worked("looked")
    assert shop.supplier.bought == ["DEMO-1001"]
    assert shop.inbox.waiting("main", ORDER) == () and shop.sweeps() == []


def test_a_hint_for_which_nothing_is_owed_does_nothing():
    shop = Workshop(an_order())
    assert shop.works() == Worked("nothing to do")
    assert shop.ledger.find() == ()


def test_an_order_that_somebody_else_has_keeps_its_events_and_is_tried_again_soon():
    shop = Workshop(an_order())
    shop.event()
    claim = shop.ledger.claim("main", ORDER, now=shop.clock.now(), lease_s=60)
    assert shop.works().outcome == "busy"
    assert shop.sweeps() == []
    shop.clock.advance_s(1.1)
    shop.ledger.give_back(claim)
    assert shop.sweeps() == [ORDER]
    shop.runs()
    assert shop.supplier.bought == ["DEMO-1001"]


def test_an_order_that_the_shop_does_not_have_is_not_asked_for_for_ever():
    shop = Workshop()
    shop.event()
    assert shop.works() == Worked("not in the shop")
    assert shop.sweeps() == []


def test_events_of_a_removed_connection_are_closed():
    shop = Workshop()
    shop.event(connection="gone")
    assert shop.works(connection="gone") == Worked("no such connection")
    assert shop.sweeps() == []


def test_a_ledger_that_cannot_be_written_keeps_the_event(mocker):
    shop = Workshop(an_order())
    shop.event()
    mocker.patch.object(shop.ledger, "claim", side_effect=StorageLockedError("locked"))
    assert shop.works().outcome == "storage"
    mocker.stopall()
    assert shop.sweeps() == []
    shop.clock.advance_s(5.1)
    shop.runs()
    assert shop.supplier.bought == ["DEMO-1001"]


def test_refused_credentials_pause_the_connection_for_longer_and_longer_and_say_so():
    shop = Workshop(an_order())
    shop.event()
    shop.refusal = AuthenticationError("refused", next_step="replace the token")
    waits = []
    for _ in range(6):
        waits.append(shop.works().connection_in_s)
        assert shop.sweeps() == []
        shop.clock.advance_s(waits[-1] + 0.1)
        assert shop.sweeps() == [ORDER]
    assert waits == [60, 120, 240, 480, 900, 900]
    told = [event for event in shop.notifier.events if isinstance(event, ConnectionPaused)]
    assert len(told) == 6 and told[0].next_action == "replace the token"


def test_a_pause_ends_with_the_first_look_that_works():
    shop = Workshop(an_order())
    shop.event()
    shop.refusal = ConfigurationError("a secret is missing")
    shop.works()
    shop.refusal = None
    shop.clock.advance_s(61)
    shop.runs()
    assert shop.pauses.all() == {} and shop.supplier.bought == ["DEMO-1001"]


def test_two_workers_that_are_refused_at_the_same_time_pause_once():
    shop = Workshop(an_order())
    shop.event()
    shop.refusal = AuthenticationError("refused")
    shop.works()
    shop.works()
    assert shop.pauses.all()["main"].times == 1


def test_an_account_that_may_not_be_called_rests_with_its_connection_and_reads_nothing(mocker):
    shop = Workshop(an_order())
    shop.event()
    blocked = AccountGate(blocked_until=shop.clock.now() + timedelta(seconds=30))
    shop.gates.change(shop.connection.supplier_account, lambda gate: (blocked, None))
    read = mocker.spy(shop.shop, "get_order")
    assert shop.works().outcome == "limited"
    assert shop.sweep.rests("main") and shop.sweeps() == [] and read.call_count == 0
    shop.clock.advance_s(31)
    shop.runs()
    assert shop.supplier.bought == ["DEMO-1001"]


def test_an_order_that_stays_due_though_it_was_looked_at_is_left_alone_for_longer_and_longer(mocker):
    shop = Workshop(an_order())
    shop.event()
    shop.works()
    shop.clock.advance_s(3601)
    stuck = shop.ledger.find()
    mocker.patch.object(shop.look, "_follow")
    mocker.patch.object(shop.look, "_ask_after_due", return_value={})
    waits = []
    for _ in range(8):
        assert shop.sweeps() == [ORDER]
        shop.works()
        began = shop.clock.now()
        while not shop.sweeps():
            shop.clock.advance_s(1)
        waits.append((shop.clock.now() - began).total_seconds())
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]
    assert shop.ledger.find() == stuck


def test_what_is_due_is_found_without_any_event():
    shop = Workshop(an_order())
    shop.supplier.before_submit.append(ServiceUnavailableError("unplugged"))
    shop.event()
    shop.works()
    assert shop.sweeps() == []
    shop.clock.advance_s(60)
    assert shop.sweeps() == [ORDER]
    shop.runs()
    assert shop.supplier.bought == ["DEMO-1001"]


def test_a_purchase_in_doubt_is_settled_by_the_sweep():
    shop = Workshop(an_order())
    shop.supplier.after_submit.append(lost())
    shop.event()
    shop.works()
    assert shop.record().state == "in_doubt"
    shop.clock.advance_s(300)
    shop.runs()
    assert shop.record().state == "placed" and len(shop.supplier.bought) == 1


def test_claimed_orders_are_not_swept_up():
    shop = Workshop(an_order())
    shop.supplier.before_submit.append(ServiceUnavailableError("unplugged"))
    shop.event()
    shop.works()
    shop.clock.advance_s(60)
    shop.ledger.claim("main", ORDER, now=shop.clock.now(), lease_s=600)
    assert shop.sweeps() == []


def test_a_sweep_says_when_the_next_is_worth_it():
    shop = Workshop(an_order())
    assert shop.sweep() == (0, 1.0)
    shop.event()
    assert shop.sweep() == (1, 1.0)


def test_orders_that_are_put_off_and_a_busy_connection_hide_nobody():
    shop = Workshop(*orders(40))
    for number in range(40):
        shop.event(f"gid://shopify/Order/{number}", connection="busy")
    shop.event()
    assert ORDER in shop.sweeps()
    for number in range(40):
        shop.sweep.note(WorkKey("busy", f"gid://shopify/Order/{number}"), Worked("busy", again_in_s=60))
    assert shop.sweeps() == [ORDER]


def test_while_calls_are_spread_only_two_orders_of_an_account_are_worked_on_at_once(mocker):
    shop = Workshop(*orders(3))
    for number in (1, 2, 3):
        shop.event(f"gid://shopify/Order/{number}")
    few = AccountGate(remaining=20, window_from=shop.clock.now())
    shop.gates.change(shop.connection.supplier_account, lambda gate: (few, None))
    outcomes = []

    def another_worker(order_id):
        number = int(order_id[-1]) + 1
        if number <= 3:
            outcomes.append(shop.work(WorkKey("main", f"gid://shopify/Order/{number}")).outcome)
        raise ServiceUnavailableError("unplugged")

    mocker.patch.object(shop.shop, "get_order", another_worker)
    shop.works()
    assert outcomes == ["limited", "looked"]


# ---------------------------------------------------------------------- the scheduled look


def test_a_look_hints_at_every_changed_order_once_a_version():
    shop = Workshop(*orders(120))
    assert (summary := shop.looks()) is not None
    assert (summary.listed, summary.hinted, summary.problem) == (120, 120, "")
    again = shop.looks()
    assert again is not None and again.hinted == 0 and again.listed <= 12
    shop.runs()
    assert len(shop.supplier.bought) == 120
    assert shop.ledger.last_looks()["main"] == again


def test_an_order_that_changed_just_now_is_hinted_at_once_more_when_it_has_settled():
    shop = Workshop(an_order(updated_at=NOW))
    hinted = []
    for _ in range(4):
        summary = shop.looks()
        hinted.append(summary.hinted if summary else None)
        shop.clock.advance_s(70)
    assert hinted == [1, 0, 1, 0]


def test_a_look_that_dies_between_two_pages_goes_on_from_the_last_one(mocker):
    shop = Workshop(*orders(120))
    add, pages = shop.inbox.add, []

    def dies_at_the_second(events, *, now):
        pages.append(len(events))
        if len(pages) == 2:
            raise KeyboardInterrupt
        return add(events, now=now)

    mocker.patch.object(shop.inbox, "add", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        shop.looks()
    mocker.stopall()
    summary = shop.looks()
    assert summary is not None and summary.hinted == 70 and summary.listed == 81


def test_a_shop_that_fails_in_the_middle_leaves_a_summary_that_says_so(mocker):
    shop = Workshop(*orders(3))

    def broken(since):
        yield from list(Workshop(*orders(1)).shop.orders_changed_since(since))
        raise ServiceUnavailableError("The shop did not answer.")

    mocker.patch.object(shop.shop, "orders_changed_since", broken)
    summary = shop.looks()
    assert summary is not None and "did not answer" in summary.problem


def test_refused_credentials_end_the_look_and_are_raised(mocker):
    shop = Workshop(*orders(3))
    mocker.patch.object(shop.shop, "orders_changed_since", side_effect=AuthenticationError("refused"))
    with pytest.raises(AuthenticationError):
        shop.looks()
    assert shop.ledger.last_looks()["main"].problem


def test_two_processes_do_not_look_at_one_shop_at_once():
    shop = Workshop(*orders(3))
    shop.ledger.claim("main", CLAIM, now=shop.clock.now(), lease_s=60)
    assert shop.looks() is None


# ---------------------------------------------------------------------- people's data, and the end


def test_a_persons_data_is_exported_and_the_operator_is_told_where():
    shop = Workshop(an_order())
    shop.handle()
    shop.event("", EventKind.EXPORT_PERSON, order_ids=(ORDER,), reference="77")
    assert shop.works("") == Worked("applied")
    document = shop.exports.written["main-data-request-77"]
    assert document["records"][0]["key"]["order_id"] == ORDER
    assert DataExported("main", "77", "exports/main-data-request-77") in shop.notifier.events


def test_a_person_is_erased_and_what_was_bought_stays():
    shop = Workshop(an_order())
    shop.handle()
    assert shop.record().intent_body
    shop.event("", EventKind.ERASE_PERSON, order_ids=(ORDER,))
    shop.works("")
    assert shop.record().intent_body is None and shop.record().po_number == "DEMO-1001"
    assert DataErased("main", 1) in shop.notifier.events


def test_a_shop_that_left_is_erased_as_a_whole():
    shop = Workshop(*orders(2))
    shop.sync(since=NOW - timedelta(days=30))
    shop.event("", EventKind.ERASE_SHOP)
    shop.works("")
    assert {record.intent_body for record in shop.ledger.find()} == {None}


def test_an_uninstalled_app_pauses_the_connection_until_a_person_resumes_it():
    shop = Workshop(an_order())
    shop.event("", EventKind.UNINSTALLED)
    shop.works("")
    shop.event()
    shop.clock.advance_s(10**6)
    assert shop.sweeps() == []
    shop.pauses.resume("main")
    assert shop.sweeps() == [ORDER]
