"""The documentation names what the code has, and its examples run."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

import pytest

from order_sync.cli import COMMANDS
from order_sync.commands.orders import orders as orders_group
from order_sync.core import errors
from order_sync.core.model.settings import PUBLIC_SETTINGS
from order_sync.core.model.sync_record import State
from order_sync.plugins import hookspecs
from order_sync.plugins.reference import hooks as reference_hooks
from order_sync.plugins.reference import reference

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "order_sync" / "core"
PLUGIN_PAGES = tuple(
    f"docs/plugins/{name}.md"
    for name in ("README", "tutorial", "suppliers", "hooks", "contracts", "shops-and-stores", "one-file", "reference")
)
PAGES = (
    "README.md",
    "CHANGELOG.md",
    "docs/operators.md",
    *PLUGIN_PAGES,
    "docs/architecture.md",
    "docs/glossary.md",
    "docs/guards.md",
    "docs/inbox.md",
    "docs/sku-map.md",
    "docs/journal.md",
    "docs/reports.md",
    "docs/access.md",
    "docs/embedding.md",
    "examples/fastapi_host/README.md",
    "examples/django_host/README.md",
)
REASON_CODE = re.compile(
    r"""reason_code="([a-z_]+)"            # record.move(..., reason_code="x")
    |"reason_code":\s"([a-z_]+)"           # the same in a dictionary
    |\b(?:Wait|Ignore|Hold|AddressProblem)\(\s*"([a-z_]+)"
    |\bcode\s=\s"([a-z_]+)"\sif\s.*else\s"([a-z_]+)"
    """,
    re.VERBOSE,
)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODULE_NAME = re.compile(r"# (\w+)\.py\n")
LINK = re.compile(r"\]\(([^)#:]+)\)")
DEVELOPER_PATH = re.compile(r"(?<![\w.])/(?:home|users|root|tmp|mnt|work\w*)/|[a-z]:\\users|\bfile:///", re.IGNORECASE)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def is_named(command: str, group: str, text: str) -> bool:
    """Whether the text names the command: as code of its own, or after the command it belongs to."""
    return f"`{command}`" in text or re.search(rf"\b{group} {command}\b", text) is not None


def test_every_setting_is_in_the_operators_guide() -> None:
    table = page("docs/operators.md")
    assert [name for name in PUBLIC_SETTINGS if f"| `{name}` |" not in table] == []


def test_every_state_is_in_the_operators_guide() -> None:
    guide = page("docs/operators.md")
    assert [state for state in State if f"| `{state}` |" not in guide] == []


def reason_codes() -> set[str]:
    sources = [*CORE.rglob("*.py"), *(ROOT / "order_sync" / "adapters").rglob("*.py")]
    found = {
        code
        for path in sources
        for match in REASON_CODE.finditer(path.read_text(encoding="utf-8"))
        for code in match.groups()
        if code
    }
    assert {"payment", "unknown_sku", "no_answer", "short_shipped"} <= found, "the pattern no longer fits the code"
    return found


def test_every_reason_code_is_in_the_operators_guide() -> None:
    guide = page("docs/operators.md")
    assert sorted(code for code in reason_codes() if f"`{code}`" not in guide) == []


def test_every_error_class_is_in_the_architecture_or_the_plugin_guide() -> None:
    text = page("docs/architecture.md") + page("docs/plugins/suppliers.md") + page("docs/plugins/README.md")
    names = [name for name, item in inspect.getmembers(errors, inspect.isclass) if issubclass(item, Exception)]
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


def test_every_command_is_in_the_readme_or_the_operators_guide() -> None:
    text = page("README.md") + page("docs/operators.md")
    assert [name for name in COMMANDS if not is_named(name, "order-sync", text)] == []


def test_every_orders_command_is_in_the_readme() -> None:
    assert [name for name in orders_group.commands if not is_named(name, "orders", page("README.md"))] == []


def test_every_hook_is_in_the_plugin_guide() -> None:
    hooks = [name for name, item in vars(hookspecs).items() if getattr(item, f"{hookspecs.PROJECT}_spec", None)]
    assert hooks
    assert [name for name in hooks if f"`{name}`" not in page("docs/plugins/hooks.md")] == []


def test_the_reference_of_plugins_is_what_the_code_says() -> None:
    assert page("docs/plugins/reference.md") == reference(), "make docs writes it anew"


def test_every_hook_of_the_reference_says_what_it_gives_and_takes() -> None:
    for name, hook in reference_hooks().items():
        named = set(inspect.signature(hook).parameters)
        assert inspect.getdoc(hook) and all(f"- `{each}`:" in reference() for each in named), name


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "docs/plugins/README.md",
        "docs/plugins/suppliers.md",
        "docs/plugins/one-file.md",
        "docs/plugins/hooks.md",
        "docs/embedding.md",
    ],
)
def test_the_python_examples_of_a_page_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDER_SYNC_HOME", str(tmp_path / "home"))
    monkeypatch.syspath_prepend(str(tmp_path))
    blocks = BLOCK.findall(page(name))
    assert blocks
    namespace: dict[str, object] = {"__name__": "example"}
    modules = []
    try:
        for block in blocks:
            module = MODULE_NAME.match(block)
            if module:
                modules.append(module[1])
                (tmp_path / f"{module[1]}.py").write_text(block, encoding="utf-8")
            exec(compile(block, name, "exec"), namespace)
    finally:
        for module_name in modules:
            sys.modules.pop(module_name, None)


def test_the_readme_is_short() -> None:
    assert len(page("README.md").splitlines()) < 150


@pytest.mark.parametrize("name", PAGES)
def test_no_line_of_a_page_names_a_path_of_a_developers_machine(name: str) -> None:
    assert [line for line in page(name).splitlines() if DEVELOPER_PATH.search(line)] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_to_a_file(name: str) -> None:
    here = (ROOT / name).parent
    assert [target for target in LINK.findall(page(name)) if not (here / target).is_file()] == []
