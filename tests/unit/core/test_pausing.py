"""A person pauses buying: nothing is bought, nothing is lost, and the rest goes on."""

from __future__ import annotations

from datetime import timedelta

from order_sync.core.errors import AuthenticationError
from order_sync.core.model.shop_event import EventKind
from order_sync.core.model.sync_record import LineOutcome
from order_sync.core.use_cases.buy_share import LOOK_AGAIN
from order_sync.core.use_cases.settle_doubt import MAX_SENDS
from order_sync.core.use_cases.work_on_order import REFUSED
from tests.builders import NOW, a_line, an_order
from tests.fakes.supplier import lost
from tests.fakes.workshop import ORDER, Workshop


def a_shop(*args, **settings):
    return Workshop(*(args or (an_order(),)), **settings)


def test_while_paused_an_order_waits_with_its_reason_and_nothing_is_sent():
    shop = a_shop()
    shop.person_pauses("Stocktaking")
    shop.event()
    shop.runs()
    record = shop.record()
    assert (record.state, record.reason_code) == ("waiting", "paused")
    assert "Stocktaking" in record.reason and record.next_action == "order-sync resume main"
    assert [line.outcome for line in record.lines] == [LineOutcome.WAITING]
    assert (shop.supplier.bodies, shop.inbox.stats().waiting) == ([], {})
    assert record.due_at == NOW + LOOK_AGAIN


def test_an_order_that_must_be_held_is_held_while_paused_too():
    shop = a_shop(an_order(tags=("vip",)), hold_tags=("vip",))
    shop.person_pauses()
    assert shop.handle().records[0].reason_code == "guard_tag"


def test_nothing_that_a_person_does_to_an_order_buys_it_while_paused():
    shop = a_shop(an_order(tags=("vip",)), hold_tags=("vip",))
    shop.handle()
    shop.person_pauses()
    shop.operator.release(shop.ctx, shop.record())
    assert shop.record().reason_code == "paused"
    shop.operator.retry(shop.ctx, shop.record())
    shop.handle(explicit=True)
    assert shop.supplier.bodies == []
    shop.pauses.resume("main", by_person=True)
    assert shop.handle().state == "placed", "the release is remembered"


def test_after_the_pause_what_waited_is_bought_even_if_nobody_heard_of_its_end():
    shop = a_shop()
    shop.person_pauses()
    shop.handle()
    shop.pauses.resume("main", by_person=True)
    shop.clock.advance_s(LOOK_AGAIN.total_seconds())
    shop.runs()
    assert shop.record().state == "placed"


def test_what_was_bought_before_is_followed_and_told_to_the_shop_while_paused():
    shop = a_shop()
    shop.handle()
    shop.person_pauses()
    shop.supplier.ship(shop.supplier.placed[0][1].order_number, "1Z1")
    shop.clock.advance_s(3600)
    shop.runs()
    assert shop.record().state == "completed"
    assert shop.shop.get_order(ORDER).fulfillments


def test_a_purchase_in_doubt_is_settled_while_paused_and_not_sent_again():
    shop = a_shop()
    shop.supplier.before_submit.append(lost())
    shop.handle()
    assert shop.record().state == "in_doubt"
    shop.person_pauses()
    for _ in range(10):
        shop.clock.advance_s(30)
        shop.runs()
    record = shop.record()
    assert (record.state, record.reason_code, len(shop.supplier.bodies)) == ("planned", "paused", 1)
    assert record.sends == 1 < MAX_SENDS
    shop.pauses.resume("main", by_person=True)
    shop.clock.advance_s(60)
    shop.runs()
    assert (shop.record().state, len(shop.supplier.bodies)) == ("placed", 2)


def test_a_dry_run_says_what_would_be_bought_but_for_the_pause():
    shop = a_shop()
    shop.person_pauses()
    assert shop.sync(dry_run=True).records[0].state == "planned"


def test_refused_credentials_do_not_end_the_pause_and_leave_the_connection_alone_for_a_while():
    shop = a_shop()
    shop.person_pauses("Stocktaking")
    shop.refusal = AuthenticationError("Refused.", service="shop")
    shop.event()
    worked = shop.works()
    assert (worked.outcome, worked.connection_in_s) == (REFUSED, 60.0)
    assert shop.pauses.all()["main"].reason == "Stocktaking"
    assert shop.sweeps() == []
    shop.refusal = None
    shop.clock.advance_s(61)
    shop.runs()
    assert shop.record().reason_code == "paused"


def test_an_uninstalled_app_does_not_end_the_pause():
    shop = a_shop()
    shop.person_pauses("Stocktaking")
    shop.event("", EventKind.UNINSTALLED)
    shop.runs()
    assert shop.pauses.all()["main"].by_person


def test_a_look_that_both_sides_answered_does_not_end_the_pause():
    shop = a_shop(an_order(a_line()))
    shop.person_pauses()
    for _ in range(3):
        shop.event()
        shop.runs()
        shop.clock.advance_s(timedelta(hours=1).total_seconds())
    assert shop.pauses.all()["main"].by_person
    assert shop.supplier.bodies == []
