"""Exports and reports of an installation, by the command and on the page."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from click.testing import CliRunner

from order_sync import OrderSync
from order_sync.cli import cli
from order_sync.web.chart import Series, bar_chart
from tests.faults.harness import connect
from tests.integration.web.conftest import served

HOSTILE = "<script>alert('1')</script>"
FORMULA = '=HYPERLINK("https://example.com")'


@pytest.fixture
def environment():
    return {}


@pytest.fixture
def sync(tmp_path, sandbox, environment, monkeypatch):
    monkeypatch.setenv("ORDER_SYNC_HOME", str(tmp_path))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with OrderSync() as opened:
        connect(opened, sandbox)
        sandbox.shopify.add_order([("B00760004", 2)], email="dana@example.com")
        sandbox.shopify.add_order([{"sku": HOSTILE, "quantity": 1, "title": "For Dana Quill"}])
        sandbox.shopify.add_order([{"sku": FORMULA, "quantity": 1, "title": "x"}])
        opened.sync("main")
        yield opened


def run(*arguments, code=0):
    result = CliRunner().invoke(cli, ["orders", *arguments])
    assert result.exit_code == code, result.output
    return result


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_an_export_has_a_row_for_each_record_with_amounts_and_times_as_text(sync):
    (first, second, _) = rows(run("export", "main").stdout)
    assert (first["order"], first["state"], first["po_number"]) == ("#1001", "placed", "DEMO-1001")
    assert (first["pieces_ordered"], first["pieces_bought"]) == ("2", "2")
    assert re.fullmatch(r"USD \d+\.\d\d", first["cost"]) and "subtotal USD" in first["cost_parts"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["bought_at"])
    assert second["reason_code"] == "unknown_sku" and second["cost"] == ""


def test_an_export_of_lines_has_a_row_for_each_line_and_no_formula(sync):
    lines = rows(run("export", "--lines").stdout)
    assert [line["sku"] for line in lines] == ["B00760004", HOSTILE, f"'{FORMULA}"]
    assert "line_reason" not in lines[0]


def test_json_has_the_same_columns_and_the_text_as_it_is(sync):
    document = json.loads(run("export", "--json", "--lines").stdout)
    assert list(document["rows"][0]) == document["columns"]
    assert document["rows"][2]["sku"] == FORMULA


def test_an_export_can_be_limited_by_state_and_time(sync):
    assert [row["state"] for row in rows(run("export", "--state", "held").stdout)] == ["held", "held"]
    assert rows(run("export", "--since", "2036-01-01").stdout) == []


def test_an_export_to_a_file_is_private_and_replaces_it_whole(sync, tmp_path):
    target = tmp_path / "orders.csv"
    target.write_text("old")
    target.chmod(0o644)
    result = run("export", "--output", str(target))
    assert result.stdout == "" and "3 rows" in result.stderr
    assert target.stat().st_mode & 0o777 == 0o600 and len(rows(target.read_text("utf-8"))) == 3
    assert [path.name for path in tmp_path.glob("*.part")] + [path.name for path in tmp_path.glob(".*.part")] == []


def test_an_export_that_fails_leaves_the_old_file(sync, tmp_path, mocker):
    target = tmp_path / "orders.csv"
    target.write_text("old")
    mocker.patch("order_sync.commands.export._write_csv", side_effect=OSError(28, "No space left on device"))
    assert "cannot be written" in run("export", "--output", str(target), code=1).stderr
    assert target.read_text() == "old" and not list(tmp_path.glob(".*.part"))


def test_customers_data_is_in_an_export_only_when_asked_for(sync):
    usual, asked = run("export").stdout, run("export", "--personal-data").stdout
    sent = json.loads(rows(asked)[0]["sent"])["shippingAddress"]
    assert sent["attn"] and sent["attn"] not in usual and sent["address"] not in usual
    assert "tracking" not in rows(usual)[0] and "tracking" in rows(asked)[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "--csv", "--json"), "not both"),
        (("export", "--state", "lost"), "There is no state 'lost'"),
        (("export", "nobody"), "nobody"),
        (("report", "nobody"), "nobody"),
        (("report", "--since", "2001-01-01"), "ten years"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_written(sync, arguments, said):
    result = run(*arguments, code=2)
    assert said in result.stderr and result.stdout == ""


def test_a_report_adds_up_what_was_bought_today(sync):
    document = json.loads(run("report", "--json", "--since", "2d").stdout)
    assert document["total"]["orders"] == 1 and document["total"]["held"] == 2
    assert document["days"][-1]["pieces"] == 2 and len(document["days"]) == 3
    assert "USD" in run("report", "main").stdout


def test_a_report_as_a_file_needs_nothing_else(sync, tmp_path):
    target = tmp_path / "report.html"
    run("report", "main", "--html", str(target))
    page = target.read_text("utf-8")
    assert "<svg" in page and "<title id=" in page and "<desc id=" in page and "<table>" in page
    assert "<script" not in page and "https://" not in page and "src=" not in page and "href=" not in page


def test_an_empty_installation_has_an_empty_export_and_report(tmp_path, monkeypatch):
    monkeypatch.setenv("ORDER_SYNC_HOME", str(tmp_path))
    assert rows(run("export").stdout) == []
    assert "total" in run("report").stdout


@contextmanager
def an_operator(sync: OrderSync) -> Iterator[httpx.Client]:
    """Somebody who has logged in."""
    with served(sync.asgi_app()) as url, httpx.Client(base_url=url, follow_redirects=True) as client:
        assert client.get(f"/login?token={sync.access.new_link()}").status_code == 200
        yield client


def test_the_pages_show_states_orders_and_purchases_and_escape_what_shop_and_supplier_wrote(sync):
    with an_operator(sync) as client:
        orders, purchases = client.get("/orders"), client.get("/purchases")
    assert "#1001" in orders.text and "DEMO-1001" in orders.text and "<svg" in purchases.text
    assert "<script>" not in orders.text and "&lt;script&gt;" in orders.text
    for answer in (orders, purchases):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'") and "frame-ancestors 'none'" in policy
        assert " style=" not in answer.text and "<style" not in answer.text
        for personal in ("Dana", "dana@example.com", "Larch"):
            assert personal not in answer.text


@pytest.mark.parametrize("path", ["/orders", "/purchases", "/status", "/connections", "/connections/main/connect"])
def test_nobody_reads_a_page_without_a_login(sync, path):
    with served(sync.asgi_app()) as url:
        answer = httpx.get(f"{url}{path}")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/login?next=")
    assert "#1001" not in answer.text


def test_a_ledger_that_cannot_be_read_is_answered_with_503(sync, mocker):
    from order_sync.core.errors import StorageError

    mocker.patch.object(sync.container.ledger(), "count_by_state", side_effect=StorageError("gone"))
    with an_operator(sync) as client:
        assert client.get("/orders").status_code == 503


def test_a_chart_escapes_its_words_and_draws_nothing_below_zero():
    from decimal import Decimal

    drawn = bar_chart("<b>", "<i>", ["a", "b"], [Series("s", "bar-a", (Decimal(-5), Decimal(5)))], key="k")
    assert "<b>" not in drawn and "&lt;b&gt;" in drawn
    assert all(float(height) >= 0 for height in re.findall(r'height="([^"]+)"', drawn))


def test_a_sync_erases_customers_data_of_orders_long_at_rest_and_buys_nothing_twice(sync, sandbox, caplog):
    from datetime import timedelta

    from sqlalchemy import update

    from order_sync.adapters.storage_sql.tables import sync_record

    for order in sandbox.supplier.orders:
        sandbox.supplier.ship(order["orderNumber"])
    sync.handle_new_order("main", "1000000001", follow=True)
    (record,) = sync.records("main", text="#1001")
    assert record.state == "completed" and record.tracking and record.intent_body
    long_ago = sync.container.clock().now() - timedelta(days=91)
    with sync.container.ledger().database.write() as db:
        db.execute(update(sync_record).values(updated_at=long_ago))
    with caplog.at_level("WARNING", "order_sync"):
        sync.sync("main")
        sync.sync("main")
    (after,) = sync.records("main", text="#1001")
    assert (after.state, after.po_number, after.intent_body, after.tracking) == ("completed", "DEMO-1001", None, ())
    assert caplog.text.count("personal data of 1 records erased") == 1
    assert len(sandbox.supplier.orders) == 1
