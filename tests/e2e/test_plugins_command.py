"""Outside packages beside the installed command: what is broken stays alone; what is new is begun, run and graded."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from order_sync.bootstrap import plugin_check
from order_sync.bootstrap.plugin_locate import locate
from order_sync.cli import COMMANDS, cli
from order_sync.core.errors import InvalidPluginError
from tests.fakes.outside import install, with_path

GOOD = """
from order_sync.plugins import {imports}, hookimpl

@hookimpl
def {hook}(register):
    register({entry})
"""
FIELD = 'Field("account", "Account", "Any", required=True)'
SUPPLIER = GOOD.format(
    imports="Field, SupplierPlugin",
    hook="register_suppliers",
    entry=f'SupplierPlugin("{{name}}", "Acme", lambda context: None, ({FIELD},))',
)
MISSPELT = "from order_sync.plugins import hookimpl\n\n@hookimpl\ndef order_plaeced(record):\n    pass\n"
BROKEN = {
    "raises-import": ("raise RuntimeError('cannot start')\n", "RuntimeError: cannot start"),
    "exits": ("import sys\nsys.exit(7)\n", "SystemExit: 7"),
    "recursive": ("def f():\n    return f()\nf()\n", "RecursionError"),
    "syntax": ("def broken(:\n", "SyntaxError"),
    "misspelt": (MISSPELT, "order_plaeced"),
    "other-api": ("ORDER_SYNC_HOOK_API = 2\n" + SUPPLIER.replace("{name}", "two"), "built for hook API 2"),
    "twice": (SUPPLIER.replace("{name}", "ssactivewear"), "which 'ssactivewear' already has"),
    "prints": ("print('hello on stdout')\nprint('{}')\nraise RuntimeError('and breaks')\n", "and breaks"),
    "missing": ("import no_such_module_anywhere\n", "no_such_module_anywhere"),
}
LOUD = "print('{\"hello\": 1}')\n" + SUPPLIER.replace("{name}", "loud")


def run(home: Path, folder: Path, *arguments: str, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("ORDER_SYNC", "_ORDER_SYNC"))}
    done = subprocess.run(
        [sys.executable, "-m", "order_sync", *arguments],
        env=with_path({**mine, "ORDER_SYNC_HOME": str(home), **more}, folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def reports(done: subprocess.CompletedProcess[str]) -> dict[str, dict]:
    return {report["name"]: report for report in json.loads(done.stdout)["plugins"]}


# ---------------------------------------------------------------------- broken plugins beside every command


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A folder with every kind of broken plugin at once, and one that works and prints."""
    folder = tmp_path_factory.mktemp("broken")
    for name, (module, _) in BROKEN.items():
        install(folder, name, module)
    install(folder, "loud", LOUD, version="2.5")
    return folder


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_each_broken_plugin_is_quarantined_with_its_reason_and_json_stays_one_document(home, broken):
    found = reports(run(home, broken, "plugins", "list", "--json"))
    for name, (_, words) in BROKEN.items():
        assert found[name]["status"] == "quarantined" and words in found[name]["reason"], found[name]
    assert (found["loud"]["status"], found["loud"]["origin"]) == ("loaded", "loud 2.5")
    assert {found[name]["status"] for name in ("shopify", "ssactivewear", "storage_json")} == {"loaded"}
    shown = run(home, broken, "plugins", "list").stdout
    assert all(words in shown for _, words in BROKEN.values()) and "loud 2.5" in shown


def test_every_listed_command_works_beside_broken_plugins(home, broken):
    script = (
        "import sys, order_sync.cli as c\n"
        "for name in [*c.COMMANDS, '']:\n"
        "    args = [name, '--help'] if name else ['--help']\n"
        "    try: c.cli(args, prog_name='order-sync')\n"
        "    except SystemExit as e: assert not e.code, (name, e.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=with_path({**os.environ, "ORDER_SYNC_HOME": str(home)}, broken),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0 and done.stdout.count("Usage: order-sync") == len(COMMANDS) + 1, done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("connections", "--json"), 0),
        (("orders", "--json"), 0),
        (("doctor", "--json"), 1),
        (("settings", "main", "--json"), 2),
        (("sync", "main", "--json"), 2),
    ],
)
def test_commands_that_open_the_installation_say_what_they_always_say(home, broken, arguments, code):
    out = run(home, broken, *arguments, code=code).stdout
    assert code == 2 or json.loads(out)


