"""A broken plugin harms nobody but itself."""

from __future__ import annotations

import logging
import os
import sys
import types
import warnings
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest

from order_sync import cli
from order_sync.core.errors import ConfigurationError
from order_sync.core.model.supplier_order import Capabilities
from order_sync.plugins import (
    CommandPlugin,
    Field,
    NotifierPlugin,
    OrderSourcePlugin,
    SettingsStorePlugin,
    SupplierPlugin,
    hookimpl,
)
from order_sync.plugins.manager import load_plugins
from order_sync.plugins.registry import BUILT_IN_COMMANDS

ACCOUNT = (Field("account", "Account", required=True),)


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
    return SupplierPlugin(name, name.title(), build=lambda context: None, fields=ACCOUNT)


class OwnBaseException(BaseException):
    pass


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError("no words")


def quarantined(*given, **options):
    """The reason of the last of these objects; those before it load."""
    plugins = load_plugins([(f"p{number}", each) for number, each in enumerate(given)], found=[], **options)
    assert [report.status for report in plugins.reports] == ["loaded"] * (len(given) - 1) + ["quarantined"]
    return plugins.reports[-1].reason


def raising(error):
    def load():
        raise error

    return load


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (raising(ImportError("no module named x")), "no module named x"),
        (raising(SystemExit(3)), "SystemExit"),
        (raising(GeneratorExit()), "GeneratorExit"),
        (raising(OwnBaseException("of its own")), "OwnBaseException: of its own"),
        (raising(RecursionError("maximum recursion depth exceeded")), "RecursionError"),
        (raising(SyntaxError("invalid syntax")), "SyntaxError: invalid syntax"),
        (raising(RuntimeError()), "RuntimeError"),
        (raising(Unspeakable()), "Unspeakable"),
        (raising(RuntimeError("\n\n\x1b[31mred\x07" + "x" * 5000)), "[31mred xxx"),
        (lambda: None, "registers nothing"),
        (lambda: plugin(supplier("acme"), hook="register_supplier"), "register_supplier"),
        (lambda: plugin("not a supplier"), "str"),
        (lambda: plugin(), "registers nothing"),
        (lambda: plugin(supplier("good")), "'a-good' already has"),
        (lambda: plugin(supplier("twice"), supplier("twice")), "twice"),
    ],
    ids=[
        *("import", "exit", "generator exit", "base exception", "recursion", "syntax", "empty error", "no text"),
        *("escapes", "none", "misspelt", "wrong type", "nothing", "duplicate", "own duplicate"),
    ],
)
def test_a_broken_plugin_is_quarantined_with_its_reason_and_the_rest_goes_on(load, words):
    found = [entry("a-good", lambda: plugin(supplier("good"))), entry("bad", load)]
    found.append(entry("z-good", lambda: plugin(supplier("other"))))
    plugins = load_plugins(found=found)
    reports = {report.name: report for report in plugins.reports}
    assert reports["bad"].status == "quarantined" and words in reports["bad"].reason
    assert reports["bad"].reason.isprintable() and len(reports["bad"].reason) <= 600
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


# ---------------------------------------------------------------------- hook API versions


@pytest.mark.parametrize("says", [{}, {"ORDER_SYNC_HOOK_API": 1}], ids=["nothing", "1"])
def test_a_plugin_for_this_hook_api_loads_and_one_that_says_nothing_is_taken_for_version_1(says):
    module = plugin(supplier("acme"))
    vars(module).update(says)
    (report,) = load_plugins([("acme", module)], found=[]).reports
    assert report.status == "loaded"


@pytest.mark.parametrize("version", [2, 0, "1", True, None, 1.0, (1,)])
def test_another_hook_api_is_quarantined_and_both_versions_are_named(version):
    module = plugin(supplier("acme"))
    module.ORDER_SYNC_HOOK_API = version
    assert f"built for hook API {version!r}; this Order Sync has hook API 1" in quarantined(module)


# ---------------------------------------------------------------------- hooks that are none


def a_told_plugin(function, **options):
    """An object whose only hook is this function, told of placed orders."""
    module = types.ModuleType("told")
    fresh = types.FunctionType(function.__code__, function.__globals__)  # a mark stays on a function
    module.order_placed = hookimpl(fresh, **options)
    return module


def told(record):
    pass


def wraps(record):
    yield


async def not_awaited(record):
    pass


