"""FetchProfiles: which saved payments can pay the supplier."""

from __future__ import annotations

from order_sync.core.errors import ConfigurationError
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.settings import EMAIL
from order_sync.core.ports import PaymentProfileProvider


class FetchProfiles:
    """Lists the payment profiles of a supplier user, and picks one."""

    def __call__(self, provider: PaymentProfileProvider, email: str) -> tuple[PaymentProfile, ...]:
        """The profiles saved under an e-mail address; empty when it has none.

        Raises:
            ConfigurationError: that is no e-mail address.
            AuthenticationError, ServiceUnavailableError, RateLimitedError: see PaymentProfileProvider.
        """
        address = email.strip()
        if not EMAIL.fullmatch(address):
            raise ConfigurationError(
                f"{email!r} is not an e-mail address.",
                next_step="Give the e-mail of the supplier's website user who saved the card or bank account.",
                setting="payment_profile",
            )
        return provider.fetch_profiles(address)

    def select(self, provider: PaymentProfileProvider, email: str, profile_id: str) -> PaymentProfile:
        """The profile of that id, asked for now, so that none is stored that does not exist.

        Raises:
            ConfigurationError: the e-mail has no such profile; names those it has.
        """
        profiles = self(provider, email)
        for profile in profiles:
            if profile.profile_id == str(profile_id).strip():
                return profile
        known = "; ".join(f"{profile.profile_id} ({profile.label})" for profile in profiles)
        raise ConfigurationError(
            f"{email} has no payment profile {profile_id!r} at the supplier.",
            next_step=f"Choose one of: {known}." if known else "Nothing is saved under that e-mail address.",
            setting="payment_profile",
        )
