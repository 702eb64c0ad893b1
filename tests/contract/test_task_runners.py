"""Every task runner of ours keeps what they promise."""

from __future__ import annotations

import pytest

from order_sync.adapters.memory import InlineTaskRunner
from order_sync.adapters.runner_threads import ThreadTaskRunner
from order_sync.core.ports import RunnerStats, WorkKey
from order_sync.plugins.contracts import TaskRunnerContract


class TestThreadTaskRunner(TaskRunnerContract):
    @pytest.fixture(params=[1, 4])
    def task_runner(self, request):
        return ThreadTaskRunner(request.param)


class TestInlineTaskRunner(TaskRunnerContract):
    @pytest.fixture
    def task_runner(self):
        return InlineTaskRunner()


def test_what_waited_for_the_start_is_all_worked_on_before_the_first_error_is_raised():
    runner, seen = InlineTaskRunner(), []

    def handler(key):
        seen.append(key.order_id)
        if key.order_id in "12":
            raise ValueError(key.order_id)

    for number in "123":
        runner.submit(WorkKey("main", number))
    with pytest.raises(ValueError, match="1"):
        runner.start(handler)
    assert seen == ["1", "2", "3"] and runner.stats() == RunnerStats(submitted=3, done=3, failed=2, queued=0)