async def not_iterated(record):
    yield


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (a_told_plugin(wraps, wrapper=True), "wraps the hook order_placed"),
        (a_told_plugin(wraps, hookwrapper=True), "wraps the hook order_placed"),
        (a_told_plugin(wraps), "a generator as hook order_placed"),
        (a_told_plugin(not_awaited), "an async function as hook order_placed"),
        (a_told_plugin(not_iterated), "an async function as hook order_placed"),
        (a_told_plugin(lambda recrod: None), "recrod"),
        (a_told_plugin(lambda record, more: None), "more"),
        (a_told_plugin(told, specname="order_palced"), "order_palced"),
    ],
)
def test_a_hook_that_could_not_work_is_refused_and_named(module, words):
    assert words in quarantined(module)


def test_a_function_called_like_a_hook_without_the_mark_is_refused_because_nobody_would_call_it():
    module = plugin(supplier("acme"))
    module.order_held = lambda record: None
    assert "order_held that is not marked as a hook" in quarantined(module)


def test_a_class_in_the_place_of_an_object_is_refused():
    class Told:
        @hookimpl
        def order_placed(self, record):
            pass

    assert "is a class, and its hook order_placed needs an object" in quarantined(Told)
    assert load_plugins([("told", Told())], found=[]).reports[0].status == "loaded"


def test_a_plugin_that_is_merely_told_loads_and_its_hooks_are_reported():
    (report,) = load_plugins([("told", a_told_plugin(told))], found=[]).reports
    assert (report.status, report.provides, report.hooks) == ("loaded", (), ("order_placed",))


class LooksBroken:
    """Whose attributes raise when somebody looks at them."""

    @hookimpl
    def order_placed(self, record):
        pass

    @property
    def zzz(self):
        raise RuntimeError("do not look")

    @property
    def order_held(self):
        raise SystemExit(4)


class HidesItsVersion(LooksBroken):
    @property
    def ORDER_SYNC_HOOK_API(self):
        raise RuntimeError("do not look")


def test_an_attribute_that_raises_when_looked_at_is_left_alone_or_quarantines_its_plugin_only():
    given = [("broken", LooksBroken()), ("hides", HidesItsVersion()), ("good", plugin(supplier("acme")))]
    plugins = load_plugins(given, found=[])
    assert [(r.name, r.status) for r in plugins.reports] == [
        ("broken", "loaded"),
        ("hides", "quarantined"),
        ("good", "loaded"),
    ]


# ---------------------------------------------------------------------- what is registered


def registering(hook, *entries):
    module = types.ModuleType("gives")

    def give(register):
        for entry in entries:
            register(entry)

    give.__name__ = hook
    setattr(module, hook, hookimpl(give))
    return module


def build(context):
    return None


def notifier(name="pager"):
    return NotifierPlugin(name, "Pager", build)


def command(name="hello", load=build):
    return CommandPlugin(name, "Say hello", load)


def a_supplier(**changes):
    given = {"name": "acme", "title": "Acme", "build": build, "fields": ACCOUNT, **changes}
    return SupplierPlugin(**given)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (a_supplier(name=""), "'', which is no name"),
        (a_supplier(name=" acme"), "no name"),
        (a_supplier(name="ac\nme"), "no name"),
        (a_supplier(name=7), "no name"),
        (a_supplier(name=None), "no name"),
        (a_supplier(name=["acme"]), "no name"),
        (a_supplier(name="x" * 101), "no name"),
        (a_supplier(title=None), "title is no text"),
        (a_supplier(build=None), "build cannot be called"),
        (a_supplier(build="acme:build"), "build cannot be called"),
        (a_supplier(fields=()), "lack 'account': PO numbers are unique inside an account"),
        (a_supplier(fields=(Field("region", "Region"),)), "lack 'account'"),
        (a_supplier(fields=(Field("account", "Account", secret=True),)), "lack 'account'"),
        (a_supplier(fields=None), "no tuple of Field"),
        (a_supplier(fields="account"), "no tuple of Field"),
        (a_supplier(fields=(f for f in ACCOUNT)), "no tuple of Field"),
        (a_supplier(fields=("account",)), "a str that is no Field"),
        (a_supplier(fields=(*ACCOUNT, *ACCOUNT)), "'account' twice"),
        (a_supplier(fields=(*ACCOUNT, Field(None, "x"))), "called None"),
        (a_supplier(fields=(*ACCOUNT, Field("x", None))), "'x' has a title or help that is no text"),
        (a_supplier(fields=(*ACCOUNT, Field("x", "X", convert=None))), "'x' has a convert that cannot be called"),
        (a_supplier(fields=(*ACCOUNT, Field("x", "X", choices="ab"))), "'x' has choices"),
        (a_supplier(capabilities=("find_by_po",)), "capabilities are no Capabilities"),
        (None, "a NoneType as supplier; it must be a SupplierPlugin"),
        (SupplierPlugin, "a type as supplier"),
        (notifier(), "a NotifierPlugin as supplier"),
    ],
)
def test_a_supplier_that_could_only_fail_later_is_refused_when_it_is_loaded(entry, words):
    assert words in quarantined(registering("register_suppliers", entry))


