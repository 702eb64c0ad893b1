"""Getting in: links, password, sessions. Nothing is open."""

from __future__ import annotations

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from order_sync import OrderSync
from order_sync.core.errors import ConfigurationError, StorageCorruptError
from order_sync.web.login import safe_next
from order_sync.web.sessions import MOST, Sessions
from tests.fakes.browser import Browser
from tests.fakes.clock import ManualClock
from tests.fakes.gated import guarded, inside

PASSWORD = "four random words here"


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def environment():
    return {}


@pytest.fixture
def sync(tmp_path, clock, environment):
    with OrderSync(home=tmp_path, environment=environment, clock=clock) as opened:
        yield opened


@pytest.fixture
def app(sync):
    return guarded(sync)


def session_of(browser):
    return next(value for name, value in browser.cookies.items() if name.endswith("session"))


def test_every_page_of_the_application_needs_a_login_and_says_so_with_every_header(sync):
    browser = Browser(sync.asgi_app())
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2F")
    for path in ("/", "/login", "/embedded", "/nothing", "/static/icon.svg", "/static/nothing", "/login?token=x"):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "frame-ancestors" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin", path
        assert headers["cross-origin-opener-policy"] == "same-origin", path
        if path != "/embedded":
            assert headers["x-frame-options"] == "DENY", path
            assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["cache-control"] == ("no-cache" if path == "/static/icon.svg" else "no-store"), path