def test_a_connection_of_a_quarantined_supplier_says_why_and_the_doctor_names_it(home, broken, tmp_path):
    folder = tmp_path / "once"
    install(folder, "acme", SUPPLIER.replace("{name}", "acme"))
    given = ("--set", "source.shop=demo.myshopify.com", "--secret", "source.token=env:TOKEN")
    given += ("--set", "supplier.account=1")
    run(home, folder, "connect", "main", "--source", "shopify", "--supplier", "acme", *given, TOKEN="t" * 20)
    install(folder, "acme", "raise RuntimeError('the licence of acme ran out')\n")
    for arguments in (("sync", "main"), ("profiles", "main", "--email", "a@example.com")):
        said = run(home, folder, *arguments, code=2, TOKEN="t" * 20).stderr
        assert "no supplier 'acme'" in said and "the licence of acme ran out" in said, said
    assert "main" in run(home, folder, "connections").stdout
    assert "the licence of acme ran out" in run(home, folder, "settings", "main").stderr
    doctor = json.loads(run(home, folder, "doctor", "--json", code=1).stdout)["checks"]
    named = [check for check in doctor if check["name"] == "plugin acme"]
    assert named and named[0]["status"] == "fail" and "the licence of acme ran out" in named[0]["detail"]
    (settings,) = [check for check in doctor if check["name"] == "settings"]
    assert "the licence of acme ran out" in settings["remedy"] + settings["detail"]


def test_safe_mode_and_blocked_plugins_are_not_even_imported(home, tmp_path):
    folder = tmp_path / "deadly"
    install(folder, "deadly", "import os\nos._exit(41)\n")
    assert run(home, folder, "plugins", "list", code=41).stdout == ""
    for arguments, more in (
        (("--safe-mode", "plugins", "list", "--json"), {}),
        (("plugins", "list", "--json"), {"ORDER_SYNC_SAFE_MODE": "1"}),
        (("plugins", "list", "--json"), {"ORDER_SYNC_BLOCK_PLUGINS": "other, deadly"}),
    ):
        found = reports(run(home, folder, *arguments, **more))
        assert found["deadly"]["status"] == "blocked" and found["shopify"]["status"] == "loaded"
    assert "safe mode" in run(home, folder, "--safe-mode", "doctor").stdout
    run(home, folder, "--safe-mode", "--help")
    run(home, folder, "--safe-mode", "connections")


# ---------------------------------------------------------------------- commands of plugins

COMMAND = """
import click
from order_sync.plugins import CommandPlugin, hookimpl

def hello():
    @click.command()
    @click.option("--name", default="you")
    def command(name):
        click.echo(f"hello {name}")
    return command

def failing():
    @click.command()
    def command():
        raise ZeroDivisionError("by nought")
    return command

def cannot():
    print("on stdout")
    raise SystemExit(9)

@hookimpl
def register_commands(register):
    register(CommandPlugin("hello", "Say hello.", hello))
    register(CommandPlugin("fail", "Fail.", failing))
    register(CommandPlugin("cannot", "Cannot be loaded.", cannot))
    register(CommandPlugin("nothing", "Is none.", lambda: "nothing"))
"""


@pytest.fixture(scope="module")
def commands(tmp_path_factory):
    folder = tmp_path_factory.mktemp("commands")
    install(folder, "greeter", COMMAND)
    return folder


def test_commands_of_plugins_are_listed_run_and_fail_alone(home, commands):
    help_text = run(home, commands, "--help").stdout
    assert "Commands of plugins" in help_text and "Say hello." in help_text and "Cannot be loaded." in help_text
    assert run(home, commands, "hello", "--name", "Dana").stdout == "hello Dana\n"
    said = run(home, commands, "fail", code=1).stderr
    assert "The command 'fail' of a plugin failed: ZeroDivisionError: by nought." in said
    done = run(home, commands, "cannot", code=1)
    assert "'cannot' of a plugin cannot be loaded: SystemExit: 9." in done.stderr and done.stdout == ""
    assert "'nothing' of a plugin is a str and no click command" in run(home, commands, "nothing", code=1).stderr
    assert "No such command 'hello'" in run(home, commands, "--safe-mode", "hello", code=2).stderr


