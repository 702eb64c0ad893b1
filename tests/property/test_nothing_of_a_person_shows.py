"""Whatever an address looks like: no part of it is in a log line, an export, a page or a message of a whole run."""

from __future__ import annotations

import csv
import io
import json
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest import MonkeyPatch

from order_sync import OrderSync
from order_sync.cli import cli
from order_sync.core.policies.redaction import words_of
from order_sync.sandbox import Fault, Sandbox
from tests.fakes.post_office import PostOffice
from tests.faults.harness import connect
from tests.integration.web.conftest import served

# words that occur nowhere but in an address, however it is spelt
WORD = st.text(st.sampled_from("qxzjŁñüßøéЖ李東"), min_size=5, max_size=14)
LINE = st.builds(" ".join, st.lists(WORD, min_size=1, max_size=3))
ODD = st.one_of(
    LINE, LINE.map(str.upper), LINE.map(lambda text: f"=HYPERLINK({text})"), LINE.map(lambda t: f"{t}\n{t}")
)
PROBLEMS = st.sampled_from(["none", "state", "zip", "country", "po_box", "name", "refused", "line", "shop", "skip"])


@st.composite
def customers(draw):
    first, last, street, more, city, company = (draw(ODD) for _ in range(6))
    number = draw(st.integers(84_000_000, 89_999_999))
    return {
        "problem": draw(PROBLEMS),
        "email": f"{draw(WORD)}@{draw(st.sampled_from(['example.com', 'mail.example.org']))}",
        "address": {
            "firstName": first,
            "lastName": last,
            "company": company,
            "address1": street,
            "address2": more,
            "city": city,
            "zip": "73917",
            "phone": f"+1218{number}",
        },
    }


def spoil(customer) -> dict[str, str]:
    """The address with what is wrong with it."""
    address, problem = dict(customer["address"]), customer["problem"]
    changes = {
        "state": {"provinceCode": "QZ", "province": address["city"]},
        "zip": {"zip": f"7391{address['city']}"},
        "country": {"countryCodeV2": "CA", "country": "Canada", "zip": "Q9X 7J7"},
        "po_box": {"address1": f"PO Box {address['address1']}"},
        "name": {"firstName": "", "lastName": "", "company": ""},
    }
    return {**address, **changes.get(problem, {})}


def secrets_of(customer) -> frozenset[str]:
    """Every word of the customer's, folded; and the numbers."""
    address = customer["address"]
    texts = [text for name, text in address.items() if name != "phone"]
    words = words_of([*texts, customer["email"].partition("@")[0]]) - {"hyperlink"}
    return words | {address["phone"][-8:]}


def shown_of(secrets: frozenset[str], words: frozenset[str]) -> set[str]:
    """The secrets among words: as a part of one, but numbers only whole, because time and chance make numbers too."""
    everything = " ".join(words)
    return {secret for secret in secrets if secret in words or (not secret.isdigit() and secret in everything)}


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """What a root logger at DEBUG writes, traces too."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    loggers = [logging.getLogger(name) for name in (None, "order_sync", "httpx", "sqlalchemy", "urllib3")]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        # at DEBUG SQLAlchemy shows the rows that it reads; nothing but its own setting turns that on
        logger.setLevel(logging.INFO if logger.name == "sqlalchemy" else logging.DEBUG)
    try:
        yield text
    finally:
        loggers[0].removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def add(sandbox: Sandbox, customer) -> str:
    sku = customer["address"]["company"] if customer["problem"] == "line" else None
    lines = [{"sku": None, "title": sku, "quantity": 1}] if sku else []
    return sandbox.shopify.add_order(
        [("B00760004", 1), *lines], address=spoil(customer), email=customer["email"], phone=customer["address"]["phone"]
    )


def refuse_as(sandbox: Sandbox, customer) -> None:
    """The supplier quotes the address that it refuses, in its own way of writing."""
    address = customer["address"]
    quoted = f"Cannot ship to {address['address1'].upper()}, {address['city']} for {address['lastName'].title()}"
    body = json.dumps({"errors": [{"field": "shippingAddress", "message": " ".join(quoted.split())}]})
    sandbox.supplier.faults.add(Fault("status", method="POST", status=400, body=body))


def command(*arguments: str) -> str:
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exit_code in (0, 3), result.output
    return result.output


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a run takes a second: shrinking would take an hour
)
@given(st.lists(customers(), min_size=1, max_size=3))
def test_no_part_of_a_customer_shows_anywhere_unless_asked_for(people) -> None:
    with tempfile.TemporaryDirectory() as home, MonkeyPatch.context() as patched, PostOffice() as office:
        patched.setenv("ORDER_SYNC_HOME", home)
        patched.setenv("ORDER_SYNC_NOTIFY", office.url)
        with Sandbox(rate_limit_per_minute=None) as sandbox, everything_logged() as log, OrderSync() as sync:
            connect(sync, sandbox)
            for customer in people:
                order_id = add(sandbox, customer)
                if customer["problem"] == "refused":
                    refuse_as(sandbox, customer)
                sync.sync("main")
                if customer["problem"] == "skip":
                    (record,) = sync.records("main", text=order_id)
                    if record.state == "held":
                        sync.skip(record, customer["address"]["lastName"])
            for order in sandbox.supplier.orders:
                sandbox.supplier.ship(order["orderNumber"])
            for record in sync.records("main"):
                sync.handle_new_order("main", record.key.order_id, explicit=True, follow=True)
            sync.sync("main")
            sync.notifications.digest()
            with served(sync.asgi_app()) as url:
                page = httpx.get(f"{url}/orders").text
            shown = {
                "log": log.getvalue(),
                "page": page,
                "messages": repr(office.messages),
                "export": command("orders", "export"),
                "lines": command("orders", "export", "--lines"),
                "json": command("orders", "export", "--json"),
                "report": command("orders", "report", "--json"),
            }
            asked = command("orders", "export", "--personal-data")
    for where, text in shown.items():
        for customer in people:
            found = shown_of(secrets_of(customer), words_of([text]))
            assert not found, (where, customer["problem"], found)
    bought = [row for row in csv.DictReader(io.StringIO(asked)) if row["sent"]]
    assert all("shippingAddress" in row["sent"] for row in bought)


def test_when_asked_for_the_log_shows_reasons_as_they_are(sandbox, tmp_path, caplog) -> None:
    environment = {"ORDER_SYNC_LOG_PERSONAL_DATA": "1"}
    with OrderSync(home=tmp_path, environment=environment) as sync, caplog.at_level(logging.INFO, "order_sync"):
        connect(sync, sandbox)
        sandbox.shopify.add_order([("B00760004", 1)], address={"zip": "quxjz"})
        sync.sync("main")
    assert "quxjz" in caplog.text
