"""Inside the shop's admin: a session token, one connection, one frame."""

from __future__ import annotations

import base64
import json
import time

import jwt
import pytest

from order_sync import OrderSync
from tests.fakes.browser import Browser
from tests.fakes.clock import ManualClock
from tests.fakes.gated import guarded

SHOP, OTHER_SHOP = "demo.myshopify.com", "other.myshopify.com"
APP, SECRET = "client-of-the-app", "a-secret-of-the-app" * 4
OTHER_SECRET = "a-secret-of-another" * 4


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def sync(tmp_path, clock):
    with OrderSync(home=tmp_path, environment={}, clock=clock) as opened:
        connected(opened, "main", SHOP, SECRET)
        connected(opened, "other", OTHER_SHOP, OTHER_SECRET)
        yield opened


@pytest.fixture
def app(sync):
    return guarded(sync)


def connected(sync, name, shop, secret):
    sync.connect(
        name,
        source="shopify",
        supplier="ssactivewear",
        settings={"source.shop": shop, "supplier.account": "12345"},
        secrets={"source.client_id": APP, "source.client_secret": secret, "supplier.api_key": "k"},
    )


def claims(shop=SHOP, **changes):
    now = int(time.time())
    values = {
        "iss": f"https://{shop}/admin",
        "dest": f"https://{shop}",
        "aud": APP,
        "sub": "42",
        "exp": now + 60,
        "nbf": now,
        "iat": now,
        "jti": "f8912129-1af6-4cad-9ca3-76b0f7621087",
        "sid": "aaea182f2732d44c23057c0fea584021a4485b2bd25d3eb7fd349313ad24c685",
    }
    return {key: value for key, value in {**values, **changes}.items() if value is not None}


def token(secret=SECRET, algorithm="HS256", **changes):
    return jwt.encode(claims(**changes), secret, algorithm=algorithm)


def unsigned(header, content, signature=""):
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, content)]
    return ".".join([*parts, signature])


def entered(app, given=None):
    browser = Browser(app)
    assert browser.get(f"/embedded?id_token={given or token()}&shop={OTHER_SHOP}&host=x").status_code == 303
    return browser


def test_the_shops_admin_opens_its_own_connection_and_nothing_else_may_frame_it(app):
    browser = Browser(app)
    answer = browser.get(f"/embedded?id_token={token()}&shop={OTHER_SHOP}")
    assert answer.headers["location"] == "/connections/main/order-sync"
    cookie = answer.headers["set-cookie"]
    assert "SameSite=None" in cookie and "; Secure" in cookie and "Partitioned" in cookie and "HttpOnly" in cookie
    page = browser.get("/connections/main/order-sync")
    told = page.json()
    assert (told["connection"], told["leave"]) == ("main", False)
    for each in (answer, page, browser.get("/connections/other/order-sync"), browser.post("/page", {"csrf": "x"})):
        policy = each.headers["content-security-policy"]
        assert policy.endswith(f"frame-ancestors https://{SHOP} https://admin.shopify.com")
        assert "x-frame-options" not in each.headers


def test_another_connections_pages_are_not_there_for_an_embedded_visitor(app):
    browser = entered(app)
    assert browser.get("/orders/main").status_code == 200
    for path in ("/orders/other", "/connections/other/order-sync", "/orders/nothing"):
        answer = browser.get(path)
        assert answer.status_code == 404 and "other" not in answer.text, path
    assert browser.post("/orders/other", {"csrf": browser.get("/page").json()["csrf"]}).status_code == 404


def test_an_embedded_visitors_changes_need_the_token_of_the_session(app):
    browser = entered(app)
    csrf = browser.get("/page").json()["csrf"]
    assert browser.post("/page", {"csrf": "x"}).status_code == 403
    assert browser.post("/page", {"csrf": csrf}, sec_fetch_site="cross-site").status_code == 403
    assert browser.post("/page", {"csrf": csrf}).status_code == 200


def test_a_token_in_the_header_lets_in_one_request(app):
    browser = Browser(app)
    answer = browser.get("/page", authorization=f"Bearer {token()}")
    assert answer.json()["connection"] == "main" and not browser.cookies
    assert browser.get("/page").status_code == 303
    assert browser.get("/orders/other", authorization=f"Bearer {token()}").status_code == 404
    assert browser.post("/page", {"a": "b"}, authorization=f"Bearer {token()}").json()["form"] == {"a": "b"}
    assert browser.get("/page", authorization="Bearer x").status_code == 303


def test_a_token_in_the_header_of_a_session_shares_its_form_token(app):
    browser = entered(app)
    csrf = browser.get("/page").json()["csrf"]
    assert browser.get("/page", authorization=f"Bearer {token()}").json()["csrf"] == csrf


