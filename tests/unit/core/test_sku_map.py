"""What SKUs of the shop are called at the supplier."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.core.errors import ConfigurationError
from order_sync.core.model.sync_record import LineOutcome
from order_sync.core.policies.sku_map import as_csv, from_csv, mapped, with_entries, without
from tests.builders import a_line, an_order
from tests.fakes.bench import Bench

SKU = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    lambda text: text == text.strip() and bool(text)
)


def bench_with(sku: str, **sku_map: str) -> Bench:
    bench = Bench(an_order(a_line("L1", sku, 2)))
    bench.connection = replace(bench.connection, sku_map=sku_map)
    return bench


def test_a_mapped_sku_is_bought_under_the_suppliers_name():
    bench = bench_with("SHIRT-RED", **{"SHIRT-RED": "B00760004"})
    bench.handle()
    (line,) = bench.record().lines
    assert (line.outcome, line.sku, line.supplier_sku) == (LineOutcome.BOUGHT, "SHIRT-RED", "B00760004")
    assert bench.supplier.placed[0][0].lines[0].sku == "B00760004"


def test_a_sku_is_found_in_the_map_whatever_its_case_and_blanks():
    assert mapped({"Shirt-Red": "B1"}, " SHIRT-red ") == "B1"
    assert mapped({"Shirt-Red": "B1", "shirt-red": "B2"}, "shirt-red") == "B2"
    assert mapped({}, "SHIRT") is None


def test_a_sku_that_is_mapped_to_nothing_the_supplier_has_says_so():
    bench = bench_with("SHIRT-RED", **{"SHIRT-RED": "GONE"})
    record = bench.handle().records[0]
    assert record.reason_code == "unknown_sku"
    assert "SHIRT-RED is mapped to GONE, which is not an item of the supplier" in record.reason


def test_two_skus_that_mean_one_item_are_bought_together():
    bench = Bench(an_order(a_line("L1", "A", 2), a_line("L2", "B00760004", 1)))
    bench.connection = replace(bench.connection, sku_map={"A": "B00760004"})
    bench.handle()
    assert [(line.sku, line.quantity) for line in bench.supplier.placed[0][0].lines] == [("B00760004", 3)]


def test_an_entry_that_differs_in_case_only_replaces_the_other():
    assert with_entries({"shirt": "B1", "mug": "B2"}, {"SHIRT": "B3"}) == {"mug": "B2", "SHIRT": "B3"}


@pytest.mark.parametrize("entries", [{"": "B1"}, {"A": " "}, {"A": "B1", "a": "B2"}, {"x" * 300: "B"}])
def test_a_wrong_entry_is_refused(entries):
    with pytest.raises(ConfigurationError):
        with_entries({}, entries)


def test_what_is_not_in_the_map_cannot_be_taken_out():
    assert without({"A": "B1", "C": "B2"}, ["a"]) == {"C": "B2"}
    with pytest.raises(ConfigurationError, match="'X'"):
        without({"A": "B1"}, ["X"])


@given(st.dictionaries(SKU, SKU, max_size=8))
def test_a_map_survives_a_round_through_csv(entries):
    try:
        wanted = with_entries({}, entries)
    except ConfigurationError:  # two that are the same SKU
        return
    assert from_csv(as_csv(wanted)) == wanted


@given(SKU)
def test_no_cell_of_an_export_is_a_formula(text):
    cells = as_csv({text: text}).splitlines()[1]
    assert not cells.removeprefix('"').startswith(("=", "+", "-", "@"))


def test_files_of_spreadsheets_are_read():
    assert from_csv('\ufeffSKU,Supplier_SKU\r\n"A, large",B1\r\n\r\nC,B2\r\n') == {"A, large": "B1", "C": "B2"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "first line"),
        ("a,b\n1,2\n", "first line"),
        ("sku,supplier_sku\nA\n", "Line 2: there are 1"),
        ("sku,supplier_sku\nA,B\n,C\n", "Line 3: a SKU is empty"),
        ("sku,supplier_sku\nA,B\na,C\n", "Line 3: a is in line 2 too"),
        ('sku,supplier_sku\nA,"B\n', "not CSV"),
        ("sku,supplier_sku\nA\x00C,B\n", "Line 2: a SKU has characters"),
        ("sku,supplier_sku\nA,\x1b[31mB\n", "Line 2: a SKU has characters"),
    ],
)
def test_a_wrong_file_is_refused_with_the_line(text, words):
    with pytest.raises(ConfigurationError, match=words):
        from_csv(text)


def test_an_entry_is_looked_up_once_so_that_two_names_may_be_exchanged():
    swapped = with_entries({}, {"A": "B", "B": "A", "C": "C"})
    assert [mapped(swapped, sku) for sku in "abc"] == ["B", "A", "C"]


@pytest.mark.parametrize("text", ["A\x00C", "\x1b[31mA", "A\udcff"])
def test_what_is_no_text_is_not_mapped(text):
    with pytest.raises(ConfigurationError, match="cannot be mapped"):
        with_entries({}, {text: "B"})
    with pytest.raises(ConfigurationError, match="cannot be mapped"):
        with_entries({}, {"A": text})
