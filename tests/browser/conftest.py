"""A real Chromium before the real service, beside the simulated shop and supplier."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from order_sync import OrderSync
from tests.integration.web.conftest import served

REQUIRED = os.environ.get("ORDER_SYNC_BROWSER_TESTS") == "required"
"""Set where a browser must be there (the check of a change): what is missing fails instead of being skipped."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE, NARROW = {"width": 1100, "height": 900}, {"width": 360, "height": 740}
IMAGES = Path(__file__).parents[2] / "docs" / "images"


def _missing(what: str, how: str) -> None:
    text = f"NO BROWSER TESTS: {what} is missing. {how}"
    if REQUIRED:
        pytest.fail(text)
    pytest.skip(text)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    path = os.environ.get("ORDER_SYNC_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        _missing("Chromium", "Install it (Debian: apt install chromium), or name it: ORDER_SYNC_CHROMIUM=/path.")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright", "pip install playwright.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core."""
    root = Path(__file__).parents[2]
    places = [
        Path(os.environ.get("ORDER_SYNC_AXE", "/nonexistent")),
        root / ".venv/browser/node_modules/axe-core/axe.min.js",
    ]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        _missing(
            "axe-core", "sh scripts/browser-tools.sh installs it, or name its file: ORDER_SYNC_AXE=/path/axe.min.js."
        )
        raise AssertionError
    return found.read_text(encoding="utf-8")


class Desk:
    """An installation that is served, and pages of a browser before it."""

    def __init__(self, sync: OrderSync, url: str, chromium: Any, sandbox: Any) -> None:
        self.sync = sync
        self.url = url
        self.sandbox = sandbox
        self._chromium = chromium
        self._contexts: list[Any] = []

    def person(self, *, script: bool = True, size: dict[str, int] | None = None, **more: Any) -> Any:
        """A page of somebody who has logged in by a link of his own."""
        context = self._chromium.new_context(
            java_script_enabled=script, viewport=size or WIDE, locale="en-US", timezone_id="America/Chicago", **more
        )
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        page = context.new_page()
        page.errors = []
        page.on("console", lambda told: page.errors.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(link(self.sync, self.url))
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def link(sync: OrderSync, url: str) -> str:
    return f"{url}/login?token={sync.access.new_link()}"


@contextmanager
def a_desk(sync: OrderSync, chromium: Any, sandbox: Any) -> Iterator[Desk]:
    with sync.service(workers=2, look_every_s=1.0) as service, served(sync.asgi_app(service)) as url:
        desk = Desk(sync, url, chromium, sandbox)
        try:
            yield desk
        finally:
            desk.close()


@pytest.fixture
def empty(tmp_path, sandbox, chromium) -> Iterator[Desk]:
    """Nothing is connected yet."""
    with OrderSync(home=tmp_path, environment={}) as sync, a_desk(sync, chromium, sandbox) as desk:
        yield desk


@pytest.fixture
def desk(tmp_path, sandbox, chromium) -> Iterator[Desk]:
    """The simulated shop is connected to the simulated supplier, on, live and automatic."""
    from tests.faults.harness import connect

    with OrderSync(home=tmp_path, environment={}) as sync:
        connect(sync, sandbox)
        with a_desk(sync, chromium, sandbox) as desk:
            yield desk