def test_completion_offers_commands_of_plugins_though_some_cannot_be_loaded(home, commands):
    asked = {"_ORDER_SYNC_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "from order_sync.cli import main; main()"],
        env=with_path({**os.environ, **asked, "COMP_WORDS": "order-sync ", "ORDER_SYNC_HOME": str(home)}, commands),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    offered = {line.partition(",")[2] for line in done.stdout.splitlines()}
    assert {"hello", "fail", "cannot", "nothing", "sync", "doctor"} <= offered, done.stderr
    assert "on stdout" not in done.stdout


# ---------------------------------------------------------------------- plugins new


def new(into: Path, *arguments: str, code: int = 0):
    """In this process: nothing of it needs another one."""
    result = CliRunner().invoke(cli, ["plugins", "new", *arguments, "--into", str(into)])
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


@pytest.mark.parametrize("name", ["acme", "acme-supply", "a", "x2", "match", "acme-2-go", "x" * 40])
def test_a_name_that_can_be_typed_is_taken(tmp_path, name, monkeypatch):
    monkeypatch.setenv("ORDER_SYNC_HOME", str(tmp_path / "home"))
    document = json.loads(new(tmp_path, "supplier", name, "--json").stdout)
    folder = Path(document["folder"])
    assert folder == tmp_path / f"order-sync-{name}" and document["distribution"] == f"order-sync-{name}"
    assert sorted(document["files"]) == sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    for path in folder.rglob("*.py"):
        compile(path.read_text(), path, "exec")


@pytest.mark.parametrize(
    "name",
    [
        *("../x", "/etc/x", "a/b", "a\\b", ".", "..", "", " ", "Acme", "acme_supply", "1st", "-x", "x-", "a--b"),
        *("class", "is-not\n", "grüße", "店", "x" * 41, "a b", "acme;rm", "ssactivewear", "shopify"),
    ],
)
def test_any_other_name_writes_nothing_and_says_what_would_do(tmp_path, name, monkeypatch):
    monkeypatch.setenv("ORDER_SYNC_HOME", str(tmp_path / "home"))
    (tmp_path / "into").mkdir()
    result = new(tmp_path / "into", "supplier", name, code=2)
    assert list((tmp_path / "into").iterdir()) == [] and not (tmp_path / "order-sync-x").exists()
    said = ("cannot name a plugin", "already", "No such option")
    assert any(words in result.stderr for words in said), result.stderr


def test_a_folder_that_is_there_or_cannot_be_written_is_left_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("ORDER_SYNC_HOME", str(tmp_path / "home"))
    taken = tmp_path / "order-sync-acme"
    taken.mkdir()
    (taken / "mine").write_text("x")
    assert "exists already" in new(tmp_path, "supplier", "acme", code=2).stderr
    assert [path.name for path in taken.iterdir()] == ["mine"]
    (tmp_path / "order-sync-empty").mkdir()
    new(tmp_path, "settings-store", "empty")
    (tmp_path / "order-sync-file").write_text("x")
    assert "exists already" in new(tmp_path, "supplier", "file", code=2).stderr
    assert "file" in new(tmp_path / "order-sync-file", "supplier", "acme", code=2).stderr
    said = new(Path("/proc/nowhere"), "supplier", "acme", code=2).stderr
    assert "cannot be written" in said and "--into" in said
    new(tmp_path / "deep" / "er", "supplier", "acme")
    assert "json" in new(tmp_path, "settings-store", "json", code=2).stderr


# ---------------------------------------------------------------------- the generated projects


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """Both kinds, as they are written: kind -> folder. Whoever changes one copies it."""
    into = tmp_path_factory.mktemp("projects")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDER_SYNC_HOME", str(into / "home"))
        new(into, "supplier", "acme-supply")
        new(into, "settings-store", "vault")
    return {"supplier": into / "order-sync-acme-supply", "store": into / "order-sync-vault"}


@pytest.fixture
def store(projects, tmp_path):
    return copied(projects["store"], tmp_path)


@pytest.fixture
def supplier(projects, tmp_path):
    return copied(projects["supplier"], tmp_path)


def copied(project: Path, into: Path) -> Path:
    return Path(shutil.copytree(project, into / project.name, ignore=shutil.ignore_patterns("__pycache__")))


def finish(project: Path) -> Path:
    """Every YOUR PART done, as an author does."""
    for path in project.rglob("*.py"):
        text = path.read_text()
        path.write_text(re.sub(r"# YOUR PART", "# Done", text).replace("UNFINISHED = True", "UNFINISHED = False"))
    return project


def change(project: Path, file: str, *pairs: tuple[str, str]) -> None:
    (path,) = project.rglob(file)
    text = path.read_text()
    for old, replacement in pairs:
        assert old in text, (file, old)
        text = text.replace(old, replacement)
    path.write_text(text)


def pytest_in(project: Path, *arguments: str, path: Path | None = None) -> None:
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("ORDER_SYNC", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=project,
        env=with_path(mine, path) if path else mine,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def checked(home: Path, what: Path | str, *options: str, code: int = 0, **more: str) -> tuple[str, dict[str, dict]]:
    """The grade of the only plugin there, and every rule's row."""
    done = run(home, home, "plugins", "check", str(what), "--json", *options, code=code, **more)
    (plugin,) = json.loads(done.stdout)["plugins"]
    return plugin["grade"], {row["rule"]: row for row in plugin["rules"]}


@pytest.mark.parametrize("kind", ["supplier", "store"])
def test_a_new_project_passes_its_own_tests_at_once(projects, kind):
    pytest_in(projects[kind])


def test_an_installed_project_is_found_connected_and_checked_by_any_of_its_names(
    home, store, supplier, tmp_path, monkeypatch
):
    place = tmp_path / "site"
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--target", str(place))
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, str(store), str(supplier)], check=True, timeout=90
    )
    pytest_in(supplier, "tests/test_order_sync_acme_supply.py", path=place)
    found = reports(run(home, place, "plugins", "list", "--json"))
    assert found["acme-supply"]["status"] == found["vault"]["status"] == "loaded"
    assert found["acme-supply"]["origin"] == "order-sync-acme-supply 0.1.0"
    assert found["acme-supply"]["grade"] == "not checked"
    assert "cancel" in found["acme-supply"]["capabilities"]["acme-supply"]
    monkeypatch.syspath_prepend(place)
    for name in ("vault", "order-sync-vault", "Order_Sync.Vault", "order_sync_vault", "order_sync_vault.plugin"):
        assert [(each.name, each.version, each.readme) for each in locate(name)] == [("vault", "0.1.0", True)]
    done = run(home, place, "plugins", "check", "Order_Sync.Vault", "--json", code=1)
    (plugin,) = json.loads(done.stdout)["plugins"]
    assert plugin["plugin"] == "vault"
    bound = next(row for row in plugin["rules"] if row["rule"] == "contract_bound")
    assert bound["result"] == "fail", "its tests are not installed with it"


