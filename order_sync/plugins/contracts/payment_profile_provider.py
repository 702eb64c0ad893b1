"""What every lister of payment profiles promises; a supplier's are bound by `SupplierContract` already."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from order_sync.core.errors import ServiceError
from order_sync.core.ports import PaymentProfileProvider
from order_sync.plugins.contracts.ruled import RuledContract, does_not_apply, raising
from order_sync.plugins.contracts.supplier_buying import NO_ANSWER_TO_A_QUESTION
from order_sync.plugins.contracts.wire import Fault
from order_sync.plugins.rules import rule

BreakQuestions = Callable[[Fault], None]


class PaymentProfileProviderContract(RuledContract):
    """Subclass it and give the fixtures ``payment_profiles`` and ``profile_email``.

    ``break_questions``, where it has a network, has every question go wrong as it is told; ``profile_secrets`` are
    what must show in no error.
    """

    @pytest.fixture
    def payment_profiles(self) -> PaymentProfileProvider:
        """The provider under test."""
        raise NotImplementedError("give a fixture named payment_profiles that returns a PaymentProfileProvider")

    @pytest.fixture
    def profile_email(self) -> str:
        """An e-mail under which the supplier has a payment profile."""
        raise NotImplementedError("give a fixture named profile_email")

    @pytest.fixture
    def profile_secrets(self) -> tuple[str, ...]:
        """What must show in no error."""
        return ()

    @pytest.fixture
    def break_questions(self) -> BreakQuestions:
        """Has every question go wrong."""
        does_not_apply("it has no network")

    @rule("payment_profiles")
    def test_payment_profiles_of_an_email_are_listed(
        self, payment_profiles: PaymentProfileProvider, profile_email: str
    ) -> None:
        """Each with an id and words; an e-mail that nobody has gives none."""
        found = payment_profiles.fetch_profiles(profile_email)
        assert found and all(each.profile_id and each.label for each in found)
        assert len({each.profile_id for each in found}) == len(found)
        assert {each.email.casefold() for each in found} == {profile_email.casefold()}
        assert payment_profiles.fetch_profiles("nobody@example.com") == ()

    @rule("payment_profiles")
    @pytest.mark.parametrize("fault", NO_ANSWER_TO_A_QUESTION)
    def test_payment_profiles_that_could_not_be_asked_for_are_not_none(
        self,
        payment_profiles: PaymentProfileProvider,
        profile_email: str,
        profile_secrets: tuple[str, ...],
        break_questions: BreakQuestions,
        fault: str,
    ) -> None:
        """An error, never an empty list."""
        break_questions(NO_ANSWER_TO_A_QUESTION[fault])
        with raising(ServiceError, secrets=profile_secrets, meanwhile=f"profiles: {fault}"):
            payment_profiles.fetch_profiles(profile_email)
