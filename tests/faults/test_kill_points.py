"""kill -9 between any two effects of the service: the next one goes on, and nothing is bought twice or lost."""

from __future__ import annotations

import json
import signal
from datetime import timedelta

import pytest

from order_sync.sandbox import Sandbox
from tests.faults.accounts import account_of
from tests.faults.harness import Program, connect, opened, post, serving, wait_for
from tests.faults.kill_points import EFFECTS, KILL_POINTS, KillPoint
from tests.faults.mortal import AheadClock
from tests.faults.scenarios import SCENARIOS, Scenario, World

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def world(tmp_path, sandbox: Sandbox) -> World:
    return World(tmp_path / "home", sandbox)


def prepare(world: World, scenario: Scenario) -> None:
    with opened(world.home) as sync:
        connect(sync, world.sandbox)
        # surely younger than the ledger, whatever the fractions of a second
        created_at = world.sandbox.clock() + timedelta(seconds=2)
        lines = [("B00760004", 2), ("B00760003", 1)]
        world.order_id = world.sandbox.shopify.add_order(lines, created_at=created_at)
        scenario.before(world, sync)
    scenario.strike(world.sandbox)


def mortal(world: World, scenario: Scenario, **fate: object) -> Program:
    told = {"ahead_s": scenario.ahead_s, "look_every_s": scenario.look_every_s, **fate}
    return Program(world.home, json.dumps(told), module="tests.faults.mortal")


def go_on(world: World, scenario: Scenario, unanswered: list[object]) -> None:
    """The next service, beside a shop that sends again what was not acknowledged."""
    ahead_s = scenario.ahead_s if scenario.later_ahead_s is None else scenario.later_ahead_s
    with opened(world.home, clock=AheadClock(ahead_s)) as sync:
        service = sync.service(workers=2, look_every_s=scenario.look_every_s)
        with service, serving(sync.asgi_app(service)) as url:
            for delivery in unanswered:
                assert post(url, delivery) == 200
            wait_for(lambda: scenario.last(world, sync), lambda: f"the end; {account_of(world.sandbox, sync)}")
        account = account_of(world.sandbox, sync)
        assert account.settled and account.once, account
    assert len(world.sandbox.supplier.orders) == scenario.purchases
    assert len(world.sandbox.shopify.fulfillments(world.order_id)) == scenario.told
    assert world.is_free()


@pytest.mark.parametrize("point", KILL_POINTS, ids=str)
def test_a_service_killed_at_any_point_is_followed_by_one_that_buys_once_and_loses_nothing(world, point: KillPoint):
    scenario = SCENARIOS[point.scenario]
    prepare(world, scenario)
    with mortal(world, scenario, effect=point.effect, moment=point.moment, number=point.number) as program:
        url = program.url()
        events = world.events(*scenario.topics)
        unanswered = [event for event in events if post(url, event) != 200]
        assert program.ended(within_s=60) == -signal.SIGKILL, f"the point was not reached:\n{program.said}"
    go_on(world, scenario, unanswered)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_effect_of_the_service_has_its_kill_points(world, tmp_path, name):
    scenario = SCENARIOS[name]
    prepare(world, scenario)
    trace = tmp_path / "trace"
    with mortal(world, scenario, trace=str(trace)) as program, opened(world.home) as sync:
        url = program.url()
        assert [post(url, event) for event in world.events(*scenario.topics)] == [200] * len(scenario.topics)
        wait_for(lambda: scenario.first(world, sync), lambda: f"the work ends\n{program.said}\n{trace.read_text()}")
        assert program.stop() == 0
    go_on(world, scenario, [])
    listed = {effect.partition("#")[0] for effects in EFFECTS.values() for effect in effects}
    seen = set(trace.read_text().split("\n")) - {""}
    assert seen - listed == set(), "effects without a kill point"
    assert {effect.partition("#")[0] for effect in EFFECTS[name]} - seen == set(), "kill points never reached"
