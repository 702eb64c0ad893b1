"""Products, inventory, cross references, days in transit, payment profiles."""

import pytest


def test_inventory_shows_every_warehouse_and_leaves_unknown_items_out(supplier):
    rows = supplier.get("/v2/inventory/B00760004,B00000000,00821780003735").json()
    assert [row["sku"] for row in rows] == ["B00760004", "B00760003"]
    assert {place["warehouseAbbr"] for place in rows[0]["warehouses"]} == {"IL", "KS", "GA", "TX", "PA", "NV"}
    assert rows[0]["skuID_Master"] == 2343


@pytest.mark.parametrize("resource", ["products", "inventory"])
def test_only_unknown_items_are_the_documented_404(supplier, resource):
    reply = supplier.get(f"/v2/{resource}/B00000000")
    assert reply.status_code == 404
    assert reply.json() == {
        "errors": [{"field": "Identifier", "message": "Requested item(s) were not found or have been discontinued."}]
    }


def test_a_product_has_prices_as_numbers_and_flags_per_warehouse(sandbox, supplier):
    (row,) = supplier.get("/v2/products/G2000whts").json()
    assert (row["sku"], row["yourSku"], row["customerPrice"], row["qty"]) == (
        "B00760003",
        "G2000whts",
        3.15,
        2000,
    )
    (mill,) = supplier.get("/v2/products/B15409914").json()
    assert mill["warehouses"][0]["warehouseAbbr"] == "DS"
    assert mill["warehouses"][0]["fullCaseOnly"] is True
    sandbox.supplier.knobs.customer_price_enabled = False
    assert supplier.get("/v2/products/B00760003").json()[0]["customerPrice"] == ""


def test_stock_goes_down_with_an_order_and_can_be_set(sandbox, supplier, order_body):
    supplier.post("/v2/orders/", json=order_body())
    places = supplier.get("/v2/inventory/B00760004?Warehouses=IL,ks").json()[0]["warehouses"]
    assert {place["warehouseAbbr"]: place["qty"] for place in places} == {"IL": 498, "KS": 400}
    sandbox.supplier.set_stock("B00760004", "IL", 0)
    assert supplier.get("/v2/inventory/B00760004?warehouses=IL").json()[0]["warehouses"][0]["qty"] == 0


def test_an_unknown_filter_returns_the_whole_catalogue(supplier):
    assert len(supplier.get("/v2/products/?sku=B00760004").json()) == 31


@pytest.mark.parametrize("query", ["style=39", "styleid=39", "partnumber=00760", "style=Gildan 2000"])
def test_a_style_filter_finds_the_style_only(supplier, query):
    assert {row["styleID"] for row in supplier.get(f"/v2/products/?{query}").json()} == {39}


def test_a_bare_mill_number_is_no_style(supplier):
    assert supplier.get("/v2/products/?style=2000").status_code == 404


def test_a_cross_reference_is_made_changed_read_used_and_deleted(supplier):
    url = "/v2/crossref/MY-SHIRT"
    assert supplier.put(f"{url}?Identifier=B00760004").status_code == 201
    assert supplier.put(f"{url}?Identifier=B00760005").status_code == 200
    assert supplier.get(url).json()[0]["sku"] == "B00760005"
    assert supplier.get("/v2/products/MY-SHIRT").json()[0]["yourSku"] == "MY-SHIRT"
    assert supplier.delete(url).status_code == 204
    assert supplier.get(url).status_code == 404


def test_a_cross_reference_put_minds_its_manners(supplier):
    headers = {"Content-Type": "application/json"}
    assert supplier.put("/v2/crossref/A?Identifier=B00760004", headers=headers).status_code == 500
    assert supplier.put("/v2/crossref/A%23B?Identifier=B00760004").status_code == 400
    assert supplier.put("/v2/crossref/A?Identifier=B00000000").status_code == 404


def test_days_in_transit_depend_on_the_zip(supplier):
    near, far = supplier.get("/v2/daysintransit/55805,97201").json()
    days = [{place["warehouseAbbr"]: place["daysInTransit"] for place in row["warehouses"]} for row in (near, far)]
    assert days[0]["IL"] < days[1]["IL"]
    assert days[0]["NV"] > days[1]["NV"]


def test_payment_profiles_are_nested_or_flat(sandbox, supplier):
    url = "/v2/paymentprofiles/?email=Buyer@Example.com"
    assert supplier.get(url).json()[0][0]["profileID"] == 900100200
    sandbox.supplier.knobs.profiles_nested = False
    assert supplier.get(url).json()[0]["profileType"] == "Credit Card"


@pytest.mark.parametrize(
    ("rule", "status", "body"),
    [("empty", 200, []), ("nested_empty", 200, [[]]), ("400", 400, None), ("404", 404, None)],
)
def test_an_unknown_email_is_answered_by_knob(sandbox, supplier, rule, status, body):
    sandbox.supplier.knobs.unknown_profile_email = rule
    reply = supplier.get("/v2/paymentprofiles/?email=nobody@example.com")
    assert reply.status_code == status
    assert body is None or reply.json() == body
