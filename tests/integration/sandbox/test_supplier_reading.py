"""GET and DELETE /v2/orders/, and what time does to an order."""

import pytest

POST = "/v2/orders/"


@pytest.fixture
def place(supplier, order_body):
    def one(**changes):
        return supplier.post(POST, json=order_body(**changes)).json()[0]

    return one


def test_one_namespace_finds_po_order_number_invoice_and_guid(supplier, place, clock):
    first, second, third = place(poNumber="A"), place(poNumber="B"), place(poNumber="C")
    clock.advance(300)
    invoice = supplier.get(f"/v2/orders/{third['orderNumber']}").json()[0]["invoiceNumber"]
    found = supplier.get(f"/v2/orders/{first['guid']},B,{invoice}").json()
    assert [order["orderNumber"] for order in found] == [row["orderNumber"] for row in (first, second, third)]
    assert "lines" not in found[0]


def test_a_po_prefix_in_the_list_harms_nothing(supplier, place):
    place(poNumber="QA-5")
    assert len(supplier.get("/v2/orders/PO,QA-5").json()) == 1


def test_nothing_found_is_404_or_an_empty_list_by_knob(sandbox, supplier):
    assert supplier.get("/v2/orders/QA-9999").status_code == 404
    sandbox.supplier.knobs.no_match_is_404 = False
    assert supplier.get("/v2/orders/QA-9999").json() == []


def test_a_new_order_is_found_by_po_only_after_a_while(sandbox, supplier, place, clock):
    sandbox.supplier.knobs.visible_after_s = 30
    order = place()
    assert supplier.get("/v2/orders/QA-1000").status_code == 404
    assert supplier.get(f"/v2/orders/{order['orderNumber']}").status_code == 200
    clock.advance(30)
    assert len(supplier.get("/v2/orders/QA-1000").json()) == 1


def test_the_po_has_case_unless_by_knob(sandbox, supplier, place):
    place()
    assert supplier.get("/v2/orders/qa-1000").status_code == 404
    sandbox.supplier.knobs.po_case_sensitive = False
    assert supplier.get("/v2/orders/qa-1000").status_code == 200


def test_an_order_lives_through_invoice_number_shipping_invoice_and_delivery(sandbox, supplier, place, clock):
    number = place()["orderNumber"]

    def shown():
        return supplier.get(f"/v2/orders/{number}?lines=true&Boxes=true&Billing=true").json()[0]

    assert shown()["invoiceNumber"] == ""
    clock.advance(120)
    assert shown()["invoiceNumber"]
    assert shown()["totalPieces"] == 2
    sandbox.supplier.ship(number, boxes=2)
    shipped = shown()
    assert (shipped["orderStatus"], shipped["deliveryStatus"]) == ("Shipped", "Shipped - In Transit")
    assert shipped["lines"][0]["qtyShipped"] == 2
    assert "invoiceDate" not in shipped
    assert [box["boxNumber"] for box in shipped["boxes"]] == ["001", "002"]
    assert shipped["boxes"][0]["trackingNumber"] == shipped["trackingNumber"]
    assert shipped["billingAddress"]["zip"] == "55805"
    assert supplier.get(POST).json() != []
    clock.advance(2400)
    assert shown()["invoiceDate"].endswith("T00:00:00")
    assert supplier.get(POST).json() == []
    assert len(supplier.get("/v2/orders/?All=True").json()) == 1
    clock.advance(200_000)
    assert shown()["deliveryStatus"] == "Shipped - Delivered"


def test_times_are_us_central_without_an_offset(place):
    assert place()["orderDate"] == "2026-03-03T09:00:00.000"


def test_invoice_dates_and_box_labels_filter(sandbox, supplier, place, clock):
    number = place()["orderNumber"]
    box = sandbox.supplier.ship(number)["boxes"][0]
    clock.advance(2400)
    assert len(supplier.get("/v2/orders/?invoicedate=2026-03-03").json()) == 1
    assert supplier.get("/v2/orders/?invoicedate=2026-03-02").json() == []
    assert len(supplier.get("/v2/orders/?invoicestartdate=2026-3-1&invoiceenddate=2026-3-5").json()) == 1
    assert len(supplier.get(f"/v2/orders/?shippinglabelbarcode={box['conveyorBarcode']}").json()) == 1
    assert supplier.get("/v2/orders/?invoicedate=today").status_code == 400


def test_fields_restrict_what_is_shown(supplier, place):
    place()
    reply = supplier.get("/v2/orders/?All=True&fields=OrderNumber,PONumber")
    assert [set(order) for order in reply.json()] == [{"orderNumber", "poNumber"}]


def test_a_short_shipment_shows_fewer_pieces(sandbox, supplier, place):
    number = place()["orderNumber"]
    sandbox.supplier.ship(number, shipped={"B00760004": 1})
    line = supplier.get(f"/v2/orders/{number}?lines=true").json()[0]["lines"][0]
    assert (line["qtyOrdered"], line["qtyShipped"]) == (2, 1)