def test_a_link_lets_in_once_and_its_token_leaves_the_address(sync, app):
    token = sync.access.new_link()
    first, second = Browser(app), Browser(app)
    answer = first.get(f"/login?token={token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/;" in cookie and "Secure" not in cookie
    assert first.get("/page").status_code == 200
    again = second.get(f"/login?token={token}")
    assert again.status_code == 410 and "order-sync login" in again.text
    assert second.get("/page").status_code == 303


def test_a_link_works_for_ten_minutes(sync, app, clock):
    token, other = sync.access.new_link(), sync.access.new_link()
    clock.advance_s(599)
    assert Browser(app).get(f"/login?token={token}").status_code == 303
    clock.advance_s(2)
    assert Browser(app).get(f"/login?token={other}").status_code == 410


def test_looking_whether_a_link_is_there_does_not_use_it_up(sync, app):
    token = sync.access.new_link()
    assert Browser(app).send("HEAD", f"/login?token={token}", headers={}).status_code == 410
    assert Browser(app).get(f"/login?token={token}").status_code == 303


def test_of_many_who_use_a_link_at_once_from_two_installations_one_gets_in(tmp_path, clock):
    with (
        OrderSync(home=tmp_path, environment={}, clock=clock) as one,
        OrderSync(home=tmp_path, environment={}, clock=clock) as other,
    ):
        for _ in range(5):
            token = one.access.new_link()
            at_once = threading.Barrier(8)

            def use(sync, token=token, at_once=at_once):
                at_once.wait()
                return sync.access.use_link(token)

            with ThreadPoolExecutor(8) as pool:
                assert sorted(pool.map(use, [one, other] * 4)) == [False] * 7 + [True]


def test_the_file_holds_hashes_only_and_is_its_owners(sync, tmp_path):
    token = sync.access.new_link()
    sync.access.set_password(PASSWORD)
    later = sync.access.new_link()
    file = tmp_path / "access.json"
    text = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert token not in text and later not in text and PASSWORD not in text and "$argon2id$" in text


def test_a_file_that_cannot_be_understood_lets_nobody_in(sync, app, tmp_path):
    browser = inside(app, sync)
    (tmp_path / "access.json").write_text('{"version": 1, "password": 7}')
    assert browser.get("/page").status_code == 503
    assert browser.get("/login?token=x").status_code == 503
    with pytest.raises(StorageCorruptError):
        sync.access.has_password()


def test_the_password_lets_in_and_a_wrong_one_does_not(sync, app):
    sync.access.set_password(PASSWORD)
    browser = Browser(app)
    refused = browser.log_in("another password")
    assert refused.status_code == 401 and "another password" not in refused.text
    assert browser.get("/page").status_code == 303
    answer = browser.log_in(PASSWORD, next="/page?a=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/page?a=1")
    assert browser.get("/page").status_code == 200


def test_without_a_password_no_password_is_right(sync, app):
    for given in ("", PASSWORD):
        assert Browser(app).log_in(given).status_code == 401


def test_the_login_page_works_without_a_script_and_with_a_password_manager(app):
    text = Browser(app).get("/login?next=/page").text
    assert '<label for="password">' in text and 'autocomplete="current-password"' in text
    assert 'name="next" value="/page"' in text and 'method="post"' in text


def test_a_letter_with_an_accent_is_the_same_from_every_keyboard(sync):
    sync.access.set_password("caf\u00e9 au lait im Regen")
    assert sync.access.check_password("cafe\u0301 au lait im Regen")


@pytest.mark.parametrize(
    "weak",
    [
        "short",
        "aaaaaaaaaaaaaaaa",
        "123456789012",
        "qwertyuiop123",
        "password12345",
        "abababababab",
        "x" * 2000,
        "order-sync 2026",
        "Password-Password",
    ],
)
def test_a_password_that_is_guessed_first_is_refused(sync, weak):
    with pytest.raises(ConfigurationError):
        sync.access.set_password(weak)
    assert not sync.access.has_password()


def test_a_new_password_ends_sessions_and_links(sync, app):
    sync.access.set_password(PASSWORD)
    browser, waiting = inside(app, sync), sync.access.new_link()
    assert browser.get("/page").status_code == 200
    sync.access.set_password("another four words")
    assert browser.get("/page").status_code == 303
    assert Browser(app).get(f"/login?token={waiting}").status_code == 410


def test_a_hash_of_older_parameters_is_replaced_and_ends_no_session(sync, app, tmp_path):
    from argon2 import PasswordHasher

    sync.access.set_password(PASSWORD)
    file = tmp_path / "access.json"
    document = json.loads(file.read_text())
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    file.write_text(json.dumps({**document, "password": old}))
    browser = inside(app, sync)
    assert Browser(app).log_in(PASSWORD).status_code == 303
    assert json.loads(file.read_text())["password"] not in (old, document["password"])
    assert browser.get("/page").status_code == 200


def test_a_forged_cookie_is_nobodys(sync, app):
    browser = inside(app, sync)
    name, real = next(iter(browser.cookies.items()))
    value, _, signature = real.rpartition(".")
    forged = ["", "x", value, f"{value}.", f"{value}x.{signature}", f"{value}.{signature[:-2]}xx", f".{signature}", "é"]
    for each in forged:
        browser.cookies[name] = each.encode("utf-8").decode("latin-1")
        assert browser.get("/page").status_code == 303, each
    browser.cookies[name] = real
    assert browser.get("/page").status_code == 200


def test_a_cookie_of_another_process_is_nobodys(sync, app):
    browser = inside(guarded(sync), sync)
    stranger = Browser(app)
    stranger.cookies = dict(browser.cookies)
    assert browser.get("/page").status_code == 200
    assert stranger.get("/page").status_code == 303


def test_an_id_that_was_there_before_the_login_is_worth_nothing_after_it(sync, app):
    victim = inside(app, sync)
    planted = session_of(victim)
    assert victim.get(f"/login?token={sync.access.new_link()}").status_code == 303
    assert session_of(victim) != planted
    attacker = Browser(app)
    attacker.cookies["order_sync_session"] = planted
    assert attacker.get("/page").status_code == 303


def test_ids_change_every_quarter_of_an_hour_and_the_old_one_lives_for_a_minute_more(sync, app, clock):
    browser = inside(app, sync)
    old, csrf = session_of(browser), browser.get("/page").json()["csrf"]
    clock.advance_s(15 * 60)
    slow = Browser(app)
    slow.cookies["order_sync_session"] = old
    assert browser.get("/page").json()["csrf"] == csrf
    assert session_of(browser) != old
    clock.advance_s(59)
    assert slow.get("/page").status_code == 200
    assert session_of(slow) == session_of(browser), "an answer that got lost is made up for"
    slow.cookies["order_sync_session"] = old
    clock.advance_s(2)
    assert slow.get("/page").status_code == 303
    assert browser.get("/page").status_code == 200


def test_a_session_ends_after_two_hours_unused(sync, app, clock):
    browser = inside(app, sync)
    clock.advance_s(2 * 3600)
    assert browser.get("/page").status_code == 200
    clock.advance_s(2 * 3600 + 1)
    assert browser.get("/page").status_code == 303


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(sync, app, clock):
    browser = inside(app, sync)
    for _ in range(12):
        clock.advance_s(3600)
        assert browser.get("/page").status_code == 200
    clock.advance_s(1)
    assert browser.get("/page").status_code == 303


def test_logging_out_ends_the_session_on_the_server_and_needs_its_token(sync, app):
    browser = inside(app, sync)
    kept, csrf = dict(browser.cookies), browser.get("/page").json()["csrf"]
    assert browser.post("/logout", {"csrf": "x"}).status_code == 403
    assert browser.post("/logout", {"csrf": csrf}, origin="https://evil.example").status_code == 403
    assert browser.get("/page").status_code == 200
    assert browser.post("/logout", {"csrf": csrf}).headers["location"] == "/login"
    assert "order_sync_session" not in browser.cookies
    browser.cookies = kept
    assert browser.get("/page").status_code == 303
    assert browser.get("/logout").status_code == 405


def test_there_are_never_more_sessions_than_some_and_the_idlest_goes_first(clock):
    sessions = Sessions(clock.now, most=3)
    made = []
    for _ in range(3):
        made.append(sessions.start("operator", ""))
        clock.advance_s(1)
    assert sessions.find(made[0].id, "") is not None
    made.append(sessions.start("operator", ""))
    assert [sessions.find(each.id, "") is not None for each in made] == [True, False, True, True]
    assert MOST <= 10_000


@pytest.mark.parametrize("environment", [{"ORDER_SYNC_PUBLIC_URL": "https://orders.example.com"}])
def test_behind_https_the_cookie_is_secure_and_of_this_host_alone(sync, app):
    browser = inside(app, sync, url="https://orders.example.com")
    assert list(browser.cookies) == ["__Host-order_sync_session"]
    again = browser.get(f"/login?token={sync.access.new_link()}").headers["set-cookie"]
    assert "; Secure" in again and "Domain" not in again and "Path=/;" in again
    assert browser.get("/page").status_code == 200


@pytest.mark.parametrize(
    "evil",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "evil",
        "/%0d%0aSet-Cookie:x\r\n",
        "/\t/evil.example",
        "",
        "/../x",
        "/" + "a" * 5000,
        "///evil.example",
        "/a\x00",
    ],
)
def test_next_leads_nowhere_else(sync, app, evil):
    assert safe_next(evil, "") == "/"
    sync.access.set_password(PASSWORD)
    assert Browser(app).log_in(PASSWORD, next=evil).headers["location"] == "/"


