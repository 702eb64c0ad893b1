"""Connections and secrets in files."""

from __future__ import annotations

import errno
import json
import multiprocessing
import stat
from dataclasses import replace

import pytest

from order_sync.adapters.memory import InMemorySettingsStore
from order_sync.adapters.storage_json.atomic_file import write_atomically
from order_sync.adapters.storage_json.migrations import migrate
from order_sync.adapters.storage_json.settings_store import JsonSettingsStore
from order_sync.core.errors import (
    ConcurrentUpdateError,
    ConfigurationError,
    StorageCorruptError,
    StorageError,
    StorageLockedError,
    UnknownConnectionError,
)
from order_sync.core.model.payment_profile import PaymentProfile
from tests.builders import NOW, a_connection, a_location


@pytest.fixture
def store(tmp_path):
    return JsonSettingsStore(tmp_path)


@pytest.fixture(params=["memory", "json"])
def any_store(request, tmp_path):
    return InMemorySettingsStore() if request.param == "memory" else JsonSettingsStore(tmp_path)


def full_connection():
    return a_connection(
        payment_profile=PaymentProfile("buyer@example.com", "900100200", "Bänk 4242", "Bank"),
        disable_dropshipping=True,
        store_address=a_location(),
        shipping_method="54",
        ship_blind=False,
    )


def test_a_connection_comes_back_as_it_was_saved(any_store):
    saved = any_store.save(full_connection())
    assert any_store.get("main") == full_connection()
    assert any_store.get("main").revision == saved.revision != ""
    assert any_store.get("main").order_sync.chosen == full_connection().order_sync.chosen
    assert any_store.names() == ("main",)


def test_who_saves_an_old_version_is_told_and_overwrites_nothing(any_store):
    first = any_store.save(a_connection())
    any_store.save(replace(first, order_sync=replace(first.order_sync, notify_customer=False)))
    with pytest.raises(ConcurrentUpdateError):
        any_store.save(first)
    with pytest.raises(ConcurrentUpdateError):
        any_store.save(a_connection())
    assert any_store.get("main").order_sync.notify_customer is False


def test_an_unknown_connection_is_named(any_store):
    for call in (any_store.get, any_store.delete):
        with pytest.raises(UnknownConnectionError, match="nowhere"):
            call("nowhere")


def test_deleting_a_connection_deletes_its_secrets(any_store):
    any_store.save(a_connection())
    any_store.set_secret("main", "source.token", "s3cret")
    any_store.delete("main")
    assert any_store.names() == ()
    assert any_store.get_secret("main", "source.token") is None


def test_the_file_is_readable_and_holds_only_what_was_chosen(store, tmp_path):
    store.save(a_connection())
    document = json.loads((tmp_path / "connections" / "main.json").read_text())
    assert (document["version"], document["name"], document["source"]["plugin"]) == (1, "main", "memory")
    assert document["order_sync"]["enabled"] is True
    assert "notify_customer" not in document["order_sync"]


@pytest.mark.parametrize("name", ["../secrets", "a/b", "", ".hidden", "x" * 64])
def test_a_name_never_leaves_the_folder(store, name):
    with pytest.raises(ConfigurationError):
        store.get(name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["order_sync"].update(enabled="yes"), "enabled"),
        (lambda d: d["order_sync"].update(colour="red"), "colour"),
        (lambda d: d["order_sync"].update(unknown_sku="maybe"), "unknown_sku"),
        (lambda d: d["order_sync"].update(po_template="{order_number}"), "po_template"),
        (lambda d: d.pop("source"), "source"),
        (lambda d: d.update(name="other"), "other"),
        (lambda d: d.update(version=2), "version 2"),
        (lambda d: d.update(version="1"), "version"),
    ],
)
def test_a_file_that_cannot_be_understood_stops_with_its_path_and_line(store, tmp_path, change, words):
    store.save(a_connection())
    path = tmp_path / "connections" / "main.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document, indent=2))
    with pytest.raises(StorageCorruptError) as caught:
        store.get("main")
    assert str(path) in str(caught.value) and words in str(caught.value)


def test_the_line_of_a_mistake_is_named(store, tmp_path):
    store.save(a_connection())
    path = tmp_path / "connections" / "main.json"
    lines = path.read_text().splitlines()
    number = next(n for n, line in enumerate(lines, 1) if '"enabled"' in line)
    path.write_text("\n".join([*lines[: number - 1], '    "enabled": oui,', *lines[number:]]))
    with pytest.raises(StorageCorruptError, match=f"line {number}"):
        store.get("main")


def test_a_file_torn_at_any_byte_is_never_read_as_something_else(store, tmp_path):
    store.save(full_connection())
    path = tmp_path / "connections" / "main.json"
    whole = path.read_bytes()
    for length in range(len(whole) - 1):
        path.write_bytes(whole[:length])
        try:
            assert store.get("main") == full_connection()  # only the last newline is missing
        except StorageCorruptError as exc:
            assert str(path) in str(exc)


