"""A hosting application's own login."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Mount

from order_sync import OrderSync
from tests.fakes.browser import Browser
from tests.fakes.gated import guarded


@pytest.fixture
def sync(tmp_path):
    with OrderSync(home=tmp_path, environment={}) as opened:
        yield opened


def by_header(request):
    return request.headers.get("x-user")


async def by_header_later(request):
    return request.headers.get("x-user")


@pytest.mark.parametrize("authenticate", [by_header, by_header_later])
def test_whoever_the_host_names_is_let_in_and_nobody_else(sync, authenticate):
    browser = Browser(guarded(sync, authenticate))
    told = browser.get("/page", x_user="quill").json()
    assert (told["name"], told["leave"], told["connection"]) == ("quill", False, None)
    for nobody in (browser.get("/page"), browser.post("/page", {})):
        assert nobody.status_code == 401 and "Ask whoever runs" in nobody.text
        assert nobody.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("odd", [None, "", 0, True, 7, b"quill", {"name": "quill"}, object()])
def test_an_answer_that_is_no_name_lets_nobody_in(sync, odd):
    assert Browser(guarded(sync, lambda request: odd)).get("/page").status_code == 401


def test_the_hosts_own_answer_is_sent_as_it_is(sync):
    answer = Browser(guarded(sync, lambda request: RedirectResponse("https://sso.example.com/", 302))).get("/page")
    assert (answer.status_code, answer.headers["location"]) == (302, "https://sso.example.com/")
    assert "content-security-policy" not in answer.headers


def test_a_login_of_the_host_that_fails_lets_nobody_in(sync, caplog):
    def broken(request):
        raise RuntimeError("quill@example.com")

    answer = Browser(guarded(sync, broken)).get("/page")
    assert answer.status_code == 500 and "quill" not in answer.text + caplog.text
    assert Browser(sync.asgi_app(authenticate=broken)).get("/metrics", via="proxy").status_code == 401


def test_there_is_no_login_of_ours_beside_the_hosts(sync):
    browser = Browser(guarded(sync, by_header))
    assert browser.get(f"/login?token={sync.access.new_link()}", x_user="quill").status_code == 404
    assert browser.post("/login", {"password": "x"}, x_user="quill").status_code == 404
    assert browser.post("/logout", {}, x_user="quill").status_code == 404
    assert not browser.cookies


def test_a_session_of_ours_is_worth_nothing_where_the_host_decides(sync):
    browser = Browser(guarded(sync))
    browser.get(f"/login?token={sync.access.new_link()}")
    stranger = Browser(guarded(sync, by_header))
    stranger.cookies = dict(browser.cookies)
    assert stranger.get("/page").status_code == 401


def test_a_form_needs_the_token_of_this_user_in_this_browser(sync):
    app = guarded(sync, by_header)
    browser, other = Browser(app), Browser(app)
    csrf = browser.get("/page", x_user="quill").json()["csrf"]
    assert browser.get("/page", x_user="quill").json()["csrf"] == csrf
    assert browser.post("/page", {"csrf": csrf}, x_user="quill").status_code == 200
    assert browser.post("/page", {"csrf": csrf}, x_user="larch").status_code == 403
    assert browser.post("/page", {"csrf": "x"}, x_user="quill").status_code == 403
    assert browser.post("/page", {"csrf": csrf}, x_user="quill", origin="https://evil.example").status_code == 403
    assert other.post("/page", {"csrf": csrf}, x_user="quill").status_code == 403
    assert other.get("/page", x_user="quill").json()["csrf"] != csrf


def test_mounted_under_a_prefix_the_hosts_users_reach_the_pages_and_the_numbers(sync):
    host = Starlette(routes=[Mount("/order-sync", sync.asgi_app(authenticate=by_header))])
    browser = Browser(host, "http://host.example", client="192.0.2.1")
    answer = browser.get("/order-sync/", x_user="quill")
    assert answer.headers["location"] == "/order-sync/connections"
    assert "Path=/order-sync;" in answer.headers["set-cookie"]
    assert browser.get("/order-sync/metrics").status_code == 401
    assert browser.get("/order-sync/metrics", x_user="quill").status_code == 200
    assert browser.get("/order-sync/").status_code == 401
