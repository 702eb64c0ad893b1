"""What every export folder promises: a person's data reaches the operator, whole, and nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from order_sync.core.errors import StorageError
from order_sync.core.ports import ExportFolder

ReadBack = Callable[[str], str]
DOCUMENT = {"connection": "main", "records": [{"name": "Zoë Łukasiewicz", "lines": 2, "shipped": None}]}


class ExportFolderContract:
    """Subclass it and give the fixtures ``export_folder``, ``read_back``, ``for_others`` and ``break_down``.

    ``read_back`` takes what `write` returned and gives the document's text; ``for_others`` takes the same and tells
    whether anybody but the operator may read it; ``break_down`` has the storage fail from now on.
    """

    @pytest.fixture
    def export_folder(self) -> ExportFolder:
        """The folder under test."""
        raise NotImplementedError("give a fixture named export_folder that returns an ExportFolder")

    @pytest.fixture
    def read_back(self) -> ReadBack:
        """Reads what was written, without the folder under test."""
        raise NotImplementedError("give a fixture named read_back")

    @pytest.fixture
    def for_others(self) -> Callable[[str], bool]:
        """Tells whether others may read it."""
        raise NotImplementedError("give a fixture named for_others")

    @pytest.fixture
    def break_down(self) -> Callable[[], None]:
        """Has the storage fail."""
        raise NotImplementedError("give a fixture named break_down")

    def test_a_document_is_kept_as_it_is(self, export_folder: ExportFolder, read_back: ReadBack) -> None:
        """As JSON, in any language; where it is, is told."""
        for document in (DOCUMENT, {}, {"half a character": "\ud83d"}):
            where = export_folder.write("person-1", document)
            assert where and json.loads(read_back(where)) == document

    def test_only_the_operator_may_read_it(
        self, export_folder: ExportFolder, for_others: Callable[[str], bool]
    ) -> None:
        """It holds names and addresses."""
        assert not for_others(export_folder.write("person-1", DOCUMENT))

    @pytest.mark.parametrize("name", ["../../outside", "/etc/passwd", "a\\b", "C:name", "", ".", "ä" * 300, "a\x00b"])
    def test_a_name_leads_nowhere_else(self, export_folder: ExportFolder, read_back: ReadBack, name: str) -> None:
        """A part of it comes from the shop. Beside another document it replaces none."""
        first = export_folder.write("person-1", {"person": 1})
        second = export_folder.write(name, {"person": 2})
        assert json.loads(read_back(first)) == {"person": 1} and json.loads(read_back(second)) == {"person": 2}

    def test_another_document_of_the_same_name_replaces_none(
        self, export_folder: ExportFolder, read_back: ReadBack
    ) -> None:
        """Two people's exports, or two of one person, are both there."""
        first = export_folder.write("person-1", {"person": 1})
        second = export_folder.write("person-1", {"person": 2})
        assert first != second
        assert json.loads(read_back(first)) == {"person": 1} and json.loads(read_back(second)) == {"person": 2}

    def test_names_that_differ_only_in_odd_characters_are_told_apart(
        self, export_folder: ExportFolder, read_back: ReadBack
    ) -> None:
        """Else one would replace the other."""
        written = {export_folder.write(name, {"name": name}): name for name in ("a/b", "a_b", "a.b")}
        assert {json.loads(read_back(where))["name"] for where in written} == {"a/b", "a_b", "a.b"}

    def test_the_same_document_again_is_no_second_one(self, export_folder: ExportFolder, read_back: ReadBack) -> None:
        """A request that is handled again, after a crash, leaves no heap of copies."""
        assert export_folder.write("person-1", DOCUMENT) == export_folder.write("person-1", DOCUMENT)

    def test_what_cannot_be_written_is_said(self, export_folder: ExportFolder, break_down: Callable[[], None]) -> None:
        """StorageError, with what to do: the request is not done then."""
        break_down()
        with pytest.raises(StorageError) as caught:
            export_folder.write("person-1", DOCUMENT)
        assert caught.value.next_step
        assert "Zoë" not in str(caught.value), "the error has a person in it"