def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(store, tmp_path, mocker):
    saved = store.save(a_connection())
    mocker.patch("os.replace", side_effect=OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(StorageError, match="No space left"):
        store.save(replace(saved, order_sync=replace(saved.order_sync, notify_customer=False)))
    mocker.stopall()
    assert store.get("main").order_sync.notify_customer is True
    assert [p.name for p in (tmp_path / "connections").iterdir()] == ["main.json"]


def test_text_that_no_file_can_hold_is_refused_and_leaves_no_rubbish(store, tmp_path):
    saved = store.save(a_connection())
    with pytest.raises(StorageError, match="not UTF-8"):
        store.save(replace(saved, sku_map={"MUG": "B\udcff"}))
    assert store.get("main") == saved
    assert [path.name for path in (tmp_path / "connections").iterdir()] == ["main.json"]


def test_an_unfinished_temporary_file_is_no_connection(store, tmp_path):
    store.save(a_connection())
    (tmp_path / "connections" / ".main.json.x1.tmp").write_text("{")
    (tmp_path / "connections" / ".other.json").write_text("{")
    assert store.names() == ("main",)


def test_a_lock_held_too_long_is_named(tmp_path):
    from order_sync.adapters.storage_json.lock import locked

    store = JsonSettingsStore(tmp_path, lock_wait_s=0.1)
    with locked(tmp_path / ".settings.lock"), pytest.raises(StorageLockedError, match="held by another process"):
        store.save(a_connection())


def _bump(home: str, count: int) -> None:
    from pathlib import Path

    store = JsonSettingsStore(Path(home))
    done = 0
    while done < count:
        connection = store.get("main")
        values = dict(connection.source.values)
        values["count"] = values.get("count", 0) + 1
        try:
            store.save(replace(connection, source=replace(connection.source, values=values)))
            done += 1
        except ConcurrentUpdateError:
            continue


def test_two_processes_that_save_at_once_lose_nothing(store, tmp_path):
    store.save(a_connection())
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_bump, args=(str(tmp_path), 15)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert store.get("main").source.values["count"] == 30


def test_old_files_are_migrated_step_by_step():
    steps = {1: lambda d: {**d, "b": 1}, 2: lambda d: {**d, "c": d["b"] + 1}}
    assert migrate({"version": 1}, "x", version=3, migrations=steps) == {"version": 3, "b": 1, "c": 2}


def test_settings_keep_since_when_they_were_turned_on(store):
    store.save(a_connection())
    connection = store.get("main")
    changed = connection.order_sync.with_values({"notify_customer": False}, now=NOW)
    saved = store.save(replace(connection, order_sync=changed))
    assert store.get("main").order_sync.enabled_since == saved.order_sync.enabled_since is not None


# ---------------------------------------------------------------------- secrets


def test_a_stored_secret_is_private_and_comes_back(store, tmp_path):
    store.set_secret("main", "source.token", "shpat_1")
    assert store.get_secret("main", "source.token") == "shpat_1"
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert store.secret_names("main") == {"source.token": "stored"}


def test_secrets_are_encrypted_when_there_is_a_key(tmp_path):
    JsonSettingsStore(tmp_path).set_secret("main", "supplier.api_key", "plain-at-first")
    store = JsonSettingsStore(tmp_path, "a passphrase")
    store.set_secret("main", "source.token", "shpat_1")
    text = (tmp_path / "secrets.json").read_text()
    assert "shpat_1" not in text and "plain-at-first" not in text
    assert store.get_secret("main", "source.token") == "shpat_1"
    assert store.get_secret("main", "supplier.api_key") == "plain-at-first"


@pytest.mark.parametrize("key", [None, "another"])
def test_an_encrypted_secret_without_its_key_says_what_is_missing(tmp_path, key):
    JsonSettingsStore(tmp_path, "right").set_secret("main", "source.token", "shpat_1")
    with pytest.raises(ConfigurationError, match="ORDER_SYNC_SECRET_KEY"):
        JsonSettingsStore(tmp_path, key).get_secret("main", "source.token")


def test_a_secret_in_the_environment_is_looked_up_when_it_is_needed(store, monkeypatch):
    store.set_secret("main", "source.token", "env:SHOP_TOKEN")
    monkeypatch.delenv("SHOP_TOKEN", raising=False)
    with pytest.raises(ConfigurationError, match="env:SHOP_TOKEN"):
        store.get_secret("main", "source.token")
    monkeypatch.setenv("SHOP_TOKEN", "shpat_2")
    assert store.get_secret("main", "source.token") == "shpat_2"
    assert store.secret_names("main") == {"source.token": "env:SHOP_TOKEN"}


def test_a_secret_in_a_file_is_read_when_it_is_needed(store, tmp_path):
    place = tmp_path / "token"
    store.set_secret("main", "source.token", f"file:{place}")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        store.get_secret("main", "source.token")
    place.write_text("shpat_3\n")
    assert store.get_secret("main", "source.token") == "shpat_3"


def test_a_secret_in_the_keyring_is_asked_of_the_keyring(store, mocker):
    pytest.importorskip("keyring")
    asked = mocker.patch("keyring.get_password", return_value="shpat_4")
    store.set_secret("main", "source.token", "keyring:order-sync/main")
    assert store.get_secret("main", "source.token") == "shpat_4"
    asked.assert_called_once_with("order-sync", "main")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"version": 1, "secrets": {"main": {"a": "b"}}}'])
def test_a_damaged_file_of_secrets_stops(store, tmp_path, text):
    (tmp_path / "secrets.json").write_text(text)
    with pytest.raises(StorageCorruptError, match=r"secrets\.json"):
        store.get_secret("main", "source.token")
    with pytest.raises(StorageCorruptError):
        store.set_secret("main", "source.token", "x")
    assert (tmp_path / "secrets.json").read_text() == text


def test_a_file_is_written_with_the_mode_it_is_given(tmp_path):
    write_atomically(tmp_path / "a" / "b.txt", "text", mode=0o640)
    assert stat.S_IMODE((tmp_path / "a" / "b.txt").stat().st_mode) == 0o640