def test_next_stays_inside_the_place_where_we_are_mounted():
    assert safe_next("/order-sync/orders?a=1", "/order-sync") == "/order-sync/orders?a=1"
    for other in ("/admin", "/order-sync", "/order-syncx/", "/order-sync/../admin", "/order-sync//evil.example", None):
        assert safe_next(other, "/order-sync") == "/order-sync/"


def test_who_is_logged_in_already_is_sent_on_from_the_login_page(sync, app):
    browser = inside(app, sync)
    assert browser.get("/login?next=/page").headers["location"] == "/page"


@pytest.mark.parametrize("environment", [{"ORDER_SYNC_METRICS_TOKEN": "letmein"}])
def test_metrics_are_also_for_who_is_logged_in(sync):
    app = sync.asgi_app()
    assert Browser(app).get("/metrics").status_code == 401
    assert Browser(app).get("/metrics", authorization="Bearer letmein").status_code == 200
    assert inside(app, sync).get("/metrics").status_code == 200


def test_without_pages_there_are_webhooks_health_and_metrics_only(sync):
    browser = Browser(sync.asgi_app(pages=False))
    assert [browser.get(p).status_code for p in ("/", "/login", "/orders", "/embedded", "/static/icon.svg")] == [
        404
    ] * 5
    assert [browser.get(p).status_code for p in ("/health", "/metrics")] == [200, 200]
    assert browser.post("/webhooks/nobody").status_code == 404


def test_an_application_mounted_by_a_host_keeps_links_redirects_and_cookies_below_its_place(sync):
    host = Starlette(routes=[Mount("/order-sync", sync.asgi_app())])
    browser = Browser(host)
    answer = browser.get("/order-sync/")
    assert answer.headers["location"] == "/order-sync/login?next=%2Forder-sync%2F"
    assert 'action="/order-sync/login"' in browser.get("/order-sync/login").text
    answer = browser.get(f"/order-sync/login?token={sync.access.new_link()}")
    assert answer.headers["location"] == "/order-sync/"
    assert "Path=/order-sync;" in answer.headers["set-cookie"]
    assert browser.get("/order-sync/").headers["location"] == "/order-sync/connections"
    assert browser.get("/order-sync/static/icon.svg").status_code == 200


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://Orders.example.com/", "https://orders.example.com"),
        ("https://orders.example.com:443", "https://orders.example.com"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("", None),
    ],
)
def test_the_public_address_is_what_a_browser_calls_the_origin(tmp_path, given, meant):
    with OrderSync(home=tmp_path, environment={"ORDER_SYNC_PUBLIC_URL": given}) as sync:
        assert sync.config.public_url == meant


@pytest.mark.parametrize(
    "wrong",
    [
        "orders.example.com",
        "ftp://x.example",
        "https://x.example/path",
        "https://u@x.example",
        "https://",
        "https://x.example:99999",
        "https://x.example?q",
        "https://x example",
    ],
)
def test_a_public_address_that_is_none_is_refused(tmp_path, wrong):
    with pytest.raises(ConfigurationError, match="ORDER_SYNC_PUBLIC_URL"):
        OrderSync(home=tmp_path, environment={"ORDER_SYNC_PUBLIC_URL": wrong})


def test_the_session_says_nothing_of_its_ids_when_it_is_printed(clock):
    session = Sessions(clock.now).start("operator", "")
    assert session.id not in repr(session) and session.csrf not in repr(session)
    assert re.fullmatch(r"[\w-]{43}", session.id)
