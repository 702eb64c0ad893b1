"""What an operator at a terminal sees: questions, tables, colours or none."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time


def on_a_terminal(installation, *args: str, answers: tuple[str, ...] = (), **environment: str) -> tuple[int, str]:
    """Run the command on a pseudo-terminal; each answer is typed once a question (": ") has come.

    Returns its exit code and everything it showed.
    """
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "order_sync", *args],
        env={**installation.environment, "TERM": "xterm-256color", "COLUMNS": "160", **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown, answered, waiting = b"", 0, list(answers)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if waiting and shown[answered:].rstrip(b" ").endswith(b":"):
                answered = len(shown)
                time.sleep(0.05)  # a hidden question drops what was typed before it
                os.write(ours, waiting.pop(0).encode() + b"\n")
        code = process.wait(10)
    os.close(ours)
    return code, shown.decode("utf-8", "replace")


def test_connect_asks_for_what_is_missing_and_hides_secrets(installation, sandbox):
    credentials = sandbox.credentials()
    # kind of shop, kind of supplier, shop, token, client id, client secret, account, key
    answers = ("shopify", "ssactivewear", credentials["shop"], "env:SHOPIFY_TOKEN", "", "", "12345", "env:SS_API_KEY")
    code, shown = on_a_terminal(installation, "connect", "main", answers=answers)
    assert code == 0, shown
    assert "Kind of shop" in shown and "Connection main is saved" in shown
    stored = installation.json("connections", "main")
    assert stored["source"]["shop"] == credentials["shop"]
    assert stored["secrets"] == {"source.token": "env:SHOPIFY_TOKEN", "supplier.api_key": "env:SS_API_KEY"}


def test_fetch_profiles_asks_which_one_pays(installation, sandbox):
    installation.set_up("enabled=true")
    code, shown = on_a_terminal(installation, "profiles", "main", answers=("buyer@example.com", "900100201"))
    assert code == 0, shown
    assert "Payment profiles of buyer@example.com" in shown and "pays from now on" in shown
    profile = installation.json("settings", "main")["settings"]["payment_profile"]["value"]
    assert profile["profile_id"] == "900100201"


def test_tables_have_colours_on_a_terminal_and_none_with_no_color(installation, sandbox):
    installation.set_up("enabled=true")
    _, coloured = on_a_terminal(installation, "doctor")
    _, plain = on_a_terminal(installation, "doctor", NO_COLOR="1")
    assert "\x1b[32m" in coloured and "\x1b[32m" not in plain
    assert "┃" in plain
    assert "┃" not in installation.run("doctor")