def test_an_unfinished_project_has_no_grade_and_is_told_where_its_authors_part_is(home, store):
    grade, rules = checked(home, store, code=1)
    assert grade == "none" and rules["author_part_done"]["result"] == "fail"
    assert re.search(
        r"plugin\.py: UNFINISHED is True, plugin\.py:\d+, storage\.py:\d+", rules["author_part_done"]["why"]
    )
    assert {row["result"] for name, row in rules.items() if name != "author_part_done"} == {"pass"}


def test_a_finished_store_is_gold_whatever_it_prints_and_whatever_options_somebody_has_set_for_pytest(home, store):
    own = "import os\n\ndef test_x():\n    os.write(1, b'x' * 5_000_000)\n    print('y' * 5_000_000)\n"
    (finish(store) / "tests" / "test_own.py").write_text(own)
    options = {"PYTEST_ADDOPTS": "-k nothing_at_all", "PYTEST_PLUGINS": "no_such_plugin"}
    assert checked(home, store, "--at-least", "gold", **options)[0] == "gold"


def test_a_finished_supplier_is_gold_and_what_is_exempt_is_shown_with_its_reason(home, supplier):
    finish(supplier)
    change(supplier, "test_contract.py", ("    @pytest.fixture\n", EXEMPTS_ONE + "    @pytest.fixture\n"))
    grade, rules = checked(home, supplier, "--at-least", "gold")
    assert grade == "gold", {name: row["why"] for name, row in rules.items() if row["result"] == "fail"}
    assert rules["several_orders"]["result"] == "exempt" and rules["several_orders"]["why"] == "It has one warehouse."
    assert rules["prices"]["result"] == "exempt" and "does not declare prices" in rules["prices"]["why"]
    assert rules["author_part_done"]["result"] == "pass"