def test_what_a_supplier_declares_is_in_its_report():
    entry = a_supplier(capabilities=Capabilities(find_by_po=False, test_orders=True))
    (report,) = load_plugins([("acme", registering("register_suppliers", entry))], found=[]).reports
    assert report.capabilities == {"acme": ("test_orders",)}


@pytest.mark.parametrize(
    ("hook", "entry"),
    [
        ("register_order_sources", OrderSourcePlugin("shop", "Shop", None)),
        ("register_order_sources", OrderSourcePlugin("shop", "Shop", build, ("shop",))),
        ("register_settings_stores", SettingsStorePlugin("store", "Store", 7)),
        ("register_settings_stores", SettingsStorePlugin(b"store", "Store", build)),
        ("register_notifiers", NotifierPlugin("pager", "Pager", None)),
        ("register_notifiers", SettingsStorePlugin("pager", "Pager", build)),
        ("register_commands", CommandPlugin("hello", "Hello", None)),
        ("register_commands", CommandPlugin("hello", 7, build)),
    ],
)
def test_other_garbage_is_refused_too(hook, entry):
    assert "InvalidPluginError: Plugin 'p0' regist" in quarantined(registering(hook, entry))


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_no_plugin_takes_the_name_of_a_built_in_command(name):
    assert f"the command '{name}', which Order Sync itself has" in quarantined(
        registering("register_commands", command(name))
    )


@pytest.mark.parametrize(
    "name", ["", "Hello", "-hello", "1st", "hello world", "hello\n", "x" * 32, "grüße", None, 7, "--x"]
)
def test_a_command_that_nobody_could_type_is_refused(name):
    assert "registers the command" in quarantined(registering("register_commands", command(name)))


def test_a_command_of_two_plugins_stays_with_the_first():
    given = [registering("register_commands", command()) for _ in range(2)]
    assert "the command 'hello', which 'p0' already has" in quarantined(*given)


def test_the_names_kept_from_plugins_are_those_of_the_command_line():
    assert frozenset(cli.COMMANDS) == BUILT_IN_COMMANDS


def test_notifiers_are_registered_and_no_two_have_a_name():
    given = [registering("register_notifiers", notifier()) for _ in range(2)]
    assert "the notifier 'pager', which 'p0' already has" in quarantined(*given)


# ---------------------------------------------------------------------- names and order


@pytest.fixture
def modules(monkeypatch):
    """Modules that entry points can load: name -> module."""

    def add(name, module):
        monkeypatch.setitem(sys.modules, name, module)

    return add


OWN = [
    EntryPoint("shopify", "order_sync.adapters.shopify.plugin", "order_sync"),
    EntryPoint("ssactivewear", "order_sync.adapters.ssactivewear.plugin", "order_sync"),
]


def outside(name, value):
    """An entry point of another distribution."""
    point = EntryPoint(name, value, "order_sync")
    vars(point)["dist"] = SimpleNamespace(name="elsewhere", version="1.0")
    return point


@pytest.mark.parametrize(
    ("name", "taken"),
    [("shopify", "already called 'shopify'"), ("aaa", "'ssactivewear', which 'ssactivewear' already has")],
)
def test_an_outside_plugin_never_takes_a_name_from_a_built_in_one_and_harms_nothing_of_it(modules, name, taken):
    modules("impostor", plugin(supplier("ssactivewear")))
    plugins = load_plugins(found=[outside(name, "impostor"), *OWN])
    assert [r.status for r in plugins.reports] == ["loaded", "loaded", "quarantined"]
    assert taken in plugins.reports[-1].reason
    assert [entry.name for entry, _ in plugins.order_sources.items()] == ["shopify"]
    assert [entry.title for entry, _ in plugins.suppliers.items()] == ["S&S Activewear"]


def test_a_distribution_that_points_at_our_own_module_is_not_taken_for_built_in():
    plugins = load_plugins(found=[outside("aaa", "order_sync.adapters.ssactivewear.plugin"), *OWN], safe_mode=True)
    assert {r.name: (r.status, r.built_in) for r in plugins.reports} == {
        "shopify": ("loaded", True),
        "ssactivewear": ("loaded", True),
        "aaa": ("blocked", False),
    }


def test_the_second_of_a_name_takes_nothing_from_the_first():
    given = [("mine", plugin(supplier("acme"))), ("mine", plugin(supplier("again")))]
    assert [entry.name for entry, _ in load_plugins(given, found=[]).suppliers.items()] == ["acme"]


