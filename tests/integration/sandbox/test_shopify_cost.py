"""What a query costs and how the bucket empties and fills."""

import pytest


def cost(answer):
    return answer["extensions"]["cost"]


def test_every_answer_tells_its_cost_and_what_is_left(gql):
    told = cost(gql("{ shop { name } }"))
    assert (told["requestedQueryCost"], told["actualQueryCost"]) == (1, 1)
    assert told["throttleStatus"] == {
        "maximumAvailable": 2000,
        "currentlyAvailable": 1999,
        "restoreRate": 100,
    }


def test_points_asked_for_and_not_used_are_given_back(sandbox, gql):
    sandbox.shopify.add_order([("B00760004", 1)])
    told = cost(gql("{ orders(first: 250) { nodes { id lineItems(first: 50) { nodes { id } } } } }"))
    assert told["actualQueryCost"] < told["requestedQueryCost"]
    assert told["throttleStatus"]["currentlyAvailable"] == 2000 - told["actualQueryCost"]


def test_cost_grows_slower_than_the_page(gql):
    small, large = (
        cost(gql(f"{{ orders(first: {size}) {{ nodes {{ id }} }} }}"))["requestedQueryCost"] for size in (10, 250)
    )
    assert small < large < 3 * small


def test_edges_cost_what_nodes_cost(gql):
    nodes = cost(gql("{ orders(first: 50) { nodes { id risk { recommendation } } } }"))
    edges = cost(gql("{ orders(first: 50) { edges { node { id risk { recommendation } } } } }"))
    assert nodes["requestedQueryCost"] == edges["requestedQueryCost"]


def test_an_empty_bucket_throttles_and_time_fills_it(sandbox, gql, clock):
    query = "{ orders(first: 5) { nodes { id } } }"
    sandbox.shopify.engine.bucket.take(1998)
    answer = gql(query)
    assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "data" not in answer
    assert cost(answer)["actualQueryCost"] is None
    clock.advance(1)
    assert "errors" not in gql(query)


def test_one_query_may_not_cost_more_than_a_thousand(gql):
    inner = "lineItems(first: 250) { nodes { id lineItemGroup { id } customAttributes { key } } }"
    deep = f"fulfillmentOrders(first: 250) {{ nodes {{ id order {{ id {inner} }} }} }}"
    answer = gql(f"{{ orders(first: 250) {{ nodes {{ id {deep} }} }} }}")
    assert answer["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


@pytest.mark.parametrize("arguments", ["(first: 251)", ""])
def test_a_page_above_250_or_without_a_size_is_refused(gql, arguments):
    assert gql(f"{{ orders{arguments} {{ nodes {{ id }} }} }}")["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_mutation_costs_ten(sandbox, gql, operation):
    order_id = sandbox.shopify.add_order([("B00760004", 1)])
    assert cost(gql(operation("OrderTagsAdd"), id=order_id, tags=["a"]))["requestedQueryCost"] == 10
