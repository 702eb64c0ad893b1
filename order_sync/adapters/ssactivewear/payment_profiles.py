"""S&S Activewear's saved payments behind the payment profile port."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from order_sync.adapters.http_support import broken_answer
from order_sync.adapters.ssactivewear.answers import SERVICE
from order_sync.adapters.ssactivewear.client import SsActivewearClient
from order_sync.adapters.ssactivewear.schemas import PAYMENT_PROFILE
from order_sync.adapters.ssactivewear.wire import WrongShapeError, lowered, rows
from order_sync.core.errors import ConfigurationError
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.settings import EMAIL

OPERATION = "GET /v2/paymentprofiles/"


class SsActivewearPaymentProfiles:
    """PaymentProfileProvider for one S&S account. Thread-safe."""

    def __init__(self, client: SsActivewearClient) -> None:
        self._client = client

    def fetch_profiles(self, email: str) -> tuple[PaymentProfile, ...]:
        """The cards and bank accounts that the website user of that e-mail saved.

        Raises:
            ConfigurationError: that is no e-mail address.
            RejectedRequestError: S&S refuses the e-mail; ``reasons`` has its words.
        """
        address = email.strip()
        if not EMAIL.fullmatch(address):
            raise ConfigurationError(
                f"{email!r} is not an e-mail address.",
                next_step="Give the e-mail of the S&S website user who saved the payment, such as buyer@example.com.",
                setting="payment_profile",
            )
        document = self._client.get("/v2/paymentprofiles/", operation=OPERATION, params={"email": address})
        try:
            return profiles_of(document, address)
        except WrongShapeError as exc:
            raise broken_answer(SERVICE, OPERATION, write=False, why=str(exc), status=200) from exc


def profiles_of(document: Any, email: str) -> tuple[PaymentProfile, ...]:
    """The profiles of a reply, which is a list or a list inside a list (S&S API v2, payment profiles page)."""
    if isinstance(document, dict) and "profileid" not in lowered(document):
        raise WrongShapeError("an object that is no payment profile")
    try:
        loaded = [PAYMENT_PROFILE.load(row) for row in rows(document)]
    except ValidationError as exc:
        raise WrongShapeError(f"a payment profile with wrong members {sorted(exc.messages_dict)}") from None
    if any(not profile["profile_id"] for profile in loaded):
        raise WrongShapeError("a payment profile without id")
    return tuple(
        PaymentProfile(
            email=email,
            profile_id=profile["profile_id"],
            label=profile["label"],
            kind=profile["kind"] or profile["misspelt_kind"],
        )
        for profile in loaded
    )
