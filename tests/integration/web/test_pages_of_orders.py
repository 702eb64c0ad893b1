"""Orders, one order, many at once, status: over HTTP beside the simulated shop and supplier."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from order_sync.core.errors import OrderNotFoundError
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import RecordKey
from order_sync.web.pages import Visitor
from order_sync.web.record_address import address_of, key_of
from tests.fakes.page import Page
from tests.fakes.person import Person, logged_in
from tests.integration.web.conftest import served

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def busy(sync, sandbox):
    """One order is bought, one is held."""
    sandbox.shopify.add_order([("B00760004", 2)])
    sandbox.shopify.add_order([(HOSTILE, 1)])
    sync.sync("main")
    return sync


@pytest.fixture
def person(busy):
    with logged_in(busy) as somebody:
        yield somebody


def record(sync, name):
    (found,) = sync.records("main", text=name)
    return found


def path_of(sync, name):
    return f"/orders/{address_of(record(sync, name).key)}"


@pytest.mark.parametrize("text", ["#1001", "1001", "DEMO-1001", "supplier order"])
def test_an_order_is_found_by_its_name_its_po_number_and_the_suppliers_number(person, busy, text):
    wanted = record(busy, "#1001").supplier_orders[0].order_number if text == "supplier order" else text
    page = person.client.get("/orders", params={"q": wanted}).text
    assert "#1001</a>" in page and "#1002</a>" not in page


def test_states_are_counted_and_are_a_filter(person):
    page = person.get("/orders").text
    assert "<b>2</b> all" in page and "<b>1</b> placed" in page and "<b>1</b> held" in page
    held = person.get("/orders?state=held").text
    assert "#1002</a>" in held and "#1001</a>" not in held
    assert "#1001</a>" not in person.get("/orders?mode=test").text


@pytest.mark.parametrize(
    "query", ["state=nonsense", "offset=-1", "offset=%00", "mode=x", "show=y", "connection=nobody", "q=%00%ff"]
)
def test_a_query_that_means_nothing_is_no_error(person, query):
    assert person.get(f"/orders?{query}").status_code == 200


def test_more_orders_than_a_page_holds_are_reached(person, busy, mocker):
    mocker.patch("order_sync.web.orders_pages.PAGE", 1)
    answer = person.get("/orders")
    first = answer.text
    assert "#1002</a>" in first and "#1001</a>" not in first
    (older,) = [link for link in Page(answer).addresses if "offset=1" in link]
    second = person.get(f"/orders{older}").text
    assert "#1001</a>" in second and "Newer orders" in second and "Older orders" not in second


def test_before_the_first_order_every_list_is_a_page_too(sync):
    with logged_in(sync) as person:
        assert person.get("/purchases").status_code == 200
        assert "No orders yet." in person.get("/orders").text
        assert "Nothing needs a person." in person.get("/orders?show=inbox").text


def test_what_comes_from_outside_is_escaped_on_every_page(person, busy):
    for path in ("/orders", "/orders?show=inbox", path_of(busy, "#1002"), f"/orders?q={HOSTILE}"):
        page = person.get(path).text
        assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_the_inbox_shows_what_needs_a_person_with_its_deadline(person):
    page = person.get("/orders?show=inbox").text
    assert "#1002</a>" in page and "#1001</a>" not in page and "Until" in page and "order-sync orders map" in page


def test_an_order_has_its_own_page_with_everything_and_the_buttons_its_state_allows(person, busy):
    bought, held = person.get(path_of(busy, "#1001")).text, person.get(path_of(busy, "#1002")).text
    number = record(busy, "#1001").supplier_orders[0].order_number
    for text in ("B00760004", "DEMO-1001", number, "placed", "Cancel at the supplier"):
        assert text in bought
    assert 'value="retry"' not in bought and 'value="skip"' not in bought
    for action in ("retry", "release", "skip"):
        assert f'value="{action}"' in held
    assert "Cancel at the supplier" not in held and "Settle" not in held


def test_a_button_does_what_it_says_and_the_reason_is_kept(person, busy):
    path = path_of(busy, "#1002")
    answer = person.send(path, has="reason", do="skip", reason="a gift of our own")
    assert "It is closed." in answer.text and "a gift of our own" in answer.text
    assert record(busy, "#1002").state == "ignored"


def test_a_purchase_is_cancelled_at_the_supplier(person, busy, sandbox):
    person.send(path_of(busy, "#1001"), has="reason", do="cancel", reason="wrong size")
    assert [order["orderStatus"] for order in sandbox.supplier.orders] == ["Cancelled"]
    assert record(busy, "#1001").state == "cancelled"


@pytest.mark.parametrize("action", ["release", "settle", "explode", ""])
def test_what_the_state_does_not_allow_is_refused_in_words(person, busy, action):
    answer = person.send(path_of(busy, "#1001"), do=action, found="not_bought")
    assert answer.status_code == 409 and 'role="alert"' in answer.text
    assert record(busy, "#1001").state == "placed"


@pytest.mark.parametrize("address", ["x", "%00", "W10", "bnVsbA", "é", "a" * 3000])
def test_an_address_that_is_no_records_is_a_page_that_says_so(person, address):
    assert person.get(f"/orders/{address}").status_code == 404


def test_the_address_of_a_record_is_its_key_whatever_is_in_it():
    for name in ("gid://shopify/Order/1", "é\x00", "", '"[]'):
        key = RecordKey("main", name, "fulfillment-2", Mode.TEST)
        assert key_of(address_of(key)) == key
    for address in ("WzEsMiwzLDRd", address_of(RecordKey("main", "\ud800", "order", Mode.TEST))):
        with pytest.raises(OrderNotFoundError):
            key_of(address)


def test_a_preview_of_many_changes_nothing_and_then_it_is_done(person, busy):
    form = person.form("/orders", has="action")
    assert person.post("/orders", form, action="skip").text.count("No order is chosen.") == 1
    chosen = {"record": [address_of(record(busy, name).key) for name in ("#1001", "#1002")], "reason": "spring sale"}
    before = busy.records("main")
    preview = person.post("/orders", form, action="skip", do="preview", **chosen)
    assert busy.records("main") == before
    assert "Skip 1 order" in preview.text and "is placed: skip is not possible" in preview.text
    again = next(form for form in (each.as_sent() for each in Page(preview).forms[1:]) if "record" in form)
    done = person.post("/orders", again, do="do")
    assert "skip: 1 done, 0 not." in done.text
    assert record(busy, "#1002").state == "ignored" and "spring sale" in record(busy, "#1002").reason


def test_a_connection_is_paused_and_resumed_on_the_status_page(person, busy):
    page = person.get("/status").text
    for text in ("supplier calls", "payment profile", "journal", "Webhooks"):
        assert text in page
    answer = person.send("/status", has="connection", do="pause", reason="stocktaking")
    assert "Nothing is bought for main" in answer.text and "stocktaking" in answer.text
    assert busy.paused("main").reason == "stocktaking"
    person.send("/status", has="connection", do="resume")
    assert busy.paused("main") is None


def test_a_settings_file_that_is_broken_is_shown_and_hides_no_other_connection(person, busy, tmp_path):
    (tmp_path / "connections" / "broken.json").write_text("{", encoding="utf-8")
    page = person.get("/connections").text
    assert "broken.json" in page and "demo.myshopify.com" in page
    assert person.get("/status").status_code == 200 and person.get("/orders").status_code == 200


def test_every_page_is_whole_and_every_link_answers(person, busy):
    seen, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen or path.startswith("http"):
            continue
        seen.add(path)
        answer = person.get(path)
        assert answer.status_code == 200, path
        if "html" not in answer.headers["content-type"]:
            continue
        page = Page(answer)
        assert not page.faults, (path, page.faults)
        assert len(page.ids) == len(set(page.ids)), (path, page.ids)
        assert not page.unlabelled, (path, page.unlabelled)
        here = path.partition("?")[0]
        onward = [link for link in page.addresses if not link.startswith("#") and "/logout" not in link]
        waiting += [f"{here}{link}" if link.startswith("?") else link for link in onward]
    assert {"/orders", "/status", "/purchases", "/connections/main/review", "/static/page.js"} <= seen


def test_below_a_path_of_a_host_every_link_and_form_stays_there(busy):
    app = Starlette(routes=[Mount("/buy", busy.asgi_app(authenticate=lambda request: "ana"))])
    with served(app) as url, httpx.Client(base_url=url, follow_redirects=True) as client:
        for path in ("/connections", "/connections/new", "/orders", path_of(busy, "#1002"), "/status", "/purchases"):
            answer = client.get(f"/buy{path}")
            assert answer.status_code == 200, path
            for link in Page(answer).addresses:
                assert link.startswith(("/buy/", "#", "?")), (path, link)
        assert client.get("/buy/static/page.css").status_code == 200
        client.headers["Origin"] = url
        person = Person(client)
        tab = Page(client.get("/buy/connections/main/order-sync"))
        forms = [form for form in (each.as_sent() for each in tab.forms) if "po_template" in form]
        assert (
            person.post("/buy/connections/main/order-sync", forms[0], do="save").url.path
            == "/buy/connections/main/review"
        )


def test_a_visitor_of_one_connection_sees_and_changes_no_other(busy, sandbox, mocker):
    given = sandbox.credentials()
    settings = {
        "source.shop": "other.myshopify.com",
        "source.base_url": given["shopify_base_url"],
        "supplier.account": "00098",
        "supplier.base_url": given["supplier_base_url"],
    }
    busy.connect("other", source="shopify", supplier="ssactivewear", settings=settings)
    visitor = Visitor("shop", "c", connection="other", can_leave=False)

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from order_sync.web.gate import Gate
    from order_sync.web.routes import page_routes

    handlers = {}
    gate = Gate(busy)
    mocker.patch.object(gate, "page", side_effect=lambda handler: handler)
    for route in page_routes(busy, gate, None):
        handlers[route.path] = route.endpoint

    def ask(path, form=None, query="", **params):
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": [],
            "path_params": params,
            "root_path": "",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
        }
        return handlers[path](Request(scope), visitor, FormData(form) if form is not None else None)

    for path in ("/connections", "/orders", "/status", "/purchases"):
        text = ask(path, query="connection=main").body.decode()
        assert "main" not in text.partition("<main")[2].replace('id="main"', "").replace("</main>", ""), path
        assert "#1001" not in text and str(busy.config.home) not in text, path
    with pytest.raises(OrderNotFoundError):
        ask("/orders/{record}", record=address_of(record(busy, "#1002").key))
    told = ask("/orders", form=[("record", address_of(record(busy, "#1002").key)), ("action", "skip"), ("do", "do")])
    assert "does not exist" in told.body.decode() and record(busy, "#1002").state == "held"
    assert ask("/status", form=[("connection", "main"), ("do", "pause")]).status_code == 409
    assert busy.paused("main") is None
    assert ask("/connections/{name}/connect", name="other").status_code == 303
    assert ask("/connections/{name}/connect", name="other", form=[("do", "anyway")]).status_code == 303
    assert ask("/connections/new", form=[("do", "anyway")]).status_code == 303
