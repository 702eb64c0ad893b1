"""Messages to people, over real HTTP: set up, sent by sync and serve, tested, looked at by the doctor."""

from __future__ import annotations

import json
import logging
import sys

import httpx
import pytest
from click.testing import CliRunner

from order_sync import OrderSync
from order_sync.bootstrap import service
from order_sync.bootstrap.config import load_config
from order_sync.cli import cli
from order_sync.core.errors import ConfigurationError
from tests.fakes.post_office import PostOffice
from tests.faults.harness import connect, wait_for
from tests.integration.web.conftest import served

SECRET = "hush-9f3a7c"


@pytest.fixture
def office():
    with PostOffice() as opened:
        yield opened


@pytest.fixture
def sync(tmp_path, sandbox, office):
    with OrderSync(home=tmp_path, environment={"ORDER_SYNC_NOTIFY": office.url}) as opened:
        connect(opened, sandbox)
        yield opened


def run(tmp_path, monkeypatch, *arguments, code=0, **environment):
    monkeypatch.setenv("ORDER_SYNC_HOME", str(tmp_path))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exit_code == code, result.output
    return result


def hold(sandbox, count=1):
    for _ in range(count):
        sandbox.shopify.add_order([{"sku": "MUG-11OZ", "quantity": 1, "title": "Mug"}])


def notification(sync):
    (check,) = [check for check in sync.doctor() if check.name == "notifications"]
    return check


def test_a_sync_tells_what_it_held_once_in_one_message(sync, sandbox, office):
    hold(sandbox, 12)
    sync.sync("main")
    sync.sync("main")
    (message,) = office.messages
    assert message["title"] == "Order Sync: 12 orders of main are held"
    assert "unknown_sku MUG-11OZ" in message["message"] and "#1001, #1002, #1003 and 9 more." in message["message"]


def test_a_service_tells_in_a_thread_of_its_own(sync, sandbox, office, monkeypatch):
    monkeypatch.setattr(service, "TELL_EVERY_S", 0.1)
    monkeypatch.setattr("order_sync.core.policies.causes.GATHER", __import__("datetime").timedelta(seconds=0.2))
    hold(sandbox)
    with sync.service(workers=1, look_every_s=60) as running, served(sync.asgi_app(running)) as url:
        wait_for(lambda: office.messages, "somebody is told")
        assert running.problem() == ""
        assert 'order_sync_notifications_total{outcome="sent"} 1.0' in httpx.get(f"{url}/metrics").text
    assert len(office.messages) == 1


def test_a_service_of_messages_that_is_down_fails_no_work_and_is_in_the_log_and_the_doctor(
    sync, sandbox, office, caplog
):
    office.status = 500
    hold(sandbox)
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "order_sync"):
        look = sync.sync("main")
    assert [record.state for record in look.records] == ["held"]
    assert "a message was not taken by 1. JSON" in caplog.text and "500" in caplog.text
    assert SECRET not in caplog.text
    check = notification(sync)
    assert check.status == "fail" and "do not go out" in check.detail and "notify test" in check.remedy


def test_the_doctor_says_where_messages_go_and_when_the_last_one_did(sync, sandbox):
    assert "none was needed yet" in notification(sync).detail
    hold(sandbox)
    sync.sync("main")
    check = notification(sync)
    assert check.status == "ok" and "1. JSON" in check.detail and "the last went out" in check.detail
    assert SECRET not in repr(sync.config) + check.detail


def test_without_notifications_nothing_is_said_but_by_the_doctor(tmp_path, sandbox):
    with OrderSync(home=tmp_path, environment={}) as quiet:
        connect(quiet, sandbox)
        hold(sandbox)
        quiet.sync("main")
        assert "not set up" in notification(quiet).detail


def test_a_test_message_says_what_each_service_answered(tmp_path, monkeypatch, office):
    with PostOffice() as other:
        other.status = 401
        both = f"{office.url} {other.url}"
        result = run(tmp_path, monkeypatch, "notify", "test", code=1, ORDER_SYNC_NOTIFY=both)
    assert result.stdout.startswith("1. JSON: taken\n2. JSON: ") and "401" in result.stdout
    assert SECRET not in result.output and office.messages[0]["title"] == "Order Sync: a test"


