"""Listers of payment profiles, export folders and askers of plugins, each with one mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from order_sync.adapters.memory import InMemoryPaymentProfiles
from order_sync.adapters.system.export_folder import PrivateFolder
from order_sync.core.errors import StorageError
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.plan_adjustment import Adjustments
from order_sync.core.ports import NoExtensions
from order_sync.plugins.contracts import ExportFolderContract, ExtensionsContract, PaymentProfileProviderContract
from tests.contract.mistakes.bench import before

# ---------------------------------------------------------------------- payment profiles


class Profiles(PaymentProfileProviderContract):
    made = InMemoryPaymentProfiles

    @pytest.fixture
    def profile_email(self):
        return "buyer@example.com"

    @pytest.fixture
    def payment_profiles(self):
        people = ("buyer@example.com", "other@example.com")
        return self.made({email: (PaymentProfile(email, "7", "Bank 4242", "Bank"),) for email in people})


@before(Profiles)
class RightProfiles(InMemoryPaymentProfiles):
    pass


@before(Profiles, "test_payment_profiles_of_an_email_are_listed")
class ProfilesOfEverybody(InMemoryPaymentProfiles):
    def fetch_profiles(self, email):
        return tuple(each for profiles in self._profiles.values() for each in profiles)


# ---------------------------------------------------------------------- export folders


class Folders(ExportFolderContract):
    made = PrivateFolder

    @pytest.fixture
    def export_folder(self, tmp_path):
        return self.made(tmp_path / "exports")

    @pytest.fixture
    def read_back(self):
        return lambda where: Path(where).read_text(encoding="utf-8")

    @pytest.fixture
    def for_others(self):
        return lambda where: bool(Path(where).stat().st_mode & 0o077)

    @pytest.fixture
    def break_down(self, tmp_path):
        return lambda: (tmp_path / "exports").write_text("in the way", encoding="utf-8")


@before(Folders)
class RightFolder(PrivateFolder):
    pass


@before(Folders, "test_only_the_operator_may_read_it")
class FolderForEverybody(PrivateFolder):
    def write(self, name, document):
        where = super().write(name, document)
        Path(where).chmod(0o644)
        return where


@before(
    Folders,
    "test_another_document_of_the_same_name_replaces_none",
    "test_names_that_differ_only_in_odd_characters_are_told_apart",
)
class FolderThatReplaces(PrivateFolder):
    def _put(self, stem, content):
        target = self._path / f"{stem}.json"
        target.unlink(missing_ok=True)
        return super()._put(stem, content)


@before(Folders, "test_the_same_document_again_is_no_second_one")
class FolderThatPilesUp(PrivateFolder):
    count = 0

    def write(self, name, document):
        self.count += 1
        return super().write(f"{name}-{self.count}", document)


@before(Folders, "test_what_cannot_be_written_is_said")
class FolderThatSaysNothing(PrivateFolder):
    def write(self, name, document):
        try:
            return super().write(name, document)
        except StorageError:
            return "nowhere"


@before(Folders, "test_a_document_is_kept_as_it_is", "test_a_name_leads_nowhere_else")
class FolderThatTrustsNames(PrivateFolder):
    def write(self, name, document):
        self._path.mkdir(mode=0o700, exist_ok=True)
        target = self._path / f"{name}.json"
        target.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return str(target)


# ---------------------------------------------------------------------- plugins' say


class Askers(ExtensionsContract):
    made = NoExtensions

    @pytest.fixture
    def answering(self):
        def make(answer):
            asker = self.made()
            asker.answer = answer
            return asker

        return make


@before(Askers)
class RightAsker(NoExtensions):
    pass


@before(Askers, "test_who_raises_is_left_out", "test_an_odd_answer_is_well_formed_or_left_out")
class AskerThatTrustsPlugins(NoExtensions):
    def resolve_supplier_sku(self, connection, supplier, sku):
        return self.answer()

    def adjust_plan(self, plan):
        answer = self.answer()
        return Adjustments() if answer is None else Adjustments((("one", answer),))


@before(Askers, "test_who_has_no_opinion_changes_nothing")
class AskerThatAlwaysHasAnOpinion(NoExtensions):
    def resolve_supplier_sku(self, connection, supplier, sku):
        return sku
