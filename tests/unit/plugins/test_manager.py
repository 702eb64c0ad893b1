"""A broken plugin harms nobody but itself."""

from __future__ import annotations

import types
from types import SimpleNamespace

import pytest

from order_sync.core.errors import ConfigurationError
from order_sync.plugins import SettingsStorePlugin, SupplierPlugin, hookimpl
from order_sync.plugins.manager import load_plugins


def entry(name, load):
    dist = SimpleNamespace(name=f"{name}-package", version="1.2")
    return SimpleNamespace(name=name, value=f"{name}.plugin", dist=dist, load=load)


def plugin(*suppliers, hook="register_suppliers"):
    module = types.ModuleType("some_plugin")

    def register_suppliers(register):
        for supplier in suppliers:
            register(supplier)

    register_suppliers.__name__ = hook
    setattr(module, hook, hookimpl(register_suppliers))
    return module


def supplier(name):
    return SupplierPlugin(name, name.title(), build=lambda context: None)


def raising(error):
    def load():
        raise error

    return load


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (raising(ImportError("no module named x")), "no module named x"),
        (raising(SystemExit(3)), "SystemExit"),
        (raising(RuntimeError()), "RuntimeError"),
        (lambda: plugin(supplier("acme"), hook="register_supplier"), "register_supplier"),
        (lambda: plugin("not a supplier"), "str"),
        (lambda: plugin(), "registers nothing"),
        (lambda: plugin(supplier("good")), "'a-good' already has"),
        (lambda: plugin(supplier("twice"), supplier("twice")), "twice"),
    ],
    ids=["import", "exit", "empty error", "misspelt", "wrong type", "nothing", "duplicate", "own duplicate"],
)
def test_a_broken_plugin_is_quarantined_with_its_reason_and_the_rest_goes_on(load, words):
    found = [entry("a-good", lambda: plugin(supplier("good"))), entry("bad", load)]
    found.append(entry("z-good", lambda: plugin(supplier("other"))))
    plugins = load_plugins(found=found)
    reports = {report.name: report for report in plugins.reports}
    assert reports["bad"].status == "quarantined" and words in reports["bad"].reason
    assert (reports["a-good"].status, reports["z-good"].status) == ("loaded", "loaded")
    assert [each.name for each, _ in plugins.suppliers.items()] == ["good", "other"]


def test_a_plugin_that_fails_half_way_leaves_nothing_behind():
    plugins = load_plugins(found=[entry("half", lambda: plugin(supplier("first"), "rubbish"))])
    assert plugins.suppliers.items() == ()


def test_a_blocked_plugin_is_not_even_loaded():
    plugins = load_plugins(found=[entry("bad", raising(AssertionError))], blocked=["bad"])
    assert [(r.name, r.status) for r in plugins.reports] == [("bad", "blocked")]


def test_a_report_tells_where_a_plugin_comes_from_and_what_it_provides():
    (report,) = load_plugins(found=[entry("acme", lambda: plugin(supplier("acme")))]).reports
    assert (report.origin, report.provides) == ("acme-package 1.2", ("supplier acme",))


def test_a_host_gives_plugins_that_are_treated_alike():
    plugins = load_plugins([("mine", plugin(supplier("acme"))), ("mine", plugin(supplier("again")))], found=[])
    assert [(r.status, r.origin) for r in plugins.reports] == [
        ("loaded", "given by the host"),
        ("quarantined", "given by the host"),
    ]


def test_asking_for_a_plugin_that_is_not_there_lists_those_that_are():
    plugins = load_plugins(found=[entry("acme", lambda: plugin(supplier("acme")))])
    with pytest.raises(ConfigurationError, match="Installed: acme"):
        plugins.suppliers.get("other")


def test_the_built_in_adapters_register_like_any_outsider():
    plugins = load_plugins()
    assert [each.name for each, _ in plugins.order_sources.items()] == ["shopify"]
    assert [each.name for each, _ in plugins.suppliers.items()] == ["ssactivewear"]
    ((store, origin),) = plugins.settings_stores.items()
    assert isinstance(store, SettingsStorePlugin) and origin == "storage_json"
