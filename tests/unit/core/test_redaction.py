"""What may be said of a record where people other than its keeper read it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.core.errors import RejectedRequestError, ServiceUnavailableError
from order_sync.core.model.order import TrackingInfo
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import LineOutcome, RecordLine, State
from order_sync.core.policies.redaction import (
    HIDDEN,
    NEUTRAL,
    error_text,
    next_action_of,
    one_line,
    personal_words,
    reason_of,
    scrubbed,
    trace_of,
    words_of,
)
from tests.builders import a_record, an_address

LINE = RecordLine("L1", "B00760004", 2, 2, LineOutcome.TO_BUY, "", "B00760004")
BODY = json.dumps(
    {
        "shippingAddress": {
            "attn": "Zoë Łukasiewicz-Ñandú",
            "address": "418 Larch Ave",
            "city": "Duluth",
            "zip": "55805",
        },
        "poNumber": "DEMO-1001",
        "lines": [{"identifier": "B00760004", "qty": 2}],
    }
)


def rejected(text: str, **more):
    return a_record(
        state=State.HELD,
        reason_code="rejected",
        reason=text,
        intent_body=BODY,
        po_number="DEMO-1001",
        lines=(LINE,),
        **more,
    )


@pytest.mark.parametrize(
    "said",
    [
        "The supplier refused PO DEMO-1001: no such street 418 Larch Ave, Duluth",
        "cannot ship to 418 LARCH AVE",
        "attn: ZOE ŁUKASIEWICZ-NANDU is too long",
        "attn: Łukasie is too long",
        "duluth55805 is unknown",
        "call +1 218-555-0143 or 12185550143",
        "mail zoe@example.com",
    ],
)
def test_what_a_supplier_quotes_of_the_address_is_hidden(said):
    shown = reason_of(rejected(said))
    for part in ("418", "Larch", "LARCH", "Zoë", "ZOE", "ukasie", "UKASIE", "uluth", "55805", "12185550143", "zoe@"):
        assert part not in shown
    assert HIDDEN in shown


def test_the_words_of_a_refusal_that_are_nobodys_stay():
    said = "The supplier refused PO DEMO-1001: identifier: B00760004 is discontinued"
    assert reason_of(rejected(said)) == said


@pytest.mark.parametrize("code", sorted(NEUTRAL))
def test_a_reason_about_an_address_gets_a_sentence_of_ours(code):
    record = a_record(state=State.HELD, reason_code=code, reason="Held: 'Quillshire' is no state of the United States.")
    assert reason_of(record) == NEUTRAL[code]


def test_a_reason_of_a_plugin_that_is_not_known_is_named_by_its_code_only():
    record = a_record(state=State.HELD, reason_code="bad_house_name", reason="Held: Quill House is no house.")
    assert reason_of(record) == "bad_house_name: order-sync orders show says more."


@pytest.mark.parametrize(
    "text",
    [
        "Skipped by an operator: Dana Quill called.",
        "A person found the purchase at the supplier (Dana Quill said so).",
        "The supplier shows nothing. Settled by an operator: Dana Quill has it.",
    ],
)
def test_what_a_person_typed_is_left_out(text):
    assert "Quill" not in reason_of(a_record(state=State.PLACED, reason=text))


def test_an_unknown_sku_is_named_and_the_titles_of_lines_are_not():
    held = replace(LINE, outcome=LineOutcome.HELD, sku="MUG-11\nOZ")
    nameless = replace(held, sku="", reason="the line 'For Dana Quill' has no SKU")
    record = a_record(state=State.HELD, reason_code="unknown_sku", reason="Held: …", lines=(held, nameless, LINE))
    assert reason_of(record) == "Not items of the supplier: MUG-11 OZ."


def test_tracking_numbers_are_hidden_in_what_the_shop_answers():
    parcel = SupplierOrder("71000101", "DEMO-1001", SupplierOrderStatus.SHIPPED, tracking=(TrackingInfo("1Z999AA1"),))
    record = a_record(
        state=State.SHIPPED,
        reason_code="shop_not_told",
        reason="The shop could not be told of the shipment: 1Z999AA1 of 71000101 is not valid",
        supplier_orders=(parcel,),
    )
    assert reason_of(record) == f"The shop could not be told of the shipment: {HIDDEN} of 71000101 is not valid"


def test_the_next_action_of_a_record_keeps_its_numbers():
    record = replace(rejected("refused"), next_action="Call about 71000101 for 418 Larch Ave.")
    assert next_action_of(record) == f"Call about 71000101 for {HIDDEN}."


def test_an_order_name_that_is_also_in_the_address_stays():
    record = rejected("PO DEMO-1001 of #418 is wrong", order_name="#418")
    assert "418" in reason_of(record) and "418" not in personal_words(record)


def test_text_begins_no_new_line_of_a_log():
    assert one_line("a\nERROR b\x1b[31m\u2028c") == "a ERROR b [31m c"


def test_an_error_loses_the_words_of_the_service_that_refused():
    refused = RejectedRequestError(
        "It refused 418 Larch Ave.", reasons=(("", "418"),), service="S&S Activewear", status=400
    )
    assert error_text(refused) == "S&S Activewear refused it (status 400)."
    assert (
        error_text(ServiceUnavailableError("It cannot be reached.", next_step="Wait.")) == "It cannot be reached. Wait."
    )


def test_a_trace_has_places_and_types_and_no_text():
    try:
        try:
            raise KeyError("Dana Quill")
        except KeyError as exc:
            raise ValueError("418 Larch Ave") from exc
    except ValueError as exc:
        shown = trace_of(exc)
    assert shown.startswith("ValueError at ") and "caused by KeyError" in shown and "test_redaction.py" in shown
    assert "Dana" not in shown and "Larch" not in shown


WORDS = st.text(st.characters(codec="utf-8", categories=["L", "Nd", "M"]), min_size=2, max_size=12)


@given(
    st.lists(WORDS, min_size=1, max_size=6),
    st.text(max_size=20),
    st.sampled_from([str.upper, str.lower, str.title, str]),
)
def test_no_word_of_a_person_stays_however_it_is_written(words, around, write):
    personal = words_of(words)
    shown = scrubbed(f"{around} {write(' '.join(words))}, {around}", personal)
    assert not words_of([shown.replace(HIDDEN, " ")]) & personal


@given(st.lists(WORDS, min_size=3, max_size=6))
def test_every_part_of_an_address_that_was_sent_is_known_as_personal(words):
    address = an_address(name=words[0], address1=words[1], city=words[2])
    record = a_record(intent_body=json.dumps({"ship_to": address.one_line()}))
    assert words_of([address.one_line()]) - words_of(["#1001", "main"]) <= personal_words(record)
