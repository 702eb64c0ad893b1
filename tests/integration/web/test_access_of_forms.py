"""What a form must carry, under which names the pages answer, and what errors become."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse

from order_sync import OrderSync
from order_sync.core.errors import (
    ConcurrentUpdateError,
    ConfigurationError,
    OrderNotFoundError,
    ServiceUnavailableError,
    StorageError,
    UnknownConnectionError,
)
from tests.fakes.browser import LOCAL, Browser
from tests.fakes.gated import guarded, inside

PUBLIC = {"ORDER_SYNC_PUBLIC_URL": "https://orders.example.com"}


@pytest.fixture
def environment():
    return {}


@pytest.fixture
def sync(tmp_path, environment):
    with OrderSync(home=tmp_path, environment=environment) as opened:
        yield opened


@pytest.fixture
def browser(sync):
    return inside(guarded(sync), sync)


def token_of(browser):
    return browser.get("/page").json()["csrf"]


def test_a_form_of_the_session_reaches_the_page_whole(browser):
    form = {"csrf": token_of(browser), "text": "Grüße & mehr = €", "empty": ""}
    assert browser.post("/page", form).json()["form"] == form


def test_a_multipart_form_without_files_is_a_form_too(browser):
    csrf = token_of(browser)
    fields = {"csrf": (None, csrf), "a": (None, "b")}
    answer = browser.send("POST", "/page", headers={"origin": LOCAL}, files=fields)
    assert answer.json()["form"] == {"csrf": csrf, "a": "b"}


def test_files_are_not_taken(browser):
    given = {"csrf": token_of(browser)}
    answer = browser.send("POST", "/page", headers={"origin": LOCAL}, data=given, files={"f": ("a.txt", b"x")})
    assert answer.status_code == 400


@pytest.mark.parametrize("wrong", ["", "x", "é", "0" * 43])
def test_a_change_without_the_sessions_token_is_refused(browser, wrong):
    assert browser.post("/page", {"csrf": wrong}).status_code == 403
    assert browser.post("/page", {"other": "x"}).status_code == 403


def test_the_token_of_another_session_is_refused(sync):
    app = guarded(sync)
    assert inside(app, sync).post("/page", {"csrf": token_of(inside(app, sync))}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8001"},
        {"origin": "http://127.0.0.1"},
        {"origin": "http://localhost:8000"},
        {"origin": "http://127.0.0.1:8000.evil.example"},
        {"origin": ""} | {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site"},
    ],
)
def test_a_form_from_another_page_is_refused_even_with_the_token(browser, headers):
    csrf = token_of(browser)
    assert browser.post("/page", {"csrf": csrf}, **headers).status_code == 403
    assert browser.post("/page", {"csrf": csrf}).status_code == 200


def test_a_change_by_who_is_not_logged_in_says_that_nothing_was_changed(sync):
    answer = Browser(guarded(sync)).post("/page", {"csrf": "x"})
    assert answer.status_code == 401 and "Nothing was changed" in answer.text and "/login" in answer.text


def test_the_login_form_is_refused_without_the_token_of_its_page(sync):
    sync.access.set_password("four random words here")
    app = guarded(sync)
    for form in ({}, {"csrf": Browser(app).csrf()}):
        assert Browser(app).post("/login", {**form, "password": "four random words here"}).status_code == 403
    browser = Browser(app)
    given = {"csrf": browser.csrf(), "password": "four random words here"}
    assert browser.post("/login", given, origin="https://evil.example").status_code == 403
    assert browser.post("/login", given).status_code == 303


def test_a_large_body_is_refused_whether_its_length_is_stated_or_not(browser):
    kind = {"content-type": "application/x-www-form-urlencoded", "origin": LOCAL}

    async def endless():
        for _ in range(100):
            yield b"x" * 20_000

    assert browser.send("POST", "/page", headers=kind, content=b"x" * (1024 * 1024 + 1)).status_code == 413
    assert browser.send("POST", "/page", headers=kind, content=endless()).status_code == 413
    assert browser.send("POST", "/login", headers=kind, content=b"x" * 20_000).status_code == 413
    assert browser.send("POST", "/page", headers=kind, content=b"a&" * 100_000).status_code == 400


def test_what_is_no_form_is_refused(browser):
    for kind in ("application/json", "text/plain", ""):
        headers = {"content-type": kind, "origin": LOCAL}
        assert browser.send("POST", "/page", headers=headers, content=b"{}").status_code == 415


def test_a_form_that_never_ends_is_not_waited_for(sync, mocker):
    mocker.patch("order_sync.web.forms.BODY_WITHIN_S", 0.1)
    browser = inside(guarded(sync), sync)

    async def slow():
        yield b"a="
        await asyncio.sleep(5)
        yield b"b"

    headers = {"content-type": "application/x-www-form-urlencoded", "origin": LOCAL}
    assert browser.send("POST", "/page", headers=headers, content=slow()).status_code == 408


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example:8000", "0.0.0.0:8000", "", "a@127.0.0.1"])
def test_on_loopback_no_other_name_is_answered_so_rebinding_a_name_leads_nowhere(sync, name):
    browser = inside(guarded(sync), sync)
    token = sync.access.new_link()
    for path in ("/page", "/login", f"/login?token={token}", "/embedded"):
        assert browser.get(path, host=name or " ").status_code == 421, path
    assert browser.post("/logout", {}, host=name or " ").status_code == 421
    assert Browser(guarded(sync)).get(f"/login?token={token}").status_code == 303


@pytest.mark.parametrize("name", ["127.0.0.1:8000", "localhost", "localhost:9", "LOCALHOST:1", "[::1]:8000", "[::1]"])
def test_on_loopback_its_own_names_are_answered(sync, name):
    assert Browser(guarded(sync)).get("/login", host=name).status_code == 200


def test_on_the_network_any_name_is_answered_and_is_the_right_origin(sync):
    app = guarded(sync)
    browser = inside(app, sync, url="http://shopbox.example:8000", server="192.0.2.7")
    csrf = token_of(browser)
    assert browser.post("/page", {"csrf": csrf}).status_code == 200
    assert browser.post("/page", {"csrf": csrf}, origin=LOCAL).status_code == 403


@pytest.mark.parametrize("environment", [PUBLIC])
def test_with_a_public_address_only_it_and_loopback_are_answered(sync):
    app = guarded(sync)
    for name, status in {"orders.example.com": 200, "127.0.0.1:8000": 200, "evil.example": 421}.items():
        assert Browser(app, server="192.0.2.7").get("/login", host=name).status_code == status, name
        assert Browser(app).get("/login", host=name).status_code == status, name


@pytest.mark.parametrize("environment", [PUBLIC])
@pytest.mark.parametrize("passed_on", ["orders.example.com", "127.0.0.1:8000"])
def test_behind_a_proxy_the_public_address_is_the_right_origin_whatever_name_the_proxy_passes_on(sync, passed_on):
    browser = inside(guarded(sync), sync, url="https://orders.example.com")
    csrf = token_of(browser)
    assert browser.post("/page", {"csrf": csrf}, host=passed_on).status_code == 200
    for other in ("http://orders.example.com", "https://evil.example", "https://orders.example.com:8443"):
        assert browser.post("/page", {"csrf": csrf}, host=passed_on, origin=other).status_code == 403, other


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownConnectionError("There is no <connection>.", next_step="Look again."), 404),
        (OrderNotFoundError("There is no <order>.", next_step="Look again."), 404),
        (ConcurrentUpdateError("Somebody <changed> it.", next_step="Look again."), 409),
        (StorageError("The <disk> is full.", next_step="Look again."), 503),
        (ServiceUnavailableError("The <shop> is away.", next_step="Look again."), 502),
        (ConfigurationError("A <setting> is wrong.", next_step="Look again."), 400),
        (HTTPException(418, "A <teapot>. Look again."), 418),
    ],
)
def test_an_error_of_a_page_becomes_a_page_with_the_next_step(sync, error, status):
    def fails(request, visitor, form):
        raise error

    answer = inside(guarded(sync, handler=fails), sync).get("/page")
    assert answer.status_code == status
    assert "Look again." in answer.text and "&lt;" in answer.text and "Log out" in answer.text
    assert answer.headers["x-frame-options"] == "DENY"


def test_a_defect_of_a_page_tells_nothing_to_the_browser_and_its_place_to_the_log(sync, caplog):
    def fails(request, visitor, form):
        raise RuntimeError("quill@example.com")

    answer = inside(guarded(sync, handler=fails), sync).get("/page")
    assert answer.status_code == 500 and "quill" not in answer.text and "RuntimeError" not in answer.text
    assert "RuntimeError at" in caplog.text and "quill" not in caplog.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_pages_run_outside_the_loop_so_a_slow_one_holds_up_nobody(sync):
    names = []

    def tells(request, visitor, form):
        names.append(threading.current_thread() is threading.main_thread())
        return PlainTextResponse("ok")

    assert isinstance(inside(guarded(sync, handler=tells), sync).get("/page"), httpx.Response)
    assert names == [False]
