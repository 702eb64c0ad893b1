"""What the journal tells, in words a person reads."""

from __future__ import annotations

import pytest

from order_sync.bootstrap.journal_documents import in_words
from order_sync.core.model.journal import JournalRow
from tests.builders import NOW


def a_row(kind, payload):
    return JournalRow(1, NOW, "main", "1", "order", "live", kind, payload, "x")


@pytest.mark.parametrize(
    ("kind", "payload", "text"),
    [
        (
            "moved",
            {"from": "held", "to": "placed", "reason_code": "", "po_number": "DEMO-1", "supplier_orders": ["7", "8"]},
            "moved from held to placed, PO DEMO-1, supplier order 7, 8",
        ),
        (
            "moved",
            {"from": None, "to": "waiting", "reason_code": "payment", "po_number": None, "supplier_orders": []},
            "moved to waiting (payment)",
        ),
        (
            "called",
            {"call": "send", "outcome": "rejected", "status": 400, "fence": 2},
            "sent the purchase: rejected (HTTP 400)",
        ),
        (
            "called",
            {"call": "new_kind", "outcome": "done", "status": None, "fence": 2},
            "new_kind: done",
        ),
        ("operator", {"action": "skip", "reason": "Dana\x1b[31m called\n"}, "an operator: skip: Dana [31m called "),
        ("operator", {"action": "settle", "supplier_orders": ["7"]}, "an operator: settle 7"),
        ("decided", None, "decided (erased)"),
        ("decided", {"version": 9}, "decided"),
        ("something_new", {"x": 1}, "something_new"),
    ],
)
def test_each_kind_of_entry_is_told_in_one_line(kind, payload, text):
    assert in_words(a_row(kind, payload)) == text


def test_a_decision_about_the_whole_order_is_told_without_its_lines_and_a_long_one_is_cut():
    line = {"line_id": "L", "sku": "S", "outcome": "waiting", "quantity": 1, "rule": "payment"}
    whole = {"result": {"state": "waiting", "code": "payment", "lines": [line] * 3}}
    assert in_words(a_row("decided", whole)) == "decided: waiting (payment)"
    many = {"result": {"state": "planned", "code": "", "lines": [{**line, "rule": "buy"}] * 8}}
    assert in_words(a_row("decided", many)).endswith("S x 1: nothing stands against it; and 3 more lines")
