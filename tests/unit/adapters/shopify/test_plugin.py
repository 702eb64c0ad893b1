"""The fields, their checks, and that nothing heavy is loaded to describe them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from order_sync.adapters.shopify import plugin
from order_sync.core.errors import ConfigurationError
from tests.unit.adapters.shopify.fake_shopify import FakeShopify


@pytest.mark.parametrize(
    "text",
    [
        "demo",
        " Demo ",
        "demo.myshopify.com",
        "DEMO.myshopify.com",
        "https://demo.myshopify.com/",
        "http://demo.myshopify.com/admin/orders?x=1",
        "https://admin.shopify.com/store/demo/orders",
    ],
)
def test_a_shop_is_known_by_handle_domain_or_address(text: str) -> None:
    assert plugin.shop_domain(text) == "demo.myshopify.com"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "shop.example.com",
        "demo.myshopify.com.evil.example",
        "https://evil.example/demo.myshopify.com",
        "demo@evil.example",
        "user:pw@demo.myshopify.com",
        "demo.myshopify.com:8080",
        "ftp://demo",
        "-demo",
        "de mo",
        "dé",
        "https://admin.shopify.com/",
        "a.b.myshopify.com",
        "demo#",
    ],
)
def test_any_other_shop_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"demo\.myshopify\.com"):
        plugin.shop_domain(text)


@pytest.mark.parametrize("text", ["2026-10", " 2027-01 ", "unstable"])
def test_versions_are_quarters(text: str) -> None:
    assert plugin.api_version_text(text) == text.strip()


@pytest.mark.parametrize("text", ["2026", "2026-11", "latest", "2026-10/../x"])
def test_other_versions_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2026-10"):
        plugin.api_version_text(text)


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "soon"])
def test_a_timeout_is_more_than_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="seconds"):
        plugin.seconds(text)


@pytest.mark.parametrize("text", ["http://shop.example", "shop.example", "https://a:b@c.example", "https://x:99999"])
def test_an_address_that_would_leak_or_fail_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        plugin.base_url_text(text)


@pytest.mark.parametrize("text", ["http://orders.example.com", "orders.example.com", "https://a:b@orders.example.com"])
def test_a_webhook_address_that_shopify_would_not_send_to_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"https://orders\.example\.com") as caught:
        plugin.webhook_address_text(text)
    assert "a:b" not in str(caught.value)


def test_a_webhook_address_is_kept_without_its_last_slash() -> None:
    assert plugin.webhook_address_text("https://orders.example.com/") == "https://orders.example.com"
    assert plugin.webhook_address_text("") == ""


def test_an_empty_address_is_none() -> None:
    assert plugin.base_url_text(" ") == ""
    assert plugin.base_url_text("http://127.0.0.1:1/") == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    "settings", [{"shop": "shop.example.com"}, {"shop": None}, {"timeout_s": 0}, {"base_url": "http://example.com"}]
)
def test_a_stored_setting_that_cannot_be_used_is_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"source.{next(iter(settings))}"):
        FakeShopify().source(**settings)


def test_the_plugin_registers_itself_with_its_fields() -> None:
    found: list[Any] = []
    plugin.register_order_sources(found.append)
    (entry,) = found
    assert (entry.name, entry.title) == ("shopify", "Shopify")
    assert [field.name for field in entry.fields if not field.secret] == [
        "shop",
        "base_url",
        "api_version",
        "timeout_s",
        "webhook_address",
    ]
    assert [field.name for field in entry.fields if field.secret] == ["token", "client_id", "client_secret"]
    assert [field.name for field in entry.fields if field.required] == ["shop"]


def test_describing_the_plugin_loads_neither_http_nor_schemas() -> None:
    code = (
        "import sys, importlib.util, order_sync.adapters.shopify.plugin\n"
        "sys.exit(bool({'httpx', 'marshmallow', 'graphql'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0
