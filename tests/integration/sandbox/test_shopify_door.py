"""Tokens, versions, scopes, protected data, and what is wrong with a query."""

import httpx
import pytest

PATH = "/admin/api/2026-10/graphql.json"
NAME = {"query": "{ shop { name } }"}


def test_a_wrong_token_is_401_with_shopifys_sentence(sandbox):
    reply = httpx.post(sandbox.shopify.base_url + PATH, json=NAME, headers={"X-Shopify-Access-Token": "no"})
    assert reply.status_code == 401
    assert reply.json() == {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}


def test_an_unknown_version_is_404(shop_client):
    assert shop_client.post("/admin/api/2019-01/graphql.json", json=NAME).status_code == 404
    assert shop_client.post("/admin/api/2026-07/graphql.json", json=NAME).status_code == 200


@pytest.mark.parametrize("as_form", [True, False])
def test_client_credentials_buy_a_token_that_expires(sandbox, clock, as_form):
    shop = sandbox.shopify
    asked = {
        "client_id": shop.client_id,
        "client_secret": shop.client_secret,
        "grant_type": "client_credentials",
    }
    url = shop.base_url + "/admin/oauth/access_token"
    granted = (httpx.post(url, data=asked) if as_form else httpx.post(url, json=asked)).json()
    assert granted["expires_in"] == 86_400
    assert "read_orders" in granted["scope"].split(",")
    headers = {"X-Shopify-Access-Token": granted["access_token"]}
    assert httpx.post(shop.base_url + PATH, json=NAME, headers=headers).status_code == 200
    clock.advance(86_400)
    assert httpx.post(shop.base_url + PATH, json=NAME, headers=headers).status_code == 401


def test_wrong_client_credentials_buy_nothing(sandbox):
    url = sandbox.shopify.base_url + "/admin/oauth/access_token"
    asked = {"client_id": "x", "client_secret": "y", "grant_type": "client_credentials"}
    assert httpx.post(url, data=asked).status_code == 400
    assert httpx.post(url, data={"grant_type": "password"}).json() == {"error": "unsupported_grant_type"}


def test_a_missing_scope_is_access_denied_and_a_write_scope_includes_reading(sandbox, gql):
    sandbox.shopify.knobs.scopes = ("read_products",)
    answer = gql("{ orders(first: 1) { nodes { id } } }")
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert "read_orders" in answer["errors"][0]["message"]
    assert answer["data"] is None
    sandbox.shopify.knobs.scopes = ("write_orders",)
    assert gql("{ orders(first: 1) { nodes { id } } }")["data"]["orders"]["nodes"] == []
    scopes = gql("{ currentAppInstallation { accessScopes { handle } } }")["data"]["currentAppInstallation"]
    assert scopes["accessScopes"] == [{"handle": "write_orders"}]


def test_fulfillment_orders_of_an_order_want_their_own_scope(sandbox, gql):
    sandbox.shopify.knobs.scopes = ("read_orders",)
    order_id = sandbox.shopify.add_order([("B00760004", 1)])
    answer = gql(
        "query($id: ID!) { order(id: $id) { name fulfillmentOrders(first: 1) { nodes { id } } } }",
        id=order_id,
    )
    assert answer["errors"][0]["path"] == ["order", "fulfillmentOrders"]


def test_protected_customer_data_is_withheld_by_knob(sandbox, gql):
    order_id = sandbox.shopify.add_order([("B00760004", 1)])
    query = "query($id: ID!) { order(id: $id) { email shippingAddress { name address1 city zip } } }"
    assert gql(query, id=order_id)["data"]["order"]["shippingAddress"]["name"] == "Dana Quill"
    sandbox.shopify.knobs.protected_data = "fields"
    shown = gql(query, id=order_id)["data"]["order"]
    assert shown["email"] is None
    assert shown["shippingAddress"] == {"name": None, "address1": None, "city": "Duluth", "zip": "55805"}
    sandbox.shopify.knobs.protected_data = "address"
    assert gql(query, id=order_id)["data"]["order"]["shippingAddress"] is None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ shop { nope } }", "undefinedField"),
        ("{ shop(id: 1) { name } }", "argumentNotAccepted"),
        ("{ order { id } }", "missingRequiredArguments"),
        ("{ shop }", "selectionMismatch"),
        ("query($a: Int) { shop { name } }", "variableNotUsed"),
        ("query($id: String) { order(id: $id) { id } }", "variableMismatch"),
        ("query($id: ID!) { order(id: $id) { id } }", "INVALID_VARIABLE"),
        ('{ order(id: "7") { id } }', "INVALID_VARIABLE"),
        ('{ orders(first: 1, after: "x") { nodes { id } } }', "BAD_REQUEST"),
        ("{ shop { accountOwner { id } } }", "SANDBOX_NOT_SIMULATED"),
    ],
)
def test_a_wrong_query_is_answered_200_with_a_code(gql, query, code):
    assert gql(query)["errors"][0]["extensions"]["code"] == code


def test_a_syntax_error_is_answered_200_and_a_missing_query_400(gql, shop_client):
    assert "Syntax Error" in gql("{ shop {")["errors"][0]["message"]
    assert shop_client.post(PATH, json={}).status_code == 400
    assert shop_client.post(PATH, content=b"{").status_code == 400
    assert shop_client.get(PATH).status_code == 405
