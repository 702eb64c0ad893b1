"""The campaign of `make faults`, small: everything breaks at random, and every order is bought once."""

from __future__ import annotations

import os
import time

import pytest

from tests.faults.campaign import HEAD, campaign


@pytest.mark.timeout(300)
def test_whatever_breaks_every_order_is_bought_and_written_back_once_and_no_acknowledged_event_is_lost():
    """ORDER_SYNC_FAULTS_SEED repeats a run."""
    seed = int(os.environ.get("ORDER_SYNC_FAULTS_SEED") or time.time_ns() % 100_000)
    print(f"\nseed {seed}")
    row = campaign(seed, orders=40, workers=2, give_up_s=150, share=0.4)
    print(f"{HEAD}\n{row}")
    assert row.all_right, f"seed {seed}: {row.account} {row.unwritten} {row.written_twice}"
    assert row.kills
