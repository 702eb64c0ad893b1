"""Where exports are left for the operator."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from order_sync.adapters.system.export_folder import PrivateFolder
from order_sync.plugins.contracts import ExportFolderContract


class TestPrivateFolder(ExportFolderContract):
    @pytest.fixture
    def export_folder(self, tmp_path):
        return PrivateFolder(tmp_path / "exports")

    @pytest.fixture
    def read_back(self, tmp_path):
        def read(where):
            assert Path(where).parent == tmp_path / "exports"
            return Path(where).read_text(encoding="utf-8")

        return read

    @pytest.fixture
    def for_others(self):
        return lambda where: bool((Path(where).stat().st_mode | Path(where).parent.stat().st_mode) & 0o077)

    @pytest.fixture
    def break_down(self, tmp_path):
        return lambda: (tmp_path / "exports").write_text("in the way", encoding="utf-8")


@pytest.fixture(autouse=True)
def _open_to_others():
    before = os.umask(0o000)
    yield
    os.umask(before)
