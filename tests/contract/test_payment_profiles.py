"""Who lists payment profiles without a supplier beside it."""

from __future__ import annotations

import pytest

from order_sync.adapters.memory import InMemoryPaymentProfiles
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.plugins.contracts import PaymentProfileProviderContract


class TestInMemory(PaymentProfileProviderContract):
    @pytest.fixture
    def profile_email(self):
        return "buyer@example.com"

    @pytest.fixture
    def payment_profiles(self, profile_email):
        return InMemoryPaymentProfiles({profile_email: (PaymentProfile(profile_email, "7", "Bank 4242", "Bank"),)})
