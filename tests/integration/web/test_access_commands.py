"""`order-sync login`, `order-sync password`, and what `serve` demands and prints."""

from __future__ import annotations

import re

import httpx
import pytest
from click.testing import CliRunner

from order_sync import OrderSync
from order_sync.cli import cli
from tests.faults.harness import serve

PASSWORD = "four random words here"
LINK = re.compile(r"(http://\S+)/login\?token=([\w-]{43})")


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("ORDER_SYNC_HOME", str(tmp_path))
    monkeypatch.delenv("ORDER_SYNC_PUBLIC_URL", raising=False)

    def run(*arguments, text=None):
        return CliRunner().invoke(cli, arguments, input=text)

    return run


def has_password(home):
    with OrderSync(home=home, environment={}) as sync:
        return sync.access.has_password()


def test_the_password_is_asked_for_twice_and_never_shown(run, tmp_path):
    done = run("password", text=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0 and PASSWORD not in done.output
    assert has_password(tmp_path)


def test_two_different_passwords_are_asked_for_again(run, tmp_path):
    done = run("password", text=f"{PASSWORD}\n{PASSWORD}x\n")
    assert done.exit_code != 0 and not has_password(tmp_path)


def test_a_password_is_read_from_stdin_and_removed_again(run, tmp_path):
    assert run("password", "--stdin", text=f"{PASSWORD}\n").exit_code == 0
    with OrderSync(home=tmp_path, environment={}) as sync:
        assert sync.access.check_password(PASSWORD)
    assert "Removed" in run("password", "--remove").output
    assert not has_password(tmp_path)
    assert "no password" in run("password", "--remove").output
    assert run("password", "--remove", "--stdin").exit_code == 2


def test_a_weak_password_is_refused_like_other_wrong_values(run, tmp_path):
    done = run("password", "--stdin", text="short\n")
    assert done.exit_code == 2 and "12 characters" in done.output
    assert not has_password(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "public", "base"),
    [
        ((), None, "http://127.0.0.1:8000"),
        ((), "https://orders.example.com", "https://orders.example.com"),
        (("--url", "http://127.0.0.1:9000/"), "https://orders.example.com", "http://127.0.0.1:9000"),
    ],
)
def test_login_prints_a_link_for_where_serve_listens(run, tmp_path, monkeypatch, arguments, public, base):
    if public:
        monkeypatch.setenv("ORDER_SYNC_PUBLIC_URL", public)
    done = run("login", *arguments)
    line = done.stdout.strip()
    address, _, token = line.partition("/login?token=")
    assert address == base
    with OrderSync(home=tmp_path, environment={}) as sync:
        assert sync.access.use_link(token) and not sync.access.use_link(token)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_serve_on_the_network_needs_a_password_before_it_starts(run, host):
    done = run("serve", "--host", host, "--port", "0")
    assert done.exit_code == 2
    assert "order-sync password" in done.output and "--no-page" in done.output
    assert "Listening" not in done.output


def test_serve_prints_a_link_that_works_and_another_process_prints_more(run, tmp_path):
    with serve(tmp_path) as program:
        url = program.url()
        program.wait_for_line("token=")
        address, token = LINK.search(program.said).groups()
        assert address == url
        first = httpx.get(f"{url}/login?token={token}")
        assert (first.status_code, first.headers["location"]) == (303, "/")
        assert httpx.get(f"{url}/", cookies=dict(first.cookies)).headers["location"] == "/connections"
        assert httpx.get(f"{url}/login?token={token}").status_code == 410
        address, token = LINK.search(run("login", "--url", url).stdout).groups()
        assert httpx.get(f"{address}/login?token={token}").status_code == 303
        assert httpx.get(f"{url}/").headers["location"].startswith("/login")
        assert httpx.get(f"{url}/login", headers={"Host": "evil.example"}).status_code == 421


def test_serve_without_pages_prints_no_link_and_has_none(tmp_path):
    with serve(tmp_path, "--no-page") as program:
        url = program.url()
        assert [httpx.get(url + path).status_code for path in ("/", "/login", "/health")] == [404, 404, 200]
        assert "token=" not in program.said
