"""What every settings store promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from order_sync.core.errors import ConcurrentUpdateError, ConfigurationError, StorageError, UnknownConnectionError
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.settings import Connection, PluginSettings
from order_sync.core.ports import SettingsStore
from order_sync.plugins.contracts.builders import NOW, a_connection, a_location, an_address
from order_sync.plugins.contracts.keeping import all_at_once

VALUE = "hush-9f3a7c"
Reopen = Callable[[], SettingsStore]


class SettingsStoreContract:
    """What a SettingsStore promises: connections come back whole, no change is lost, and no secret is shown.

    The subclass gives:
        settings_store: an empty SettingsStore, made anew for every test.
        reopen: a function that opens what the store keeps once more, as another process would; a store in memory gives
            itself.
    """

    def test_a_new_store_is_empty(self, settings_store: SettingsStore) -> None:
        assert settings_store.names() == ()

    def test_a_connection_comes_back_with_everything_it_has(
        self, settings_store: SettingsStore, reopen: Reopen
    ) -> None:
        full = full_connection()
        saved = settings_store.save(full)
        assert saved == full and saved.revision
        for store in (settings_store, reopen()):
            loaded = store.get("main")
            assert loaded == full and loaded.revision == saved.revision
            assert loaded.order_sync.chosen == full.order_sync.chosen
            assert loaded.order_sync.enabled_since == full.order_sync.enabled_since

    def test_what_was_never_chosen_is_still_not_chosen(self, settings_store: SettingsStore, reopen: Reopen) -> None:
        plain = Connection("main", PluginSettings("memory"), PluginSettings("memory"))
        settings_store.save(plain)
        loaded = reopen().get("main")
        assert loaded == plain and loaded.order_sync.chosen == frozenset()

    @pytest.mark.parametrize("text", ['ünïcode “text” 雪 "\\', "line\nbreak\ttab", " spaces ", "\x00\x1f", "\ud800"])
    def test_text_of_any_kind_comes_back_or_is_refused(
        self, settings_store: SettingsStore, reopen: Reopen, text: str
    ) -> None:
        before = settings_store.save(a_connection())
        changed = replace(before, sku_map={"SKU": text})
        try:
            settings_store.save(changed)
        except StorageError:
            assert reopen().get("main") == before
        else:
            assert reopen().get("main") == changed

    def test_names_are_sorted(self, settings_store: SettingsStore, reopen: Reopen) -> None:
        for name in ("shop-b", "Shop_a", "9", "shop-a"):
            settings_store.save(a_connection(name))
        assert settings_store.names() == reopen().names() == ("9", "Shop_a", "shop-a", "shop-b")

    @pytest.mark.parametrize("name", ["nobody", "", "..", "../main", "main.json", "a/b", "x" * 300])
    def test_an_unknown_connection_is_named(self, settings_store: SettingsStore, name: str) -> None:
        settings_store.save(a_connection())
        with pytest.raises(UnknownConnectionError) as told:
            settings_store.get(name)
        assert told.value.about["connection"] == name
        with pytest.raises(UnknownConnectionError):
            settings_store.delete(name)
        assert settings_store.names() == ("main",)

    def test_every_save_gives_a_revision_with_which_to_save_again(self, settings_store: SettingsStore) -> None:
        first = settings_store.save(a_connection())
        second = settings_store.save(replace(first, sku_map={"A": "B"}))
        third = settings_store.save(replace(settings_store.get("main"), sku_map={"A": "C"}))
        assert len({first.revision, second.revision, third.revision}) == 3
        assert settings_store.get("main").sku_map == {"A": "C"}

    def test_who_saves_an_old_version_is_told_and_changes_nothing(
        self, settings_store: SettingsStore, reopen: Reopen
    ) -> None:
        old = settings_store.save(a_connection())
        new = reopen().save(replace(old, sku_map={"A": "B"}))
        with pytest.raises(ConcurrentUpdateError):
            settings_store.save(replace(old, sku_map={"A": "lost"}))
        assert settings_store.get("main") == new and settings_store.get("main").revision == new.revision

    def test_a_new_connection_does_not_replace_one_of_the_same_name(self, settings_store: SettingsStore) -> None:
        known = settings_store.save(full_connection())
        with pytest.raises(ConcurrentUpdateError):
            settings_store.save(a_connection())
        assert settings_store.get("main") == known and settings_store.get("main").revision == known.revision

    def test_a_connection_that_was_deleted_meanwhile_does_not_come_back(self, settings_store: SettingsStore) -> None:
        old = settings_store.save(a_connection())
        settings_store.delete("main")
        with pytest.raises(ConcurrentUpdateError):
            settings_store.save(old)
        assert settings_store.names() == ()

    def test_what_the_caller_changes_later_is_not_what_was_stored(self, settings_store: SettingsStore) -> None:
        mine = {"A": "B"}
        settings_store.save(replace(a_connection(), sku_map=mine))
        mine["A"] = "C"
        assert settings_store.get("main").sku_map == {"A": "B"}

    def test_a_deleted_connection_leaves_no_secret_behind(self, settings_store: SettingsStore, reopen: Reopen) -> None:
        for name in ("main", "second"):
            settings_store.save(a_connection(name))
            settings_store.set_secret(name, "token", VALUE)
        settings_store.delete("main")
        assert settings_store.names() == reopen().names() == ("second",)
        settings_store.save(a_connection())
        assert settings_store.get_secret("main", "token") is None and settings_store.secret_names("main") == {}
        assert settings_store.get_secret("second", "token") == VALUE

    def test_a_secret_comes_back_and_is_replaced(self, settings_store: SettingsStore, reopen: Reopen) -> None:
        settings_store.save(a_connection())
        assert settings_store.get_secret("main", "token") is None
        for value in (VALUE, " ünïcode “text”\n", "x" * 5000):
            settings_store.set_secret("main", "token", value)
            assert settings_store.get_secret("main", "token") == reopen().get_secret("main", "token") == value
        settings_store.set_secret("main", "other", VALUE)
        assert settings_store.get_secret("main", "token") == "x" * 5000
        assert settings_store.get_secret("second", "token") is None

    def test_a_secret_does_not_change_the_connection(self, settings_store: SettingsStore) -> None:
        saved = settings_store.save(a_connection())
        settings_store.set_secret("main", "token", VALUE)
        assert settings_store.save(replace(saved, sku_map={"A": "B"})).sku_map == {"A": "B"}
        assert settings_store.get_secret("main", "token") == VALUE

    def test_the_names_of_secrets_say_where_each_is_kept_and_no_value(
        self, settings_store: SettingsStore, reopen: Reopen
    ) -> None:
        settings_store.save(a_connection())
        settings_store.set_secret("main", "token", VALUE)
        settings_store.set_secret("main", "other", "env:CONTRACT_TOKEN")
        for store in (settings_store, reopen()):
            names = store.secret_names("main")
            assert set(names) == {"token", "other"} and all(names.values())
            assert names["other"] == "env:CONTRACT_TOKEN" and VALUE not in repr(dict(names))
        assert settings_store.secret_names("second") == {}

    def test_a_secret_kept_in_a_variable_is_looked_up_there_now(
        self, settings_store: SettingsStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings_store.save(a_connection())
        settings_store.set_secret("main", "token", "env:CONTRACT_TOKEN")
        for value in (VALUE, "another"):
            monkeypatch.setenv("CONTRACT_TOKEN", value)
            assert settings_store.get_secret("main", "token") == value
        monkeypatch.delenv("CONTRACT_TOKEN")
        with pytest.raises(ConfigurationError):
            settings_store.get_secret("main", "token")

    def test_a_secret_kept_in_a_file_is_looked_up_there_now(
        self, settings_store: SettingsStore, tmp_path: Path
    ) -> None:
        settings_store.save(a_connection())
        place = tmp_path / "contract-token"
        settings_store.set_secret("main", "token", f"file:{place}")
        for value in (VALUE, "another"):
            place.write_text(f"{value}\n", encoding="utf-8")
            assert settings_store.get_secret("main", "token") == value
        place.unlink()
        with pytest.raises(ConfigurationError):
            settings_store.get_secret("main", "token")

    def test_changes_of_many_threads_at_once_are_all_kept(self, settings_store: SettingsStore, reopen: Reopen) -> None:
        settings_store.save(a_connection())

        def change(number: int) -> None:
            store = settings_store if number % 2 else reopen()
            store.save(a_connection(f"shop-{number}"))
            store.set_secret("main", f"token-{number}", str(number))
            while True:
                known = store.get("main")
                try:
                    store.save(replace(known, sku_map={**known.sku_map, str(number): "B"}))
                except ConcurrentUpdateError:
                    continue
                return

        all_at_once(change, threads=6)
        store = reopen()
        assert set(store.get("main").sku_map) == {str(number) for number in range(6)}
        assert [store.get_secret("main", f"token-{number}") for number in range(6)] == list("012345")
        assert store.names() == ("main", *(f"shop-{number}" for number in range(6)))

    def test_of_many_that_make_a_connection_at_once_one_does(
        self, settings_store: SettingsStore, reopen: Reopen
    ) -> None:
        made: list[Connection] = []

        def make(number: int) -> None:
            store = settings_store if number % 2 else reopen()
            try:
                made.append(store.save(replace(a_connection(), sku_map={"made by": str(number)})))
            except ConcurrentUpdateError:
                return

        all_at_once(make, threads=6)
        (winner,) = made
        assert settings_store.get("main") == winner

    def test_it_says_where_it_keeps_things_and_no_secret(self, settings_store: SettingsStore) -> None:
        settings_store.save(a_connection())
        settings_store.set_secret("main", "token", VALUE)
        assert settings_store.describe().strip() and VALUE not in settings_store.describe()


def full_connection(name: str = "main") -> Connection:
    """A connection with something everywhere, and nothing as it is by default."""
    connection = a_connection(
        name,
        payment_profile=PaymentProfile("buyer@example.com", "p-1", "Visa 4242", "card"),
        disable_dropshipping=True,
        store_address=a_location(address=an_address(company="Shop & Co.", address2="Suite 5", phone="+1 218 555 0100")),
        shipping_method="14",
        warehouse_preference="IL",
        ship_blind=False,
        residential=True,
        email_confirmation="orders@example.com",
        unknown_sku="skip",
        po_template="{prefix}_{order_name}",
        reject_line_errors=False,
        fulfill_when="placed",
        notify_customer=False,
        short_stock="partial",
        hold_above=Decimal("250.10"),
        hold_countries=("CA", "MX"),
        hold_tags=("wholesale", "ünïcode, with a comma"),
        hold_older_than_days=7,
        hold_risk="investigate",
        order_limit=Decimal("99.95"),
        daily_limit=Decimal("1000"),
        overdue_days=9,
        retention_days=None,
        enabled_since=NOW,
    )
    return replace(
        connection,
        source=PluginSettings("memory", {"shop": "demo.myshopify.com", "webhooks": True, "tags": ["a", "b"]}),
        supplier=PluginSettings("memory", {"account": "12345", "timeout_s": 2.5, "note": None}),
        sku_map={"MUG-11OZ": "B00760004", "ünïcode “SKU”": "B2"},
    )