@pytest.mark.parametrize("thing", [plugin(supplier("acme")), a_told_plugin(told)], ids=["gives", "is told"])
def test_the_same_object_twice_is_loaded_once(thing):
    plugins = load_plugins([("one", thing), ("two", thing)], found=[])
    assert [r.status for r in plugins.reports] == ["loaded", "quarantined"]
    assert len(plugins.manager.get_plugins()) == 1


def test_safe_mode_does_not_import_what_is_from_outside_and_loads_nothing_that_a_host_gives():
    assert "never_imported" not in sys.modules
    given = [("given", plugin(supplier("acme")))]
    plugins = load_plugins(given, found=[outside("out", "never_imported"), *OWN], safe_mode=True)
    assert [(r.name, r.status) for r in plugins.reports] == [
        ("shopify", "loaded"),
        ("ssactivewear", "loaded"),
        ("out", "blocked"),
        ("given", "blocked"),
    ]
    assert all("safe mode" in r.reason for r in plugins.reports[2:])


def test_ctrl_c_while_plugins_load_is_no_defect_of_a_plugin():
    with pytest.raises(KeyboardInterrupt):
        load_plugins(found=[entry("slow", raising(KeyboardInterrupt()))])


# ---------------------------------------------------------------------- what importing a plugin does


def test_what_a_plugin_prints_when_it_is_imported_is_not_on_stdout(capsys):
    def load():
        print("hello from the plugin")
        return plugin(supplier("acme"))

    assert load_plugins(found=[entry("loud", load)]).reports[0].status == "loaded"
    out, err = capsys.readouterr()
    assert out == "" and "hello from the plugin" in err


def test_a_warning_on_import_quarantines_only_where_warnings_are_errors():
    def load():
        warnings.warn("soon gone", DeprecationWarning, stacklevel=1)
        return plugin(supplier("acme"))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert load_plugins(found=[entry("old", load)]).reports[0].status == "loaded"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (report,) = load_plugins(found=[entry("old", load)]).reports
    assert report.status == "quarantined" and "DeprecationWarning: soon gone" in report.reason


@pytest.mark.parametrize("fails", [False, True])
def test_importing_a_plugin_changes_neither_our_variables_nor_our_log(monkeypatch, fails, caplog):
    monkeypatch.setenv("ORDER_SYNC_HOME", "/somewhere")
    monkeypatch.delenv("ORDER_SYNC_SAFE_MODE", raising=False)

    def load():
        os.environ["ORDER_SYNC_HOME"] = "/elsewhere"
        os.environ["ORDER_SYNC_SAFE_MODE"] = "1"
        os.environ["ACME_REGION"] = "west"
        logging.disable(logging.CRITICAL)
        ours = logging.getLogger("order_sync")
        ours.disabled, ours.propagate = True, False
        ours.addHandler(logging.NullHandler())
        if fails:
            raise RuntimeError("no")
        return plugin(supplier("acme"))

    monkeypatch.setenv("ACME_REGION", "")
    load_plugins(found=[entry("meddler", load)])
    assert os.environ["ORDER_SYNC_HOME"] == "/somewhere" and "ORDER_SYNC_SAFE_MODE" not in os.environ
    assert os.environ["ACME_REGION"] == "west", "what is its own it may set"
    logging.getLogger("order_sync").error("still heard")
    assert "still heard" in caplog.text and logging.getLogger("order_sync").handlers == []


# ---------------------------------------------------------------------- broken installations


@pytest.mark.parametrize("text", [b"[order_sync]\nnonsense\n", b"\xff\xfe[order_sync]\nx = x\n"])
def test_a_list_of_entry_points_that_cannot_be_read_is_reported_and_stops_no_other(tmp_path, monkeypatch, text):
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_bytes(text)
    monkeypatch.syspath_prepend(tmp_path)
    reports = {report.name: report for report in load_plugins().reports}
    assert reports["shopify"].status == "loaded" and reports["ssactivewear"].status == "loaded"
    assert reports["broken"].status == "quarantined" and "cannot be read" in reports["broken"].reason


def test_a_distribution_without_metadata_is_loaded_and_named_by_its_module(tmp_path, monkeypatch):
    (tmp_path / "bare-1.0.dist-info").mkdir()
    (tmp_path / "bare-1.0.dist-info" / "entry_points.txt").write_text("[order_sync]\nbare = bare_module\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "bare_module", plugin(supplier("acme")))
    (report,) = [report for report in load_plugins().reports if report.name == "bare"]
    assert report.status == "loaded" and report.origin == "bare_module"
