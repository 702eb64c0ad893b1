"""Tokens, keys and webhook secrets are replaced under a running service, wherever they are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.faults.accounts import account_of, settled
from tests.faults.harness import Program, connect, opened, post, serve, serving, wait_for
from tests.faults.test_broken_machine import JumpingClock

SECRETS = {"source.token": "token", "supplier.api_key": "api_key", "source.client_secret": "client_secret"}


def _rotate(sandbox, name):
    """The vendor's side: the old secret is no longer good."""
    if name == "source.token":
        sandbox.shopify.token = "shpat_rotated000000000000000001"
        return sandbox.shopify.token
    if name == "supplier.api_key":
        sandbox.supplier.api_key = "6a1f3c9e-0000-4000-8000-00000000beef"
        return sandbox.supplier.api_key
    sandbox.shopify.client_secret = "sandbox-secret-rotated"
    return sandbox.shopify.client_secret


def _paid(sandbox):
    return sandbox.shopify.webhook("orders/paid", sandbox.shopify.add_order([("B00760004", 2)]))


@pytest.mark.parametrize("name", ["source.token", "supplier.api_key"])
def test_a_refused_key_rests_the_connection_says_so_and_a_replaced_file_is_enough_to_go_on(tmp_path, sandbox, name):
    clock = JumpingClock()
    kept = tmp_path / "kept"
    kept.write_text(sandbox.credentials()[SECRETS[name]])
    with opened(tmp_path / "home", clock=clock) as sync:
        connect(sync, sandbox, **{name.replace(".", "__"): f"file:{kept}"})
        service = sync.service(workers=2, look_every_s=None)
        with service, serving(sync.asgi_app(service)) as url:
            assert post(url, _paid(sandbox)) == 200
            wait_for(lambda: settled(sandbox, sync), lambda: str(account_of(sandbox, sync)))
            good = _rotate(sandbox, name)
            late = [_paid(sandbox) for _ in range(3)]
            assert [post(url, each) for each in late] == [200] * 3
            pause = wait_for(lambda: sync.container.pauses().all().get("main"), "the connection rests")
            assert pause.code == "authentication" and pause.next_action
            assert any(check.status == "fail" for check in sync.doctor("main") if check.name == "pause")
            assert len(sandbox.supplier.orders) == 1
            kept.write_text(good)
            clock.offset += timedelta(seconds=90)  # it is tried again by itself after a minute
            wait_for(lambda: settled(sandbox, sync), lambda: str(account_of(sandbox, sync)))
            wait_for(lambda: not sync.container.pauses().all(), "it rests no more")
    assert len(sandbox.supplier.orders) == 4


@pytest.mark.parametrize("name", ["source.token", "supplier.api_key"])
def test_connecting_again_with_the_new_key_wakes_a_service_of_another_process(tmp_path, sandbox, name):
    with opened(tmp_path) as sync:
        connect(sync, sandbox)
        with serve(tmp_path) as program:
            url = program.url()
            assert post(url, _paid(sandbox)) == 200
            wait_for(lambda: settled(sandbox, sync), lambda: str(account_of(sandbox, sync)))
            good = _rotate(sandbox, name)
            assert post(url, _paid(sandbox)) == 200
            wait_for(lambda: sync.container.pauses().all(), "the connection rests")
            program.wait_for_line("paused")
            assert good not in program.said
            (tmp_path / "new").write_text(good)
            with Program(tmp_path, "connect", "main", "--secret", f"{name}=file:{tmp_path / 'new'}") as connecting:
                assert connecting.ended() == 0, connecting.said
            wait_for(lambda: settled(sandbox, sync), lambda: f"{account_of(sandbox, sync)}\n{program.said}")
            assert program.process.poll() is None
    assert len(sandbox.supplier.orders) == 2


def test_a_secret_from_the_environment_is_read_by_the_next_start(tmp_path, sandbox):
    with opened(tmp_path) as sync:
        connect(sync, sandbox, supplier__api_key="env:SS_KEY_OF_TEST")
        old = sandbox.supplier.api_key
        good = _rotate(sandbox, "supplier.api_key")
        with serve(tmp_path, SS_KEY_OF_TEST=old) as program:
            assert post(program.url(), _paid(sandbox)) == 200
            wait_for(lambda: sync.container.pauses().all(), "the connection rests")
            assert program.stop() == 0
        sync.connect("main")  # as an operator does, or a minute passes
        with serve(tmp_path, SS_KEY_OF_TEST=good):
            wait_for(lambda: settled(sandbox, sync), lambda: str(account_of(sandbox, sync)))
    assert len(sandbox.supplier.orders) == 1


@pytest.mark.parametrize("kind", ["stored", "file"])
def test_a_rotated_webhook_secret_counts_without_a_restart(tmp_path, sandbox, kind):
    kept = tmp_path / "kept"
    kept.write_text(sandbox.shopify.client_secret)
    reference = f"file:{kept}" if kind == "file" else sandbox.shopify.client_secret
    with opened(tmp_path / "home") as sync:
        connect(sync, sandbox, source__client_secret=reference)
        with serve(tmp_path / "home") as program:
            url = program.url()
            signed_with_old = _paid(sandbox)
            assert post(url, signed_with_old) == 200
            good = _rotate(sandbox, "source.client_secret")
            assert post(url, _paid(sandbox)) == 401  # signed with a secret that we were not told
            kept.write_text(good)
            if kind == "stored":
                sync.connect("main", secrets={"source.client_secret": good})
            wait_for(
                lambda: post(url, sandbox.shopify.webhook("orders/paid", next(iter(sandbox.shopify.orders)))) == 200,
                "the new secret counts",
            )
            for order in sandbox.shopify.orders:
                assert post(url, sandbox.shopify.webhook("orders/paid", order)) == 200
            wait_for(lambda: settled(sandbox, sync), lambda: f"{account_of(sandbox, sync)}\n{program.said}")
            wait_for(lambda: post(url, signed_with_old) == 401, "the old one no longer does")
    assert len(sandbox.supplier.orders) == 2
