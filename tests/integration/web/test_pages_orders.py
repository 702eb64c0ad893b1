"""The Orders page: states, filter, search, many at once."""

from __future__ import annotations

import pytest

from order_sync.core.policies.operator_rules import ACTIONS, is_allowed
from order_sync.web.record_address import address_of
from tests.integration.web.person import person_at


@pytest.fixture
def orders(sync, sandbox):
    """One that is bought, two that are held for their SKU; by name."""
    ids = [sandbox.shopify.add_order([(sku, 2)]) for sku in ("B00760004", "MUG-1", "MUG-2")]
    for each in ids:
        sync.handle_new_order("main", each)
    found = {record.order_name: record for record in sync.records("main")}
    assert [str(found[name].state) for name in ("#1001", "#1002", "#1003")] == ["placed", "held", "held"]
    return found


def names(page) -> list[str]:
    """The orders of the list, as it has them."""
    return [
        part.partition(">")[2].partition("<")[0] for part in page.html.split('<a href="')[1:] if "/orders/" in part[:9]
    ]


def test_before_the_first_order_there_is_nothing_and_no_defect(empty):
    with person_at(empty) as person:
        for path in ("/orders", "/orders?show=inbox", "/orders?q=1", "/purchases", "/status", "/connections"):
            assert person.get(path).status == 200
        assert "No orders yet" in person.get("/orders").text
        assert "Nothing is connected yet" in person.get("/connections").text


def test_states_are_counted_and_filter_the_list(sync, person, orders):
    page = person.get("/orders")
    assert "3 all" in page.text and "2 held" in page.text and "1 placed" in page.text and "2 need a person" in page.text
    assert names(page) == ["#1003", "#1002", "#1001"]
    assert names(person.get("/orders", state="placed")) == ["#1001"]
    assert set(names(person.get("/orders", show="inbox"))) == {"#1002", "#1003"}
    assert names(person.get("/orders", mode="test")) == []
    for link in [each for each in page.links if each.startswith("?")]:
        assert person.get(f"/orders{link}").status == 200


@pytest.mark.parametrize("how", ["#1001", "1001", "po", "supplier", " 1001 ", "id"])
def test_an_order_is_found_by_what_people_call_it(sync, person, orders, how):
    record = orders["#1001"]
    text = {
        "po": record.po_number,
        "supplier": record.supplier_orders[0].order_number,
        "id": record.key.order_id.rpartition("/")[2],
    }.get(how, how)
    page = person.get("/orders")
    page = person.send(page, form=page.forms[1], q=text)
    assert names(page) == ["#1001"]
    assert page.form(button="").values[0] == ("q", text.strip())


@pytest.mark.parametrize(
    "query",
    [
        {"state": "nonsense"},
        {"mode": "x", "show": "x", "offset": "-1"},
        {"offset": "99999999999999999999"},
        {"offset": "9999999"},
        {"offset": "٣"},
        {"q": "<script>alert(1)</script>"},
        {"q": "\x00"},
        {"q": "%" * 5000},
        {"q": "' OR 1=1 --"},
        {"connection": "nobody"},
        {"connection": "<b>\x00"},
        {"told": "x", "state": "", "q": "😀́"},
    ],
)
def test_no_query_is_a_defect(person, orders, query):
    page = person.get("/orders", **query)
    assert page.status == 200 and not page.faults and "<script>alert" not in page.html and "<b>\x00" not in page.html


@pytest.mark.parametrize("raw", ["q=%ED%A0%80", "q=%ff%fe", "connection=%ff", "state=%00", "&&&=;=", "q=1&q=2"])
def test_no_bytes_of_a_query_are_a_defect(person, orders, raw):
    assert person.client.get(f"/orders?{raw}").status_code == 200
    assert person.client.get(f"/status?{raw}&told=paused").status_code == 200
    assert person.client.get(f"/purchases?{raw}").status_code in (200, 404)
    assert person.client.get(f"/connections/main/review?{raw}&told=saved").status_code == 200


def test_more_orders_than_a_page_has_are_paged_without_a_gap(sync, person, sandbox, mocker):
    mocker.patch("order_sync.web.orders_pages.PAGE", 2)
    for sku in ("MUG-1", "MUG-2", "MUG-3", "MUG-4", "MUG-5"):
        sync.handle_new_order("main", sandbox.shopify.add_order([(sku, 1)]))
    for query in ({}, {"state": "held"}, {"show": "inbox"}, {"q": ""}):
        page, seen = person.get("/orders", **query), []
        for _ in range(5):
            seen += names(page)
            older = [link for link in page.links if "offset" in link]
            if "Older orders" not in page.text:
                break
            page = person.get(f"/orders{older[-1]}")
        assert sorted(seen) == ["#1001", "#1002", "#1003", "#1004", "#1005"], query
    assert "Newer orders" in page.text


def test_records_of_a_removed_connection_are_still_shown(sync, person, orders):
    sync.disconnect("main", force=True)
    assert names(person.get("/orders")) == ["#1003", "#1002", "#1001"]
    assert names(person.get("/orders", connection="main", show="inbox"))
    page = person.get(f"/orders/{address_of(orders['#1002'].key)}")
    assert page.status == 200
    page = person.send(page, "retry")
    assert page.status in (404, 409) and "main" in page.text
    assert person.get("/status").status == 200


