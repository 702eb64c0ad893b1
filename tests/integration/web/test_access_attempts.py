"""How often a password may be guessed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from order_sync import OrderSync
from order_sync.web.attempts import MOST_ADDRESSES, MOST_OF_ALL, Attempts
from tests.fakes.browser import Browser
from tests.fakes.clock import ManualClock
from tests.fakes.gated import guarded

PASSWORD = "four random words here"


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def sync(tmp_path, clock):
    with OrderSync(home=tmp_path, environment={}, clock=clock) as opened:
        opened.access.set_password(PASSWORD)
        yield opened


def wrong_ones(browser, times):
    return [browser.log_in("wrong").status_code for _ in range(times)]


def test_after_five_wrong_passwords_even_the_right_one_waits_until_the_ban_ends(sync, clock):
    app = guarded(sync)
    browser = Browser(app, client="192.0.2.1")
    assert wrong_ones(browser, 6) == [401] * 5 + [429]
    refused = browser.log_in(PASSWORD)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")
    assert "order-sync login" in refused.text
    assert Browser(app, client="192.0.2.2").log_in(PASSWORD).status_code == 303
    clock.advance_s(899)
    assert browser.log_in(PASSWORD).status_code == 429
    clock.advance_s(1)
    assert browser.log_in(PASSWORD).status_code == 303


def test_each_ban_is_longer_than_the_last_one(sync, clock):
    browser = Browser(guarded(sync))
    waits = []
    for _ in range(3):
        assert wrong_ones(browser, 5) == [401] * 5
        waits.append(int(browser.log_in("wrong").headers["retry-after"]))
        clock.advance_s(waits[-1])
    assert waits == [900, 1800, 3600]


def test_a_link_lets_in_during_a_ban(sync):
    browser = Browser(guarded(sync))
    wrong_ones(browser, 6)
    assert browser.get(f"/login?token={sync.access.new_link()}").status_code == 303


def test_a_forwarded_address_is_not_believed(sync):
    browser = Browser(guarded(sync))
    csrf = browser.csrf()
    form = {"csrf": csrf, "password": "wrong"}
    got = [browser.post("/login", form, x_forwarded_for=f"192.0.2.{n}").status_code for n in range(6)]
    assert got == [401] * 5 + [429]


def test_many_attempts_at_once_are_no_way_around_the_limit(sync, mocker):
    app = guarded(sync)
    checked = mocker.spy(sync.access, "check_password")
    first = Browser(app)
    form = {"csrf": first.csrf(), "password": "wrong"}

    def attempt(_):
        browser = Browser(app)
        browser.cookies = dict(first.cookies)
        return browser.post("/login", form).status_code

    with ThreadPoolExecutor(12) as pool:
        got = sorted(pool.map(attempt, range(12)))
    assert got == [401] * 5 + [429] * 7
    assert checked.call_count == 5


def test_all_addresses_together_have_fifty(clock):
    attempts = Attempts(clock.now)
    for number in range(MOST_OF_ALL):
        assert attempts.begin(f"192.0.2.{number}") == 0
        attempts.failed(f"192.0.2.{number}")
    assert attempts.begin("198.51.100.1") == 900
    clock.advance_s(900)
    assert attempts.begin("198.51.100.1") == 0


def test_a_network_of_one_subscriber_counts_as_one_address(clock):
    attempts = Attempts(clock.now)
    for number in range(5):
        attempts.begin(f"2001:db8::{number}")
        attempts.failed(f"2001:db8::{number}")
    assert attempts.begin("2001:db8::ffff") == 900
    assert attempts.begin("2001:db8:0:1::1") == 0
    assert attempts.begin("::ffff:192.0.2.1") == 0


def test_a_right_password_forgives_what_was_wrong_before(clock):
    attempts = Attempts(clock.now)
    for _ in range(20):
        for _ in range(4):
            assert attempts.begin("192.0.2.1") == 0
            attempts.failed("192.0.2.1")
        assert attempts.begin("192.0.2.1") == 0
        attempts.succeeded("192.0.2.1")


def test_wrong_ones_are_forgotten_after_a_quarter_of_an_hour(clock):
    attempts = Attempts(clock.now)
    for _ in range(10):
        for _ in range(4):
            assert attempts.begin("192.0.2.1") == 0
            attempts.failed("192.0.2.1")
        clock.advance_s(900)


def test_strangers_cannot_fill_the_memory(clock):
    attempts = Attempts(clock.now)
    for number in range(MOST_ADDRESSES + 500):
        attempts.begin(f"10.0.{number // 256}.{number % 256}")
        clock.advance_s(60)
    assert len(attempts._by_address) == MOST_ADDRESSES
    assert len(attempts._all.at) <= MOST_OF_ALL