EXEMPTS_ONE = '    exempt = {"several_orders": "It has one warehouse."}\n\n'


def test_each_mistake_in_a_supplier_fails_the_rule_that_it_breaks(home, supplier):
    finish(supplier)
    request = "answer = self._http.request(method, self._base_url + path, headers=headers, **request)\n"
    indent = " " * 16
    retry = f"{indent}if answer.status_code >= 500:\n{indent}    {request}"
    change(
        supplier,
        "client.py",
        (f"{indent}{request}", f"{indent}{request}{retry}"),
        ("headers=headers, **request)", 'headers=headers, **{"params": {"key": key}, **request})'),
        ("    try:\n        document = answer.json()\n", NOT_FOUND),
    )
    change(
        supplier,
        "mapping.py",
        ('"test": purchase_order.mode is not Mode.LIVE', '"test": False'),
        ("return Submission(orders, refused)", "return Submission(orders)"),
    )
    grade, rules = checked(home, supplier, code=1)
    failed = {name for name, row in rules.items() if row["result"] == "fail"}
    assert grade == "none"
    assert {"sends_once", "not_absence", "test_orders", "secrets", "partial_lines", "own_tests_pass"} <= failed, failed
    assert {"loads", "contract_bound", "author_part_done", "cancels", "credentials"} & failed == set()


NOT_FOUND = """    if status == 404:
        return {"orders": [], "items": [], "profiles": [], "refused": []}
    try:
        document = answer.json()
"""


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        (
            "    @pytest.fixture(autouse=True)\n    def _no(self):\n        pytest.skip('exempt: it never fails')\n\n",
            "is skipped",
        ),
    ],
    ids=["skip that says exempt"],
)
def test_what_is_skipped_in_another_way_fails(home, supplier, extra, why):
    finish(supplier)
    change(supplier, "test_contract.py", ("    @pytest.fixture\n", extra + "    @pytest.fixture\n"))
    grade, rules = checked(home, supplier, code=1)
    assert grade == "none" and rules["sends_once"]["result"] == "fail", rules["sends_once"]
    assert why in rules["sends_once"]["why"]


def test_what_may_not_be_exempt_is_not_and_says_so_once(home, supplier):
    finish(supplier)
    exempt = '    exempt = {"sends_once": "It never fails.", "several_orders": " ", "nothing": "x"}\n\n'
    change(supplier, "test_contract.py", ("    @pytest.fixture\n", exempt + "    @pytest.fixture\n"))
    grade, rules = checked(home, supplier, code=1)
    assert grade == "none" and rules["sends_once"]["result"] == rules["several_orders"]["result"] == "pass"
    told = rules["own_tests_pass"]["why"]
    reasons = ("the rule sends_once always applies", "'several_orders' is exempt without a reason", "'nothing'")
    for words in ("1 of ", *reasons):
        assert words in told, told


SUITE_TEST = "test_a_new_store_is_empty"
OVERRIDE = f"    def {SUITE_TEST}(self):\n        pass\n\n"
DESELECT = """
def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if "{}" not in item.name]
"""


@pytest.mark.parametrize("how", ["override", "skip", "addopts", "conftest", "one case"])
def test_a_test_of_the_suite_that_is_replaced_or_left_out_does_not_pass(home, store, how):
    finish(store)
    if how in ("override", "skip"):
        mark = "" if how == "override" else f"    @pytest.mark.{how}(reason='later')\n"
        change(store, "test_contract.py", ("    @pytest.fixture\n", mark + OVERRIDE + "    @pytest.fixture\n"))
    elif how == "addopts":
        change(store, "pyproject.toml", ("--strict-markers", f"--strict-markers -k 'not {SUITE_TEST}'"))
    else:
        left_out = SUITE_TEST if how == "conftest" else "[line"
        (store / "tests" / "conftest.py").write_text(DESELECT.format(left_out))
    grade, rules = checked(home, store, code=1)
    assert grade == "none" and rules["settings_store"]["result"] == "fail", rules


