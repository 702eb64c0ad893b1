"""What the rules say of an action is what the action does."""

from __future__ import annotations

import itertools

import pytest

from order_sync.core.errors import NotAllowedError
from order_sync.core.model.sync_record import State
from order_sync.core.policies.operator_rules import ACTIONS, is_allowed
from tests.builders import NOW, a_record, an_order
from tests.fakes.bench import Bench

REASONS = [("", ""), ("unknown_sku", "Correct it."), ("cannot_look_up", "Look."), ("address_drift", "Compare.")]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(("state", "reason"), list(itertools.product(State, REASONS)))
def test_the_rules_refuse_just_what_the_action_refuses(action, state, reason):
    bench = Bench(an_order())
    record = a_record(
        state=state, reason_code=reason[0], next_action=reason[1], po_number="DEMO-1001", intent_at=NOW, admitted=True
    )
    claim = bench.ledger.claim("main", record.key.order_id, now=NOW, lease_s=60)
    bench.ledger.save(claim, record)
    bench.ledger.give_back(claim)
    actions = {
        "retry": lambda: bench.operator.retry(bench.ctx, record),
        "release": lambda: bench.operator.release(bench.ctx, record),
        "skip": lambda: bench.operator.skip(record, ""),
        "settle": lambda: bench.operator.settle(bench.ctx, record, (), ""),
        "cancel": lambda: bench.operator.cancel(bench.ctx, record, ""),
    }
    try:
        actions[action]()
        refused = False
    except NotAllowedError:
        refused = True
    assert is_allowed(action, record) is not refused
