"""Saved payments at the supplier."""

from __future__ import annotations

from typing import Protocol

from order_sync.core.model.payment_profile import PaymentProfile


class PaymentProfileProvider(Protocol):
    """Lists what can pay."""

    def fetch_profiles(self, email: str) -> tuple[PaymentProfile, ...]:
        """The payment profiles saved by the supplier's user of that e-mail; empty when there are none.

        Raises:
            AuthenticationError, ServiceUnavailableError, RateLimitedError, MalformedResponseError.
        """
        ...
