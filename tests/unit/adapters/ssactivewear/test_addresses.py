"""What S&S gets as shipping address, and what it must not get."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.adapters.ssactivewear.addresses import problems_of, shipping_address, street_line
from order_sync.core.model.address import Address
from order_sync.core.model.purchase_order import PurchaseOptions
from tests.builders import an_address

NO_OPTIONS = PurchaseOptions()


def codes(address: Address, country: str = "US", method: str | None = None) -> list[str]:
    return [p.code for p in problems_of(address, PurchaseOptions(shipping_method=method), country)]


def test_a_good_address_has_no_problem_and_every_member():
    address = an_address(company="Quill Prints", address2="Apt 3B")
    assert codes(address) == []
    assert shipping_address(address, "US") == {
        "customer": "Quill Prints",
        "attn": "Dana Quill",
        "address": "418 Larch Ave Apt 3B",
        "city": "Duluth",
        "state": "MN",
        "zip": "55805",
    }


@pytest.mark.parametrize(
    ("name", "company", "customer", "attn"),
    [("Dana", "", "Dana", "Dana"), ("", "Quill", "Quill", "Quill"), ("Dana", "Quill", "Quill", "Dana")],
)
def test_name_and_company_fill_both_lines_of_the_label(name, company, customer, attn):
    made = shipping_address(an_address(name=name, company=company), "US")
    assert (made["customer"], made["attn"]) == (customer, attn)


@given(st.text(), st.text())
def test_no_word_of_the_two_street_lines_is_lost(first, second):
    line = street_line(an_address(address1=first, address2=second))
    assert line.split(" ") == [*first.split(), *second.split()] or (line == "" and not (first + second).split())


@given(st.text(min_size=60, alphabet=st.characters(categories=("L", "N"))))
def test_a_long_street_is_never_cut(street):
    assert shipping_address(an_address(address1=street), "US")["address"] == street


@given(st.builds(Address, *[st.text(max_size=12)] * 10), st.sampled_from(["US", "CA"]))
def test_any_address_can_be_judged_and_written(address, country):
    problems_of(address, NO_OPTIONS, country)
    assert all(isinstance(value, str) for value in shipping_address(address, country).values())


@pytest.mark.parametrize(
    ("given_", "country", "wanted"),
    [
        ("55805", "US", "55805"),
        ("55805-1234", "US", "55805"),
        ("558051234", "US", "55805"),
        (" 55805 ", "US", "55805"),
        ("h7n1a1", "CA", "H7N 1A1"),
        ("H7N 1A1", "CA", "H7N 1A1"),
        ("H7N-1A1", "CA", "H7N 1A1"),
    ],
)
def test_postal_codes_are_put_into_the_form_of_the_country(given_, country, wanted):
    address = an_address(postal_code=given_, country_code=country, province_code="QC" if country == "CA" else "MN")
    assert shipping_address(address, country)["zip"] == wanted
    assert codes(address, country) == []


@pytest.mark.parametrize("bad", ["5580", "558055", "ABCDE", "55805-12", "\uff15\uff15\uff18\uff10\uff15", "H7N 1A1"])
def test_a_postal_code_of_another_form_is_a_problem_and_is_not_mended(bad):
    address = an_address(postal_code=bad)
    assert codes(address) == ["bad_zip"]
    assert shipping_address(address, "US")["zip"] == bad


@pytest.mark.parametrize(
    ("code", "name", "country", "state"),
    [
        ("mn", "", "US", "MN"),
        ("", "Minnesota", "US", "MN"),
        ("", "new  york", "US", "NY"),
        ("", "MN", "US", "MN"),
        ("PR", "", "US", "PR"),
        ("AE", "", "US", "AE"),
        ("", "Québec", "CA", "QC"),
        ("ON", "", "CA", "ON"),
    ],
)
def test_the_state_comes_from_the_code_or_the_full_name(code, name, country, state):
    address = an_address(province_code=code, province=name)
    assert shipping_address(address, country)["state"] == state


@pytest.mark.parametrize("state", ["PR", "GU", "VI", "AS", "MP", "AA", "AE", "AP", "AK", "HI"])
def test_territories_and_military_states_are_left_to_the_supplier(state):
    assert codes(an_address(province_code=state)) == []


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"country_code": ""}, "missing_country"),
        ({"country_code": "CA", "province_code": "QC", "postal_code": "H7N 1A1"}, "country_not_served"),
        ({"name": " "}, "missing_name"),
        ({"address1": ""}, "missing_street"),
        ({"city": " "}, "missing_city"),
        ({"province_code": "", "province": ""}, "missing_state"),
        ({"province_code": "", "province": "Minesota"}, "missing_state"),
        ({"province_code": "QC"}, "unknown_state"),
        ({"postal_code": ""}, "missing_zip"),
        ({"postal_code": "5580"}, "bad_zip"),
        ({"address2": "PO Box 12"}, "po_box"),
    ],
)
def test_each_problem_has_its_code_a_message_and_a_next_step(overrides, code):
    (problem,) = problems_of(an_address(**overrides), NO_OPTIONS, "US")
    assert problem.code == code
    assert problem.message and problem.next_step
    assert problem.overridable == (code in ("missing_name", "po_box"))


def test_the_country_is_named_when_it_is_not_served():
    (problem,) = problems_of(an_address(country_code="DE"), NO_OPTIONS, "US")
    assert "DE" in problem.message and "US" in problem.message


def test_an_address_withheld_by_the_shop_is_one_problem():
    (problem,) = problems_of(Address(country_code="US", province_code="MN"), NO_OPTIONS, "US")
    assert problem.code == "missing_address"
    assert "protected customer data" in problem.next_step


def test_several_problems_are_all_told():
    address = an_address(address1="", city="", postal_code="x")
    assert codes(address) == ["missing_street", "missing_city", "bad_zip"]


BOXES = ["PO Box 12", "P.O. Box 7", "P O Box 9", "p.o.box 3", "Post Office Box 4", "POB 123", "P.O.B. 5", "PO BOX12"]


@pytest.mark.parametrize("line", BOXES)
def test_a_post_office_box_is_found_in_either_line(line):
    assert codes(an_address(address1=line)) == ["po_box"]
    assert codes(an_address(address2=line)) == ["po_box"]


@pytest.mark.parametrize(
    "line", ["12 Pobst Street", "4 Box Elder Rd", "1 Depot Boxwood Ln", "9 PO Boxer Way", "7 Apo Boxley Ct"]
)
def test_a_street_that_only_sounds_like_a_box_is_none(line):
    assert codes(an_address(address1=line)) == []


@pytest.mark.parametrize(("method", "found"), [("54", []), ("6", []), ("8", []), ("1", ["po_box"]), (None, ["po_box"])])
def test_a_box_may_be_served_by_the_post_or_collected(method, found):
    assert codes(an_address(address1="PO Box 12"), method=method) == found


def test_method_54_does_not_serve_boxes_in_canada():
    address = an_address(address1="C.P. 12", country_code="CA", province_code="QC", postal_code="H7N 1A1")
    assert codes(address, "CA", "54") == ["po_box"]
    assert codes(address, "CA", "6") == []