def bad_tokens():
    now = int(time.time())
    good = token()
    head, body, signature = good.split(".")
    tampered = base64.urlsafe_b64encode(json.dumps(claims(OTHER_SHOP)).encode()).decode().rstrip("=")
    wrong_kinds = {"aud": ["x"], "dest": 7, "exp": "soon", "iss": {}}
    return {
        "nothing": "",
        "no token": "x.y.z",
        "alg none": unsigned({"alg": "none", "typ": "JWT"}, claims()),
        "alg none with a signature": unsigned({"alg": "none"}, claims(), signature),
        "the empty secret": jwt.encode(claims(), "\0" * 64),
        "another secret": token(OTHER_SECRET),
        "HS512": token(algorithm="HS512"),
        "HS384": token(algorithm="HS384"),
        "content changed": f"{head}.{tampered}.{signature}",
        "without its signature": f"{head}.{body}.",
        "expired": token(exp=now - 11, nbf=now - 71),
        "not yet": token(nbf=now + 30, exp=now + 90),
        "never ends": token(exp=None),
        "always began": token(nbf=None),
        "no dest": token(dest=None),
        "no iss": token(iss=None),
        "no aud": token(aud=None),
        "another app": token(aud="client-of-another-app"),
        "two apps": token(aud=[APP, "x"]),
        "iss of another shop": token(iss=f"https://{OTHER_SHOP}/admin"),
        "iss without https": token(iss=f"http://{SHOP}/admin"),
        "iss with a user": token(iss=f"https://{SHOP}@evil.example/admin"),
        "signed by one shop for another": token(SECRET, shop=OTHER_SHOP),
        "a shop without a connection": token(shop="third.myshopify.com"),
        "no shop of Shopify": token(shop="demo.myshopify.com.evil.example"),
        "dest with a path": token(dest=f"https://{SHOP}/x"),
        "dest without https": token(dest=f"http://{SHOP}"),
        "a lone surrogate": token(aud="\ud800"),
        "much": token(sub="x" * 10_000),
        **{
            f"{key} of another kind": unsigned({"alg": "HS256"}, {**claims(), key: v}) for key, v in wrong_kinds.items()
        },
    }


@pytest.mark.parametrize("which", bad_tokens())
def test_a_token_that_proves_nothing_lets_nobody_in(app, which):
    given = bad_tokens()[which]
    browser = Browser(app)
    answer = browser.get(f"/embedded?id_token={given}")
    assert answer.status_code == 401 and not browser.cookies and SECRET not in answer.text
    if given:
        assert browser.get("/page", authorization=f"Bearer {given}").status_code == 303


def test_a_token_may_be_some_seconds_late(app):
    now = int(time.time())
    assert entered(app, token(exp=now - 3, nbf=now - 63)).get("/page").status_code == 200


def test_a_connection_without_a_client_secret_lets_nobody_in(sync, app):
    sync.connect("main", secrets={"source.client_secret": "env:NOT_SET_ANYWHERE"})
    assert Browser(app).get(f"/embedded?id_token={token()}").status_code == 401


def test_an_embedded_session_is_no_session_of_the_operator(app):
    browser = entered(app)
    other = Browser(app)
    other.cookies["order_sync_session"] = next(iter(browser.cookies.values()))
    assert other.get("/page").status_code == 303
    assert browser.get("/login").status_code == 200
    csrf = browser.get("/page").json()["csrf"]
    assert browser.post("/logout", {"csrf": csrf}).status_code == 404


def test_an_embedded_visitor_does_not_see_the_numbers_of_all(sync):
    browser = entered(sync.asgi_app())
    assert browser.get("/metrics", x_forwarded_for="192.0.2.1").status_code == 401


def test_an_embedded_session_ends_with_its_connection(sync, app):
    browser = entered(app)
    sync.connect("main", settings={"source.shop": "third.myshopify.com"})
    assert browser.get("/page").status_code == 303
    browser = entered(app, token(OTHER_SECRET, shop=OTHER_SHOP))
    sync.disconnect("other")
    assert browser.get("/page").status_code == 303


def test_a_frame_whose_session_is_over_says_how_to_go_on(app, clock):
    browser = entered(app)
    clock.advance_s(2 * 3600 + 1)
    answer = browser.get("/page", sec_fetch_dest="iframe")
    assert answer.status_code == 401 and "Open the app again" in answer.text and "<form" not in answer.text
    assert answer.headers["content-security-policy"].endswith("https://*.myshopify.com https://admin.shopify.com")


def test_secrets_do_not_show_when_an_app_is_printed(sync):
    (app,) = sync.shop_apps(SHOP, APP)
    assert SECRET not in repr(app) and APP not in repr(app)


def test_embedded_works_beside_a_hosts_login(sync):
    app = guarded(sync, lambda request: None)
    assert Browser(app).get("/page").status_code == 401
    assert entered(app).get("/page").json()["connection"] == "main"