def test_tests_that_end_the_process_have_shown_nothing(home, store):
    (finish(store) / "tests" / "test_own.py").write_text("import os\n\ndef test_x():\n    os._exit(0)\n")
    grade, rules = checked(home, store, code=1)
    assert grade == "none" and "no test ran" in rules["own_tests_pass"]["why"]


def test_a_check_that_hangs_ends_with_everything_it_started(store, tmp_path, monkeypatch):
    monkeypatch.setattr(plugin_check, "LONGEST_S", 4.0)
    marker = tmp_path / "pid"
    (store / "tests" / "test_own.py").write_text(HANGS.format(str(marker)))
    (found,) = locate(str(store))
    with pytest.raises(InvalidPluginError, match="not done within 4 s"):
        plugin_check.check_plugin(found)
    assert marker.exists()
    assert not alive(int(marker.read_text()))


HANGS = """
import pathlib, subprocess, sys, time

def test_a():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    pathlib.Path({!r}).write_text(str(child.pid))
    time.sleep(300)
"""


def alive(pid: int) -> bool:
    """Whether it runs; one that ended and that nobody asked about counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    "what", ["no-such-plugin", "", "/nowhere/at/all", "x" * 5000, "\0", "order_sync.core", "../..", "grüße"]
)
def test_nonsense_to_check_is_answered_by_a_sentence(home, what, monkeypatch):
    monkeypatch.setenv("ORDER_SYNC_HOME", str(home))
    result = CliRunner().invoke(cli, ["plugins", "check", what])
    assert result.exit_code == 2 and "order-sync plugins list" in result.stderr, result.output


@pytest.mark.parametrize(
    "text", ["[project]\n", "project = 1\n", "[project]\nentry-points = []\n", "not toml [", "\x00"]
)
def test_a_folder_without_a_plugin_is_said_to_be_none(home, tmp_path, text, monkeypatch):
    monkeypatch.setenv("ORDER_SYNC_HOME", str(home))
    (tmp_path / "pyproject.toml").write_text(text)
    result = CliRunner().invoke(cli, ["plugins", "check", str(tmp_path)])
    assert result.exit_code == 2 and "pyproject.toml" in result.stderr, result.output


def test_without_pytest_the_next_step_is_named(home, store, monkeypatch):
    monkeypatch.setenv("ORDER_SYNC_HOME", str(home))
    monkeypatch.setattr(plugin_check, "has_pytest", lambda: False)
    result = CliRunner().invoke(cli, ["plugins", "check", str(store)])
    assert result.exit_code == 2 and "pip install 'order-sync[kit]'" in result.stderr


def test_a_plugin_that_ends_the_process_when_loaded_is_said_to_do_so(home, store):
    change(store, "plugin.py", ("ORDER_SYNC_HOOK_API = 1", "import os; print('bye', flush=True); os._exit(5)"))
    said = run(home, home, "plugins", "check", str(store), code=1).stderr
    assert "'vault' ends the process that loads it (with 5): bye" in said


def test_a_plugin_that_does_not_load_is_graded_none_with_the_reason(home, store):
    change(store, "plugin.py", ("ORDER_SYNC_HOOK_API = 1", "ORDER_SYNC_HOOK_API = 2"))
    grade, rules = checked(home, store, code=1)
    assert grade == "none" and "built for hook API 2" in rules["loads"]["why"]


def test_grades_are_listed_until_the_files_change(home, tmp_path):
    folder = tmp_path / "site"
    install(folder, "acme", SUPPLIER.replace("{name}", "acme"))
    run(home, folder, "plugins", "check", "acme", code=1)
    run(home, folder, "plugins", "check", "storage_json", "--at-least", "gold")
    found = reports(run(home, folder, "plugins", "list", "--json"))
    assert found["storage_json"]["grade"] == "gold" and found["shopify"]["grade"] == "not checked"
    assert found["acme"]["grade"].startswith("none")
    install(folder, "acme", SUPPLIER.replace("{name}", "acme") + "# changed\n")
    found = reports(run(home, folder, "plugins", "list", "--json"))
    assert found["acme"]["grade"].startswith("not checked since it changed (was none")


def test_our_own_supplier_is_gold(home):
    assert checked(home, "ssactivewear", "--at-least", "gold")[0] == "gold"