def chosen(orders, *which: str) -> list[str]:
    return [address_of(orders[name].key) for name in which]


@pytest.mark.parametrize("action", ["retry", "release", "skip"])
def test_the_preview_changes_nothing_and_tells_what_doing_it_does(sync, person, orders, sandbox, action):
    before = sync.records("main")
    page = person.get("/orders")
    page = person.send(page, "preview", record=chosen(orders, "#1001", "#1002", "#1003"), action=action, reason="why")
    assert page.status == 200 and "nothing was done yet" in page.text
    assert sync.records("main") == before and len(sandbox.supplier.orders) == 1
    foretold = states(page)
    page = person.send(page, "do")
    assert "What came of it" in page.text
    done = states(page)
    assert [row for row in foretold if row[2]] == done
    now = {record.order_name: str(record.state).replace("_", " ") for record in sync.records("main")}
    assert {name: after for name, _, after in done} == {name: now[name] for name, _, after in done}
    if action == "skip":
        assert all("why" in record.reason for record in sync.records("main") if record.order_name != "#1001")


def states(page) -> list[tuple[str, str, str]]:
    """Name, state before and after of each row."""
    rows = page.html.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    found = []
    for row in rows:
        badges = [part.partition(">")[2].partition("<")[0] for part in row.split('class="badge')[1:]]
        name = row.partition('<a href="')[2].partition(">")[2].partition("<")[0]
        found.append((name, badges[0], badges[1] if len(badges) > 1 else ""))
    return found


def test_what_cannot_be_done_is_told_and_the_rest_is_done(sync, person, orders):
    page = person.send(
        person.get("/orders"), "preview", record=chosen(orders, "#1001", "#1002"), action="release", reason=""
    )
    assert "1 would be done, 1 not" in page.text
    assert page.form(button="do").value("record") == address_of(orders["#1002"].key)


@pytest.mark.parametrize(
    ("records", "action"),
    [([], "retry"), (["#1002"], ""), (["#1002"], "cancel"), (["#1002"], "<b>"), ("forged", "retry")],
)
def test_a_form_without_orders_or_a_known_action_does_nothing(sync, person, orders, records, action):
    before = sync.records("main")
    addresses = ["x", "🙂", "W10"] if records == "forged" else chosen(orders, *records)
    csrf = person.csrf()
    for do in ("preview", "do", "", "explode"):
        pairs = [("csrf", csrf), ("action", action), ("do", do), *(("record", each) for each in addresses)]
        answer = person.post("/orders", pairs)
        assert answer.status_code < 500
        assert 'role="alert"' in answer.text
    assert sync.records("main") == before


def test_an_unknown_button_of_many_orders_does_nothing(sync, person, orders):
    before = sync.records("main")
    person.post("/orders", [("csrf", person.csrf()), ("action", "skip"), ("record", chosen(orders, "#1002")[0])])
    assert sync.records("main") == before


def test_a_thousand_chosen_orders_are_no_defect(sync, person, orders):
    one = chosen(orders, "#1002")[0]
    pairs = [("csrf", person.csrf()), ("action", "skip"), ("do", "preview"), *(("record", one) for _ in range(4000))]
    answer = person.post("/orders", pairs)
    assert answer.status_code == 200 and "1 would be done" in answer.text
    too_many = person.post("/orders", [*pairs, *(("record", one) for _ in range(3000))])
    assert too_many.status_code in (400, 413)


def test_more_orders_than_are_done_at_once_are_refused_and_not_left_out_silently(sync, person, sandbox, mocker):
    mocker.patch("order_sync.web.orders_pages.MOST_AT_ONCE", 2)
    for sku in ("MUG-1", "MUG-2", "MUG-3"):
        sync.handle_new_order("main", sandbox.shopify.add_order([(sku, 1)]))
    before = sync.records("main")
    addresses = [address_of(record.key) for record in before]
    page = person.send(person.get("/orders"), "preview", record=addresses, action="skip")
    assert 'role="alert"' in page.html and "at most 2" in page.text
    assert sync.records("main") == before


def test_only_what_can_be_acted_on_can_be_chosen(sync, person, orders):
    offered = person.get("/orders").html
    for record in orders.values():
        open_to = any(is_allowed(action, record) for action in ACTIONS if action != "cancel")
        assert (f'name="record" value="{address_of(record.key)}"' in offered) is open_to


def test_a_broken_connection_file_hides_the_orders_of_no_other(sync, person, orders, sandbox, tmp_path):
    (tmp_path / "connections" / "main.json").write_text("{ broken")
    page = person.get("/connections")
    assert page.status == 200 and "main" in page.text
    assert person.get("/orders").status == 200
    assert person.get("/status").status == 200 and "main" in person.get("/status").text
    assert person.get(f"/orders/{address_of(orders['#1002'].key)}").status == 200
    assert person.get("/connections/main/order-sync").status == 503