def test_the_tracking_number_may_come_before_the_parcel(sandbox, supplier, place, clock):
    sandbox.supplier.knobs.tracking_after_s = 60
    number = place()["orderNumber"]
    assert "trackingNumber" not in supplier.get(f"/v2/orders/{number}").json()[0]
    clock.advance(60)
    assert supplier.get(f"/v2/orders/{number}").json()[0]["trackingNumber"]


def test_an_order_is_cancelled_within_ten_minutes(sandbox, supplier, place, clock):
    number = place()["orderNumber"]
    clock.advance(600)
    (gone,) = supplier.delete(f"/v2/orders/{number}").json()
    assert (gone["orderStatus"], gone["total"], gone["totalPieces"]) == ("Cancelled", 0, 0)
    assert sum(sandbox.supplier.book.products["B00760004"].stock.values()) == 2000


def test_after_ten_minutes_cancelling_is_refused(sandbox, supplier, place, clock):
    number = place()["orderNumber"]
    clock.advance(601)
    assert supplier.delete(f"/v2/orders/{number}").status_code == 400
    sandbox.supplier.knobs.late_cancel_empty_list = True
    assert supplier.delete(f"/v2/orders/{number}").json() == []
    assert sandbox.supplier.orders[0]["orderStatus"] == "In Progress"


def test_cancelling_wants_the_order_number_and_may_answer_204(sandbox, supplier, place):
    number = place()["orderNumber"]
    assert supplier.delete("/v2/orders/QA-1000").status_code == 404
    sandbox.supplier.knobs.cancel_answers_204 = True
    assert supplier.delete(f"/v2/orders/{number}").status_code == 204
    assert sandbox.supplier.orders[0]["orderStatus"] == "Cancelled"


def test_a_test_order_looks_real_and_is_cancelled_by_itself(sandbox, supplier, place, clock):
    order = place(testOrder=True)
    assert order["orderStatus"] == "In Progress"
    assert "testOrder" not in order
    assert sandbox.supplier.orders[0]["_testOrder"] is True
    clock.advance(600)
    assert supplier.get("/v2/orders/QA-1000").json()[0]["orderStatus"] == "Cancelled"


def test_po_lookup_returns_cancelled_orders_and_credits_too(sandbox, supplier, place):
    gone, kept = place()["orderNumber"], place()["orderNumber"]
    sandbox.supplier.cancel(gone)
    sandbox.supplier.credit(kept)
    found = supplier.get("/v2/orders/QA-1000").json()
    assert [(row["orderType"], row["orderStatus"]) for row in found] == [
        ("API", "Cancelled"),
        ("API", "In Progress"),
        ("Credit", "Credit"),
    ]
    assert found[2]["total"] < 0


def test_words_for_status_are_knobs(sandbox, supplier, place):
    sandbox.supplier.knobs.in_progress, sandbox.supplier.knobs.cancelled = "InProgress", "Canceled"
    assert place()["orderStatus"] == "InProgress"


def test_orders_are_forgotten_after_three_months(supplier, place, clock):
    place()
    clock.advance(91 * 86_400)
    assert supplier.get("/v2/orders/QA-1000").status_code == 404


def test_tracking_is_nested_or_flat_and_knows_every_box(sandbox, supplier, place, clock):
    number = place()["orderNumber"]
    url = f"/v2/TrackingDataByOrderNum/{number}"
    assert supplier.get(url).status_code == 404
    shipped = sandbox.supplier.ship(number, boxes=2)
    assert [row["orderNumber"] for row in supplier.get(url).json()[0]] == [number]
    sandbox.supplier.knobs.tracking_nested = False
    rows = supplier.get(f"{url}?Boxes=true").json()
    assert [row["trackingNumber"] for row in rows] == [box["trackingNumber"] for box in shipped["boxes"]]
    assert "actualDeliveryDateTime" not in rows[0]
    paths = ["GetAll/", f"ByInvoice/{shipped['boxes'][0]['conveyorBarcode'][:8]}", "ByShipDate/2026-3-3"]
    paths += [f"ByTrackingNum/{shipped['trackingNumber']}", "ByShippingDateRange/2026-03-01,2026-03-04"]
    assert [len(supplier.get(f"/v2/TrackingData{path}").json()) for path in paths] == [1] * 5
    clock.advance(200_000)
    delivered = supplier.get("/v2/TrackingDataByActualDeliveryDate/2026-03-05").json()
    assert delivered[0]["latestCheckpoint"]["checkpointStatusMessage"] == "Delivered"


def test_no_tracking_may_be_an_empty_list(sandbox, supplier):
    sandbox.supplier.knobs.no_tracking_is_404 = False
    assert supplier.get("/v2/TrackingDataByOrderNum/1").json() == [[]]
