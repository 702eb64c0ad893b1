"""A sandbox on a clock that stands still, and clients that speak plain HTTP to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from order_sync.sandbox import Sandbox, SandboxClock

START = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
OPERATIONS = (Path(__file__).parent / "operations.graphql").read_text(encoding="utf-8")
Gql = Callable[..., dict[str, Any]]


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(lambda: START)


@pytest.fixture
def sandbox(clock: SandboxClock) -> Iterator[Sandbox]:
    with Sandbox(now=clock) as running:
        yield running
        assert running.shopify.crashes == []
        assert running.supplier.crashes == []


@pytest.fixture
def supplier(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A client of the supplier with the right key and an agreeable name."""
    with httpx.Client(
        base_url=sandbox.supplier.base_url,
        auth=(sandbox.supplier.account, sandbox.supplier.api_key),
        headers={"User-Agent": "order-sync-tests/1.0"},
        timeout=5,
    ) as client:
        yield client


@pytest.fixture
def shop_client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"X-Shopify-Access-Token": sandbox.shopify.token}
    with httpx.Client(base_url=sandbox.shopify.base_url, headers=headers, timeout=5) as client:
        yield client


@pytest.fixture
def gql(shop_client: httpx.Client) -> Gql:
    """Run GraphQL text; returns the whole answer, errors included."""

    def run(text: str, /, **variables: Any) -> dict[str, Any]:
        body = {"query": text, "variables": variables}
        reply = shop_client.post("/admin/api/2026-10/graphql.json", json=body)
        assert reply.status_code == 200, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    return run


@pytest.fixture
def operation() -> Callable[[str], str]:
    """Text of one operation of the catalogue file with the fragments it needs."""
    return operation_text


def operation_text(name: str) -> str:
    blocks = re.split(r"\n(?=query |mutation |fragment )", OPERATIONS)
    named = {found[1]: block for block in blocks if (found := re.match(r"(?:query|mutation|fragment) (\w+)", block))}
    text, wanted = "", [name]
    while wanted:
        block = named.pop(wanted.pop(), "")
        text += block
        wanted += re.findall(r"\.\.\.(\w+)", block)
    return text


@pytest.fixture
def order_body() -> Callable[..., dict[str, Any]]:
    """A valid order of two shirts; keyword arguments replace members."""

    def make(**changes: Any) -> dict[str, Any]:
        address = {
            "customer": "Dana Quill",
            "address": "418 Larch Ave",
            "city": "Duluth",
            "state": "MN",
            "zip": "55805",
        }
        body = {
            "shippingAddress": address,
            "poNumber": "QA-1000",
            "autoselectWarehouse": True,
            "lines": [{"identifier": "B00760004", "qty": 2}],
        }
        return {**body, **changes}

    return make
