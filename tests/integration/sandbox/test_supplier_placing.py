"""POST /v2/orders/."""

import pytest

POST = "/v2/orders/"


def line(sku, qty, **more):
    return {"identifier": sku, "qty": qty, **more}


def test_a_plain_order_is_answered_with_one_new_order(sandbox, supplier, order_body):
    reply = supplier.post(POST, json=order_body())
    (order,) = reply.json()
    assert reply.status_code == 200
    assert (order["orderStatus"], order["invoiceNumber"], order["deliveryStatus"]) == ("In Progress", "", "")
    assert (order["totalPieces"], order["totalLines"], order["subtotal"]) == (0, 0, 6.3)
    assert {"shipDate", "invoiceDate", "trackingNumber"}.isdisjoint(order)
    assert "qtyShipped" not in order["lines"][0]
    assert order["poNumber"] == sandbox.supplier.orders[0]["poNumber"] == "QA-1000"


def test_totals_are_given_at_once_by_knob(sandbox, supplier, order_body):
    sandbox.supplier.knobs.post_totals_zero = False
    assert supplier.post(POST, json=order_body()).json()[0]["totalPieces"] == 2


def test_members_have_no_case_and_a_flag_may_be_a_string(supplier, order_body):
    body = order_body(lines=None, poNumber=None)
    body |= {
        "Lines": [{"Identifier": "00821780001001", "Qty": 1}],
        "PONumber": "QA-2",
        "rejectLineErrors": "false",
    }
    reply = supplier.post(POST, json={key: value for key, value in body.items() if value is not None})
    assert reply.json()["orders"][0]["poNumber"] == "QA-2"


@pytest.mark.parametrize("identifier", ["B00760004", "00821780001001", "2343"])
def test_an_item_is_named_by_sku_gtin_or_master_id(supplier, order_body, identifier):
    reply = supplier.post(POST, json=order_body(lines=[line(identifier, 1)]))
    assert reply.json()[0]["lines"][0]["sku"] == "B00760004"


def test_your_sku_is_no_identifier_in_an_order_unless_by_knob(sandbox, supplier, order_body):
    body = order_body(lines=[line("G2000whts", 1)])
    assert supplier.post(POST, json=body).status_code == 400
    sandbox.supplier.knobs.your_sku_in_orders = True
    assert supplier.post(POST, json=body).json()[0]["lines"][0]["yourSku"] == "G2000whts"


def test_no_content_type_is_the_documented_400(supplier):
    reply = supplier.post(POST, content=b"{}")
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["field"] == "Header"


def test_malformed_json_is_400_or_404_by_knob(sandbox, supplier):
    json_type = {"Content-Type": "application/json"}
    assert supplier.post(POST, content=b"{", headers=json_type).status_code == 400
    sandbox.supplier.knobs.malformed_json_status = 404
    assert supplier.post(POST, content=b"{", headers=json_type).status_code == 404


def test_every_problem_is_reported_at_once_and_nothing_is_stored(sandbox, supplier, order_body):
    address = {"customer": "Dana Quill", "city": "Duluth", "state": "Minnesota", "zip": "55805-2214"}
    body = order_body(shippingAddress=address, shippingMethod="4", lines=[line("B00760004", 0), line("B99999999", 1)])
    fields = {row["field"] for row in supplier.post(POST, json=body).json()["errors"]}
    wanted = {"shippingAddress.address", "shippingAddress.state", "shippingAddress.zip", "shippingMethod"}
    assert fields == wanted | {"lines[0].qty"}
    assert sandbox.supplier.orders == []


def test_a_line_that_no_warehouse_can_fill_alone_is_split_over_two_orders(sandbox, supplier, order_body):
    orders = supplier.post(POST, json=order_body(lines=[line("B00760006", 8)])).json()
    assert {order["warehouseAbbr"]: order["lines"][0]["qtyOrdered"] for order in orders} == {"IL": 6, "KS": 2}
    assert {order["poNumber"] for order in orders} == {"QA-1000"}
    assert len({order["orderNumber"] for order in orders}) == 2
    assert len({order["lines"][0]["skuID"] for order in orders}) == 2
    assert sandbox.supplier.book.products["B00760006"].stock["KS"] == 2


def test_fewest_takes_one_warehouse_and_fastest_the_nearest(supplier, order_body):
    lines = [line("B00760007", 1), line("B00760004", 1)]  # the first is in Kansas only
    fewest = supplier.post(POST, json=order_body(lines=lines)).json()
    assert [order["warehouseAbbr"] for order in fewest] == ["KS"]
    to_texas = {"customer": "A", "address": "1 Elm", "city": "Austin", "state": "TX", "zip": "73301"}
    body = order_body(lines=lines, shippingAddress=to_texas, AutoSelectWarehouse_Preference="fastest")
    assert {order["warehouseAbbr"] for order in supplier.post(POST, json=body).json()} == {"KS", "TX"}


