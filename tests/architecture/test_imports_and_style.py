"""Who may import whom, what errors and ports promise in words, and what a mere import costs."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import order_sync
from order_sync.core import errors, ports

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "order_sync"
HEAVY = (
    "httpx",
    "sqlalchemy",
    "marshmallow",
    "graphql",
    "rich",
    "dependency_injector",
    "cryptography",
    "pluggy",
    "argon2",
    "jwt",
)
ERRORS = [thing for _, thing in inspect.getmembers(errors, inspect.isclass) if thing.__module__ == errors.__name__]
PORT_MODULES = [
    importlib.import_module(f"{ports.__name__}.{module.name}") for module in pkgutil.iter_modules(ports.__path__)
]
PORTS = [
    thing
    for module in PORT_MODULES
    for _, thing in inspect.getmembers(module, inspect.isclass)
    if thing.__module__ == module.__name__ and getattr(thing, "_is_protocol", False)
]
PORT_METHODS = [
    (port, name)
    for port in PORTS
    for name, thing in vars(port).items()
    if not name.startswith("_") and (callable(thing) or isinstance(thing, property))
]
PROCESS_WIDE = {
    "addHandler",
    "basicConfig",
    "captureWarnings",
    "chdir",
    "disable",
    "filterwarnings",
    "install_signal_handlers",
    "putenv",
    "register_at_fork",
    "removeHandler",
    "setLevel",
    "set_start_method",
    "setdefaulttimeout",
    "setlocale",
    "setrecursionlimit",
    "setswitchinterval",
    "signal.signal",
    "simplefilter",
    "umask",
    "atexit.register",
    "os.environ.clear",
    "os.environ.pop",
    "os.environ.setdefault",
    "os.environ.update",
}
"""What changes the process for everybody in it. A filter for our own lines is not among them."""
COMMANDS_OWN = ("cli.py", "commands", "sandbox", "__main__.py")
"""A command has its process to itself."""
STATEFUL_CALLS = {
    "Condition",
    "Counter",
    "Event",
    "Lock",
    "OrderedDict",
    "PluginManager",
    "Queue",
    "RLock",
    "Semaphore",
    "SimpleQueue",
    "ThreadPoolExecutor",
    "WeakKeyDictionary",
    "WeakSet",
    "WeakValueDictionary",
    "bytearray",
    "defaultdict",
    "deque",
    "dict",
    "list",
    "local",
    "set",
}
MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=90
    )


def modules_after(statement: str) -> set[str]:
    """Top-level modules that are loaded after a statement in a new interpreter."""
    done = run_python("-c", f"{statement}; import sys, json; print(json.dumps(sorted(sys.modules)))")
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_the_import_contracts_are_kept():
    done = run_python("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_a_broken_import_contract_would_be_noticed(tmp_path):
    """The contracts are read and enforced: one that forbids what is there fails."""
    config = tmp_path / "contracts.cfg"
    config.write_text(
        "[importlinter]\nroot_package = order_sync\n\n"
        "[importlinter:contract:x]\nname = X\ntype = forbidden\n"
        "source_modules = order_sync.adapters.memory\nforbidden_modules = order_sync.core\n",
        encoding="utf-8",
    )
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = run_python("-c", command, "--no-cache", "--config", str(config))
    assert done.returncode == 1
    assert "1 broken" in done.stdout


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_belongs_to_the_family_and_says_what_it_means(error):
    assert issubclass(error, errors.OrderSyncError)
    assert "__doc__" in vars(error) and inspect.getdoc(error)
    assert "code" in vars(error)


def test_error_codes_are_told_apart():
    codes = [error.code for error in ERRORS]
    assert len(codes) == len(set(codes))


def test_a_write_that_may_have_happened_is_never_called_transient():
    assert not issubclass(errors.OutcomeUnknownError, errors.TransientError)


def test_the_ports_are_found():
    assert {"Clock", "Ledger", "Notifier", "OrderSource", "SupplierGateway"} <= {port.__name__ for port in PORTS}


@pytest.mark.parametrize(("port", "name"), PORT_METHODS, ids=lambda value: getattr(value, "__name__", value))
def test_every_port_method_says_what_it_promises(port, name):
    assert inspect.getdoc(port)
    assert inspect.getdoc(getattr(port, name))


@pytest.mark.parametrize("statement", ["import order_sync", "import order_sync.cli"])
def test_importing_the_package_or_the_command_loads_nothing_heavy(statement):
    loaded = modules_after(statement)
    assert "order_sync" in loaded
    assert loaded.isdisjoint(HEAVY), sorted(loaded & set(HEAVY))


def test_plugins_are_written_without_pytest_unless_their_author_wants_the_suites():
    assert "pytest" not in modules_after("import order_sync.plugins")
    assert "pytest" in modules_after("from order_sync.plugins.contracts import LedgerContract")


def test_the_core_loads_nothing_but_the_standard_library():
    names = [m.name for m in pkgutil.walk_packages([str(PACKAGE / "core")], "order_sync.core.")]
    loaded = modules_after("; ".join(f"import {name}" for name in names))
    before = modules_after("pass")
    assert loaded - before - set(sys.stdlib_module_names) == {"order_sync"}


@pytest.mark.parametrize("name", order_sync.__all__)
def test_every_public_name_can_be_had(name):
    assert getattr(order_sync, name) is not None


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_have_a_docstring_and_keep_no_state_of_their_own(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or not tree.body, "no docstring"
    stateful = []
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names, value = [t.id for t in node.targets if isinstance(t, ast.Name)], node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names, value = [node.target.id], node.value
        else:
            continue
        stateful += [n for n in names if isinstance(value, MUTABLE) and not n.isupper() and not n.startswith("__")]
    assert stateful == []
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global)]


def called(node: ast.Call) -> str:
    return ast.unparse(node.func)


EMBEDDED = [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] not in COMMANDS_OWN]
PUTS_BACK = PACKAGE / "plugins" / "undisturbed.py"
"""Undoes what a plugin changed of the process while it was imported; nothing is left of it."""


@pytest.mark.parametrize(
    "path", [path for path in EMBEDDED if path != PUTS_BACK], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_what_a_host_embeds_changes_nothing_of_the_process_it_lives_in(path):
    """Logging, signals, the environment, the metrics of the process: they are the host's, and the other instance's."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    changed = [called(c) for c in calls if {called(c), called(c).rpartition(".")[2]} & PROCESS_WIDE]
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else []
        changed += [ast.unparse(t) for t in targets if ast.unparse(t).startswith(("os.environ", "sys."))]
        changed += [ast.unparse(t) for t in targets if isinstance(t, ast.Attribute) and t.attr == "propagate"]
    metrics = ("Counter", "Gauge", "Histogram", "Summary", "Info", "Enum")
    if "prometheus_client" in path.read_text(encoding="utf-8"):
        changed += [called(c) for c in calls if called(c) in metrics and "registry" not in {k.arg for k in c.keywords}]
    assert changed == []


@pytest.mark.parametrize("path", EMBEDDED, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_remembered_beyond_an_installation(path):
    """Modules and classes make no containers or locks of their own, and only what never differs is cached."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bodies = [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    for node in (node for body in bodies for node in body):
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Call):
            assert called(value).rpartition(".")[2] not in STATEFUL_CALLS, ast.unparse(node)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            cached = {ast.unparse(d).partition("(")[0].rpartition(".")[2] for d in node.decorator_list}
            assert not (cached & {"cache", "lru_cache"}) or not node.args.args, (
                f"{node.name} is cached by what it is given"
            )
            defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            assert not [d for d in defaults if isinstance(d, MUTABLE)], f"a default of {node.name} can change"
