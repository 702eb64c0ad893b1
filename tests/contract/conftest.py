"""Every implementation of the ports that keep things."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.storages import KINDS, Storage, a_storage


@pytest.fixture(params=KINDS)
def storage(request, tmp_path) -> Iterator[Storage]:
    made = a_storage(request.param, tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def ledger(storage):
    return storage.ledger


@pytest.fixture
def journal(storage):
    return storage.journal


@pytest.fixture
def personal_data(storage):
    return storage.personal_data


@pytest.fixture
def record_reader(storage):
    return storage.reader
