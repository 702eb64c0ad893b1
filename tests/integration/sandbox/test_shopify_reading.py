"""Lists, pages, searches, look-ups by id."""

from datetime import UTC, datetime, timedelta

import pytest

PAGE = """
query($first: Int!, $after: String, $query: String, $reverse: Boolean) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT, reverse: $reverse) {
    nodes { id name }
    edges { cursor }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""


@pytest.fixture
def names(gql):
    def search(query):
        return [node["name"] for node in gql(PAGE, first=50, query=query)["data"]["orders"]["nodes"]]

    return search


def walk(gql, reverse=False):
    seen, after = [], None
    while True:
        page = gql(PAGE, first=3, after=after, reverse=reverse)["data"]["orders"]
        seen += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return seen


def test_pages_cover_every_order_once_in_both_directions(sandbox, gql):
    added = [sandbox.shopify.add_order([("B00760004", 1)]) for _ in range(8)]
    wanted = [sandbox.shopify.orders[order_id].name for order_id in added]
    assert walk(gql) == wanted
    assert walk(gql, reverse=True) == wanted[::-1]


def test_an_order_changed_between_two_pages_is_met_again_at_the_end(sandbox, gql, clock):
    for _ in range(4):
        sandbox.shopify.add_order([("B00760004", 1)])
        clock.advance(1)
    page = gql(PAGE, first=2)["data"]["orders"]
    sandbox.shopify.edit_address(page["nodes"][0]["id"], address1="9 Elm St")
    rest = gql(PAGE, first=10, after=page["edges"][-1]["cursor"])["data"]["orders"]
    assert [node["name"] for node in rest["nodes"]] == ["#1003", "#1004", "#1001"]
    assert rest["pageInfo"]["hasPreviousPage"] is True


def test_lines_page_beyond_the_first_page(sandbox, gql, operation):
    order_id = sandbox.shopify.add_order([(f"SKU-{index}", 1) for index in range(7)])
    query = """query($id: ID!) { order(id: $id) {
      lineItems(first: 4) { nodes { sku } pageInfo { hasNextPage endCursor } } } }"""
    first = gql(query, id=order_id)["data"]["order"]["lineItems"]
    rest = gql(operation("OrderLinesPage"), id=order_id, after=first["pageInfo"]["endCursor"])
    lines = rest["data"]["order"]["lineItems"]
    assert [node["sku"] for node in first["nodes"] + lines["nodes"]] == [f"SKU-{index}" for index in range(7)]
    assert lines["pageInfo"]["hasNextPage"] is False


def test_a_search_by_time_is_exact_to_the_second(sandbox, names, clock):
    sandbox.shopify.add_order([("B00760004", 1)])
    clock.advance(60)
    sandbox.shopify.add_order([("B00760004", 1)])
    assert names("updated_at:>='2026-03-03T15:01:00Z'") == ["#1002"]
    assert names("updated_at:>'2026-03-03T15:01:00Z'") == []
    assert names("updated_at:<'2026-03-03T15:01:00Z'") == ["#1001"]
    assert names("created_at:<=2026-03-03T15:00:00Z") == ["#1001"]


def test_a_search_by_name_status_tag_and_test(sandbox, names):
    sandbox.shopify.add_order([("B00760004", 1)], tags=["rush"])
    sandbox.shopify.add_order([("B00760004", 1)], financial_status="PENDING", test=True)
    cancelled = sandbox.shopify.add_order([("B00760004", 1)])
    sandbox.shopify.cancel(cancelled)
    assert names("name:#1001") == names("name:1001") == names("tag:rush") == ["#1001"]
    assert names("financial_status:pending") == names("test:true") == ["#1002"]
    assert names("status:cancelled") == ["#1003"]
    assert names("financial_status:paid AND status:open") == ["#1001"]


def test_an_unknown_search_field_is_passed_over_and_reported(sandbox, gql):
    sandbox.shopify.add_order([("B00760004", 1)])
    answer = gql(PAGE, first=5, query="colour:red")
    assert len(answer["data"]["orders"]["nodes"]) == 1
    assert answer["extensions"]["search"][0]["warnings"][0]["field"] == "colour"


def test_the_search_may_lag_behind_while_the_order_is_readable_by_id(sandbox, gql, names, clock):
    sandbox.shopify.knobs.search_lag_s = 30
    order_id = sandbox.shopify.add_order([("B00760004", 1)])
    assert names("") == []
    assert gql("query($id: ID!) { order(id: $id) { name } }", id=order_id)["data"]["order"]["name"] == "#1001"
    clock.advance(30)
    assert names("") == ["#1001"]


def test_orders_older_than_sixty_days_want_read_all_orders(sandbox, names):
    old = datetime(2026, 3, 3, 15, tzinfo=UTC) - timedelta(days=61)
    sandbox.shopify.add_order([("B00760004", 1)], created_at=old)
    assert names("") == []
    sandbox.shopify.knobs.scopes += ("read_all_orders",)
    assert names("") == ["#1001"]


def test_an_unknown_id_is_null(gql):
    query = "query($id: ID!) { order(id: $id) { id } }"
    assert gql(query, id="gid://shopify/Order/1")["data"] == {"order": None}


def test_locations_come_in_order_of_their_names(gql, operation):
    page = gql(operation("Locations"), first=1)["data"]["locations"]
    assert [node["name"] for node in page["nodes"]] == ["Back room"]
    rest = gql(operation("Locations"), after=page["pageInfo"]["endCursor"])["data"]["locations"]
    assert [node["name"] for node in rest["nodes"]] == ["Main store"]
