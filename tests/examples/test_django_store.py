"""The settings store of the Django host keeps the rules of the port."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from order_sync.core.errors import ConcurrentUpdateError, ConfigurationError, StorageError, UnknownConnectionError
from order_sync.core.model.settings import Connection, OrderSyncSettings, PluginSettings
from tests.builders import NOW, a_location
from tests.examples.django_in_this_process import an_empty_store, give_connections_back

SECRET = "s3cret-9f3a7c"


@pytest.fixture
def store(monkeypatch):
    # a browser test before it, in the same process, leaves an event loop behind, which Django takes for its caller's
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    yield an_empty_store()
    give_connections_back()


def a_connection(**changes) -> Connection:
    values = {"enabled": True, "store_address": a_location(), "hold_tags": ("rush",)}
    return Connection(
        "main",
        PluginSettings("shopify", {"shop": "demo.myshopify.com"}),
        PluginSettings("ssactivewear", {"account": "1", "timeout_s": 2.5}),
        OrderSyncSettings().with_values(values, now=NOW),
        **changes,
    )


def test_what_is_saved_is_read_again(store):
    saved = store.save(a_connection(sku_map={"MUG": "B1"}))
    read = store.get("main")
    assert (read, read.revision) == (saved, saved.revision) and read == a_connection(sku_map={"MUG": "B1"})
    assert read.order_sync.chosen == {"enabled", "store_address", "hold_tags"}
    store.save(replace(a_connection(), name="Another"))
    assert store.names() == ("Another", "main")


def test_an_old_revision_and_a_taken_name_are_refused(store):
    first = store.save(a_connection())
    second = store.save(replace(first, sku_map={"A": "B"}))
    for stale in (first, a_connection(), replace(first, revision="no such")):
        with pytest.raises(ConcurrentUpdateError, match="somebody else"):
            store.save(stale)
    assert store.get("main").revision == second.revision and store.get("main").sku_map == {"A": "B"}
    store.delete("main")
    with pytest.raises(ConcurrentUpdateError):
        store.save(second)
    assert store.save(a_connection()).revision not in (first.revision, second.revision)


def test_of_many_that_save_at_once_one_wins(store):
    first, outcomes = store.save(a_connection()), []

    def save(number: int) -> None:
        try:
            store.save(replace(first, sku_map={"A": str(number)}))
            outcomes.append(number)
        except ConcurrentUpdateError:
            outcomes.append(None)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    (winner,) = [number for number in outcomes if number]
    assert len(outcomes) == 8 and store.get("main").sku_map == {"A": str(winner)}


def test_what_is_not_there_is_said_to_be_unknown(store):
    for use in (store.get, store.delete):
        with pytest.raises(UnknownConnectionError, match="nobody"):
            use("nobody")
    assert store.names() == () and store.get_secret("nobody", "k") is None and store.secret_names("nobody") == {}


def test_secrets_are_kept_apart_encrypted_and_never_shown(store, monkeypatch):
    from orders.models import StoredConnection, StoredSecret

    store.save(a_connection())
    store.set_secret("main", "supplier.api_key", SECRET)
    store.set_secret("main", "source.token", "env:HOST_TOKEN")
    assert store.secret_names("main") == {"supplier.api_key": "stored, encrypted", "source.token": "env:HOST_TOKEN"}
    assert store.get_secret("main", "supplier.api_key") == SECRET
    everything = [*StoredConnection.objects.values_list(), *StoredSecret.objects.values_list()]
    assert SECRET not in repr(everything)
    with pytest.raises(ConfigurationError, match="HOST_TOKEN"):
        store.get_secret("main", "source.token")
    monkeypatch.setenv("HOST_TOKEN", "t")
    assert store.get_secret("main", "source.token") == "t"
    store.set_secret("main", "supplier.api_key", "another")
    assert store.get_secret("main", "supplier.api_key") == "another"
    store.delete("main")
    assert store.secret_names("main") == {}


def test_a_secret_of_another_key_and_a_database_that_fails_are_told_in_our_words(store, mocker):
    from django.conf import settings
    from django.db import OperationalError

    store.set_secret("main", "supplier.api_key", SECRET)
    mocker.patch.object(settings, "SECRET_KEY", "replaced")
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        store.get_secret("main", "supplier.api_key")
    mocker.patch("orders.store.StoredConnection.objects.filter", side_effect=OperationalError("gone"))
    with pytest.raises(StorageError, match="Django's database"):
        store.get("main")
