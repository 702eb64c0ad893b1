"""A small campaign; `make faults` runs the long one."""

from __future__ import annotations

from tests.faults.campaign import one


def test_orders_are_bought_exactly_once_while_processes_die_and_the_supplier_fails():
    outcome = one(seed=7, orders=30, workers=2)
    assert outcome.sound, (outcome.row(), outcome.twice, outcome.lost, outcome.wrong)
    assert outcome.kills and outcome.faults and outcome.deliveries["200"]
