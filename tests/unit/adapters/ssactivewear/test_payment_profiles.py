"""Saved payments."""

from __future__ import annotations

import httpx
import pytest

from order_sync.core.errors import ConfigurationError, MalformedResponseError, RejectedRequestError
from order_sync.core.model.payment_profile import PaymentProfile
from tests.unit.adapters.ssactivewear.fake_ssactivewear import (
    FakeSupplier,
    as_reply,
    documents,
    html_reply,
    json_reply,
    profiles,
)

EMAIL = "buyer@example.com"


@pytest.mark.parametrize("example", ["payment-profiles-nested", "payment-profiles-flat"])
def test_profiles_are_read_nested_and_flat(example):
    supplier = FakeSupplier(as_reply(documents()[example]))
    assert profiles(supplier).fetch_profiles(f" {EMAIL} ") == (
        PaymentProfile(EMAIL, "900100200", "Northwoods Bank 4242 (Dana Quill)", "Credit Card"),
        PaymentProfile(EMAIL, "900100201", "Northwoods Bank 0077 (Quill Prints)", "Bank"),
    )
    assert supplier.last.url.path == "/v2/paymentprofiles/"
    assert supplier.last.url.params["email"] == EMAIL


def test_the_misspelt_type_and_other_casing_are_read_too():
    supplier = FakeSupplier(json_reply({"ProfileID": "7", "ProfyleType": "Bank", "Name": None}))
    assert profiles(supplier).fetch_profiles(EMAIL) == (PaymentProfile(EMAIL, "7", "", "Bank"),)


@pytest.mark.parametrize(
    "reply", [json_reply([]), json_reply([[]]), json_reply({"errors": [{"field": "email", "message": "none"}]}, 404)]
)
def test_none_means_none(reply):
    assert profiles(FakeSupplier(reply)).fetch_profiles(EMAIL) == ()


@pytest.mark.parametrize(
    "reply",
    [
        json_reply({}),
        json_reply([{"name": "x"}]),
        json_reply([{"profileID": ""}]),
        json_reply([3]),
        html_reply(404),
        httpx.Response(200),
    ],
)
def test_what_is_not_understood_is_not_none(reply):
    with pytest.raises(MalformedResponseError):
        profiles(FakeSupplier(reply)).fetch_profiles(EMAIL)


def test_a_refusal_keeps_its_reasons():
    with pytest.raises(RejectedRequestError) as caught:
        profiles(FakeSupplier(json_reply({"errors": [{"field": "email", "message": "who?"}]}, 400))).fetch_profiles(
            EMAIL
        )
    assert caught.value.reasons == (("email", "who?"),)


@pytest.mark.parametrize("email", ["", "buyer", "@", "a@b,c@d", "a b@c"])
def test_what_is_no_email_is_not_asked(email):
    supplier = FakeSupplier(json_reply([]))
    with pytest.raises(ConfigurationError):
        profiles(supplier).fetch_profiles(email)
    assert supplier.requests == []
