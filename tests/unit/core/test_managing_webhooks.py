"""What a shop sends, compared with what it should, and made so."""

from __future__ import annotations

import pytest

from order_sync.core.errors import AccessDeniedError, RejectedRequestError, ServiceUnavailableError
from order_sync.core.use_cases.manage_webhooks import ManageWebhooks, endpoint
from tests.fakes.webhooks import TOPICS, FakeWebhooks

URI = "https://orders.example.com/webhooks/main"
OLD = "https://old.example.com/webhooks/main"
OTHER = "https://orders.example.com/webhooks/second"
manage = ManageWebhooks()


def test_a_new_shop_misses_every_topic_and_registering_adds_them() -> None:
    shop = FakeWebhooks()
    assert manage.status(shop, URI).missing == TOPICS
    assert not manage.status(shop, URI).complete
    done = manage.register(shop, URI)
    assert (done.added, done.unchanged, done.set_elsewhere) == (TOPICS, (), ("shop/redact",))
    assert manage.status(shop, URI).complete


def test_a_second_run_changes_nothing() -> None:
    shop = FakeWebhooks()
    manage.register(shop, URI)
    shop.changes.clear()
    assert manage.register(shop, URI).unchanged == TOPICS
    assert shop.changes == []


def test_an_old_host_and_what_cannot_be_used_are_repaired_in_place() -> None:
    shop = FakeWebhooks(("orders/paid", OLD, True), ("orders/updated", URI, False))
    status = manage.status(shop, URI)
    assert [each.topic for each in status.drifted] == ["orders/paid", "orders/updated"]
    done = manage.register(shop, URI)
    assert (done.repaired, done.added) == (("orders/paid", "orders/updated"), ("app/uninstalled",))
    assert {each.uri for each in shop.subscriptions()} == {URI} and len(shop.kept) == 3


def test_of_repeats_the_right_one_stays_and_the_others_are_removed() -> None:
    shop = FakeWebhooks(("orders/paid", OLD, True), ("orders/paid", URI, False), ("orders/paid", URI, True))
    status = manage.status(shop, URI)
    assert [each.subscription_id for each in status.subscribed] == ["S3"]
    assert {each.subscription_id for each in status.surplus} == {"S1", "S2"}
    assert manage.register(shop, URI).removed == ("orders/paid",) * 2
    assert "S3" in shop.kept and not {"S1", "S2"} & set(shop.kept)


def test_a_repeat_that_has_the_address_is_repaired_rather_than_one_that_would_have_to_move_there() -> None:
    shop = FakeWebhooks(("orders/paid", OLD, True), ("orders/paid", URI, False))
    manage.register(shop, URI)
    assert [each.subscription_id for each in shop.subscriptions() if each.topic == "orders/paid"] == ["S2"]


def test_a_topic_that_we_do_not_use_is_not_sent_to_us_any_more() -> None:
    shop = FakeWebhooks(("PRODUCTS_UPDATE", URI, False))
    assert [each.topic for each in manage.status(shop, URI).surplus] == ["PRODUCTS_UPDATE"]
    manage.register(shop, URI)
    assert "S1" not in shop.kept


@pytest.mark.parametrize(
    "uri",
    [
        OTHER,
        "https://hooks.example.org/shopify",
        "arn:aws:events:example",
        "https://orders.example.com/main",
        URI + "x",
    ],
)
def test_other_endpoints_of_the_app_are_left_alone(uri: str) -> None:
    shop = FakeWebhooks(("orders/paid", uri, True))
    assert [each.uri for each in manage.status(shop, URI).foreign] == [uri]
    manage.register(shop, URI)
    assert [each.uri for each in manage.remove(shop, URI).foreign] == [uri]
    assert list(shop.kept) == ["S1"]


@pytest.mark.parametrize("uri", [URI + "/", URI + "?a=1", "http://127.0.0.1:8000/app/webhooks/main"])
def test_our_path_on_any_host_is_ours(uri: str) -> None:
    shop = FakeWebhooks(("orders/paid", uri, True))
    assert [each.uri for each in manage.status(shop, URI).drifted] == [uri]


def test_removing_needs_no_address_and_ends_ours_on_every_host() -> None:
    shop = FakeWebhooks(("orders/paid", OLD, True), ("orders/paid", URI, True), ("orders/paid", OTHER, True))
    done = manage.remove(shop, endpoint("", "main"))
    assert (len(done.removed), len(done.foreign)) == (2, 1)
    assert manage.remove(shop, endpoint("", "main")).removed == ()


def test_one_refused_topic_does_not_keep_the_others_from_coming() -> None:
    shop = FakeWebhooks()
    shop.refuses["orders/updated"] = AccessDeniedError("No scope.", next_step="Give it.")
    done = manage.register(shop, URI)
    assert done.added == ("orders/paid", "app/uninstalled")
    assert done.refused == (("orders/updated", "No scope. Give it."),)
    assert manage.status(shop, URI).missing == ("orders/updated",)


def test_a_shop_that_refuses_everything_is_an_error() -> None:
    shop = FakeWebhooks()
    shop.refuses = dict.fromkeys(TOPICS, RejectedRequestError("Address is not allowed"))
    with pytest.raises(RejectedRequestError, match="not allowed"):
        manage.register(shop, URI)


def test_a_shop_that_cannot_be_reached_ends_the_run_and_the_next_one_goes_on() -> None:
    shop = FakeWebhooks()
    shop.refuses["orders/updated"] = ServiceUnavailableError("down")
    with pytest.raises(ServiceUnavailableError):
        manage.register(shop, URI)
    shop.refuses.clear()
    done = manage.register(shop, URI)
    assert (done.unchanged, done.added) == (("orders/paid",), ("orders/updated", "app/uninstalled"))