def test_a_digest_is_sent_now_when_asked_for(tmp_path, monkeypatch, office):
    result = run(tmp_path, monkeypatch, "notify", "digest", "--json", ORDER_SYNC_NOTIFY=office.url)
    assert json.loads(result.stdout) == {"deliveries": [{"service": "1. JSON", "problem": ""}]}
    assert office.messages[0]["message"].startswith("Bought: 0 orders")


def test_addresses_are_read_from_a_variable_and_a_file(tmp_path, monkeypatch, office):
    (tmp_path / "urls").write_text(f"{office.url}\n{office.url}\n")
    places = f"env:MY_URL file:{tmp_path / 'urls'}"
    run(tmp_path, monkeypatch, "notify", "test", ORDER_SYNC_NOTIFY=places, MY_URL=office.url)
    assert len(office.messages) == 3


@pytest.mark.parametrize(
    ("notify", "said"),
    [
        ("", "ORDER_SYNC_NOTIFY is not set"),
        ("nonsense-hush-9f3a7c", "Address 1 in ORDER_SYNC_NOTIFY is not one that apprise knows"),
        ("json://127.0.0.1 wrong://hush-9f3a7c", "Address 2"),
        ("env:NOT_SET_ANYWHERE", "names env:NOT_SET_ANYWHERE, and there is nothing there"),
        ("file:/nowhere/urls", "names file:/nowhere/urls"),
    ],
)
def test_addresses_that_cannot_be_used_are_named_by_their_place(tmp_path, monkeypatch, notify, said):
    result = run(tmp_path, monkeypatch, "notify", "test", code=2, ORDER_SYNC_NOTIFY=notify)
    assert said in result.stderr and SECRET not in result.output


def test_a_service_does_not_start_with_addresses_that_cannot_be_used(tmp_path):
    with OrderSync(home=tmp_path, environment={"ORDER_SYNC_NOTIFY": "nonsense"}) as wrong:
        with pytest.raises(ConfigurationError, match="Address 1"):
            wrong.service(workers=1, look_every_s=None).start()
        assert notification(wrong).status == "fail"


def test_a_sync_is_done_all_the_same_when_the_addresses_cannot_be_used(tmp_path, sandbox, caplog):
    with OrderSync(home=tmp_path, environment={"ORDER_SYNC_NOTIFY": "nonsense"}) as wrong:
        connect(wrong, sandbox)
        hold(sandbox)
        assert len(wrong.sync("main").records) == 1
    assert "people could not be told: Address 1" in caplog.text


def test_without_the_package_the_next_step_is_named(tmp_path, monkeypatch, office):
    monkeypatch.delitem(sys.modules, "order_sync.adapters.notify_apprise", raising=False)
    monkeypatch.delitem(sys.modules, "order_sync.adapters.notify_apprise.messenger", raising=False)
    monkeypatch.setitem(sys.modules, "apprise", None)
    result = run(tmp_path, monkeypatch, "notify", "test", code=2, ORDER_SYNC_NOTIFY=office.url)
    assert "apprise is not installed" in result.stderr and "pip install 'order-sync[notify]'" in result.stderr


@pytest.mark.parametrize("text", ["25:00", "8", "08:60", "noon"])
def test_a_time_of_day_that_is_none_is_refused(tmp_path, text):
    with pytest.raises(ConfigurationError, match="ORDER_SYNC_DIGEST_AT"):
        load_config(tmp_path, {"ORDER_SYNC_DIGEST_AT": text})


@pytest.mark.parametrize(("text", "at"), [("", None), ("off", None), ("07:30", "07:30:00"), ("7:05", "07:05:00")])
def test_the_time_of_the_digest_is_a_time_of_day_or_off(tmp_path, text, at):
    digest_at = load_config(tmp_path, {"ORDER_SYNC_DIGEST_AT": text}).digest_at
    assert (digest_at and digest_at.isoformat()) == at


def test_old_answers_to_data_requests_are_named_by_the_doctor_and_kept(sync, tmp_path):
    import os

    folder = tmp_path / "exports"
    folder.mkdir()
    for name in ("main-data-request-1.json", "other-data-request-2.json", "main-data-request-3.json"):
        (folder / name).write_text("{}")
    os.utime(folder / "main-data-request-1.json", (0, 0))
    (check,) = [check for check in sync.doctor("main") if check.name == "old exports"]
    assert check.status == "warn" and "main-data-request-1.json" in check.detail and "request-3" not in check.detail
    assert len(list(folder.iterdir())) == 3