def test_fewest_turns_to_fastest_beyond_the_days_allowed(supplier, order_body):
    to_texas = {"customer": "A", "address": "1 Elm", "city": "Austin", "state": "TX", "zip": "73301"}
    lines = [line("B00760007", 1), line("B00760004", 1)]
    body = order_body(lines=lines, shippingAddress=to_texas, AutoSelectWarehouse_Fewest_MaxDIT=1)
    assert len(supplier.post(POST, json=body).json()) == 2


def test_the_warehouse_list_limits_the_choice(supplier, order_body):
    body = order_body(autoselectWarehouse_Warehouses="NV,GA")
    assert supplier.post(POST, json=body).json()[0]["warehouseAbbr"] == "GA"
    body = order_body(lines=[line("B00760006", 1)], autoselectWarehouse_Warehouses="NV")
    assert supplier.post(POST, json=body).status_code == 400


def test_without_autoselect_each_line_names_its_warehouse(supplier, order_body):
    lines = [line("B00760004", 3, warehouseAbbr="IL"), line("B00760003", 2, warehouseAbbr="KS")]
    orders = supplier.post(POST, json=order_body(autoselectWarehouse=False, lines=lines)).json()
    assert [order["warehouseAbbr"] for order in orders] == ["IL", "KS"]
    assert supplier.post(POST, json=order_body(autoselectWarehouse=False)).status_code == 400


def test_with_autoselect_the_warehouse_of_a_line_is_ignored(supplier, order_body):
    reply = supplier.post(POST, json=order_body(lines=[line("B00760004", 1, warehouseAbbr="NV")]))
    assert reply.json()[0]["warehouseAbbr"] != "NV"


def test_one_bad_line_rejects_everything_by_default(sandbox, supplier, order_body):
    reply = supplier.post(POST, json=order_body(lines=[line("B00760004", 1), line("B00760009", 1)]))
    assert reply.status_code == 400
    assert [row["field"] for row in reply.json()["errors"]] == ["lines[1].qty"]
    assert sandbox.supplier.orders == []


def test_with_reject_line_errors_off_the_good_lines_are_ordered(sandbox, supplier, order_body):
    lines = [line("B00760004", 1), line("B00760009", 1), line("B99999999", 2)]
    body = supplier.post(POST, json=order_body(rejectLineErrors=False, lines=lines)).json()
    assert [row["identifier"] for row in body["lineErrors"]] == ["B99999999", "B00760009"]
    assert [row["sku"] for row in body["orders"][0]["lines"]] == ["B00760004"]
    assert len(sandbox.supplier.orders) == 1


def test_names_of_the_two_lists_and_the_status_without_any_order_are_knobs(sandbox, supplier, order_body):
    knobs = sandbox.supplier.knobs
    knobs.orders_member, knobs.line_errors_member, knobs.all_lines_failed_status = "Orders", "LineErrors", 400
    reply = supplier.post(POST, json=order_body(rejectLineErrors=False, lines=[line("B99999999", 1)]))
    assert reply.status_code == 400
    assert (reply.json()["Orders"], len(reply.json()["LineErrors"])) == ([], 1)


def test_the_mill_ships_full_cases_only_and_only_when_named(supplier, order_body):
    assert supplier.post(POST, json=order_body(lines=[line("B15409914", 72)])).status_code == 400
    mill = {"autoselectWarehouse_Warehouses": "IL,DS"}
    assert supplier.post(POST, json=order_body(lines=[line("B15409914", 1)], **mill)).status_code == 400
    (order,) = supplier.post(POST, json=order_body(lines=[line("B15409914", 72)], **mill)).json()
    assert (order["warehouseAbbr"], order["dropship"], order["lines"][0]["returnable"]) == ("DS", True, False)


def test_the_same_po_twice_is_two_orders_unless_rejected_by_knob(sandbox, supplier, order_body):
    for _ in range(2):
        assert supplier.post(POST, json=order_body()).status_code == 200
    assert len(sandbox.supplier.orders_for("QA-1000")) == 2
    sandbox.supplier.knobs.reject_duplicate_po = True
    assert supplier.post(POST, json=order_body()).status_code == 400


@pytest.mark.parametrize(("rule", "quantities"), [("keep", [2, 1]), ("merge", [3]), ("reject", None)])
def test_a_repeated_sku_is_kept_merged_or_rejected(sandbox, supplier, order_body, rule, quantities):
    sandbox.supplier.knobs.repeated_sku = rule
    reply = supplier.post(POST, json=order_body(lines=[line("B00760004", 2), line("B00760004", 1)]))
    if quantities is None:
        assert reply.status_code == 400
    else:
        assert [row["qtyOrdered"] for row in reply.json()[0]["lines"]] == quantities


def test_a_saved_profile_pays_and_a_foreign_one_is_refused(supplier, order_body):
    good = {"email": "buyer@example.com", "profileID": 900100200}
    assert supplier.post(POST, json=order_body(paymentProfile=good)).json()[0]["terms"] == "Credit Card"
    reply = supplier.post(POST, json=order_body(paymentProfile={**good, "profileID": 1}))
    assert reply.json()["errors"][0]["field"] == "paymentProfile.profileID"
    assert supplier.post(POST, json=order_body()).json()[0]["terms"] == "Net"
