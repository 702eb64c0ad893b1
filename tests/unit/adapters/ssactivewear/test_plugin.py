"""How the plugin presents itself and builds a gateway."""

from __future__ import annotations

import subprocess
import sys

import httpx
import pytest

from order_sync.adapters.memory import InMemoryAccountGates
from order_sync.adapters.ssactivewear import plugin
from order_sync.core.errors import ConfigurationError
from order_sync.core.use_cases.supplier_calls import SupplierCalls
from order_sync.plugins.registry import SupplierContext
from tests.fakes.clock import ManualClock
from tests.unit.adapters.ssactivewear.fake_ssactivewear import FakeSupplier, json_reply


def build(supplier: FakeSupplier | None = None, **settings):
    clock = ManualClock()
    context = SupplierContext(
        connection="shop",
        settings={"account": "12345", **settings},
        secret={"api_key": "k" * 20}.get,
        clock=clock,
        calls=SupplierCalls(InMemoryAccountGates(), clock, "12345"),
        http_transport=httpx.MockTransport(supplier or FakeSupplier(json_reply([]))),
    )
    return plugin.build(context)


def test_it_registers_one_supplier_with_an_account_field():
    registered = []
    plugin.register_suppliers(registered.append)
    (entry,) = registered
    assert (entry.name, entry.title) == ("ssactivewear", "S&S Activewear")
    assert [field.name for field in entry.fields if field.required] == ["account", "api_key"]
    assert [field.name for field in entry.fields if field.secret] == ["api_key"]


def test_defaults_build_a_gateway_and_payment_profiles_for_the_us():
    supplier = FakeSupplier(json_reply([]))
    built = build(supplier)
    assert built.gateway.check() == "account 12345 at api.ssactivewear.com"
    assert built.payment_profiles.fetch_profiles("a@b.c") == ()
    assert (built.gateway.settle_s, built.gateway.timeout_s) == (120, 60)
    assert built.gateway.capabilities.find_by_po
    assert built.gateway.option_problems(options("81"))
    built.gateway.close()


def options(method):
    from order_sync.core.model.purchase_order import PurchaseOptions

    return PurchaseOptions(shipping_method=method)


def test_the_canadian_host_means_canada_unless_said_otherwise():
    assert build(base_url="https://api-ca.ssactivewear.com/").gateway.option_problems(options("81")) == ()
    assert build(base_url="https://api-ca.ssactivewear.com", country="us").gateway.option_problems(options("81"))
    assert build(base_url="http://localhost:9/x", country="CA").gateway.option_problems(options("81")) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account", ""),
        ("account", "12:34"),
        ("account", "12\n34"),
        ("base_url", "api.ssactivewear.com"),
        ("base_url", "http://api.ssactivewear.com"),
        ("base_url", "https://user:hunter2@example.com"),
        ("base_url", "https://:hunter2@example.com"),
        ("base_url", "https://[::1"),
        ("base_url", "https://example.com:99999"),
        ("base_url", "https://example.com/#x"),
        ("country", "MX"),
        ("settle_s", "-1"),
        ("settle_s", "nan"),
        ("timeout_s", "0"),
        ("timeout_s", "inf"),
        ("base_url", " "),
        ("timeout_s", "soon"),
    ],
)
def test_a_setting_that_cannot_work_is_named_and_no_password_repeated(name, value):
    with pytest.raises(ConfigurationError, match=name) as caught:
        build(**{name: value})
    assert caught.value.about["setting"] == f"supplier.{name}"
    assert "hunter2" not in str(caught.value)
    (field,) = (field for field in plugin.FIELDS if field.name == name)
    with pytest.raises(ValueError, match=r"."):
        field.convert(value)


def test_an_account_needs_no_digits_and_numbers_may_be_stored_as_numbers():
    built = build(account=" C0099 ", settle_s=5, timeout_s="7.5")
    assert (built.gateway.settle_s, built.gateway.timeout_s) == (5, 7.5)
    assert built.gateway.check().startswith("account C0099 at")


def test_listing_the_plugin_does_not_load_the_http_library():
    code = "import sys, order_sync.adapters.ssactivewear.plugin; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
