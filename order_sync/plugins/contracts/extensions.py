"""What every asker of plugins promises: a plugin can hold an order, and never stop Order Sync."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from order_sync.core.model.plan_adjustment import Adjustments, PlanAdjustment, ProposedLine, ProposedPlan
from order_sync.core.model.purchase_order import Mode
from order_sync.core.ports import Extensions
from order_sync.plugins.contracts.builders import an_order

Answering = Callable[[Callable[[], object]], Extensions]
ODD: dict[str, object] = {
    "a text": "B00760004 ",
    "nothing in it": "",
    "a number": 7,
    "a list": ["B00760004"],
    "bytes": b"B00760004",
    "lines": "A\nB",
    "much too long": "A" * 10_000,
    "false": False,
    "a line that is not there": PlanAdjustment(remove={"L404": "gone"}),
    "no mapping": PlanAdjustment(remove=7),  # type: ignore[arg-type]
    "reasons that are no text": PlanAdjustment(remove={"L1": 7}, hold=["why"]),  # type: ignore[dict-item, arg-type]
    "a reason of many lines": PlanAdjustment(hold="why\nnot\x1b[31m" * 1000),
}


def a_plan() -> ProposedPlan:
    """One share of an order of one line, L1."""
    line = ProposedLine("L1", "B00760004", "B00760004", 2, "T-Shirt")
    return ProposedPlan("main", "memory", Mode.LIVE, "", an_order(), (line,))


class ExtensionsContract:
    """Subclass it and give the fixture ``answering``: called with a function, it returns an Extensions all of whose
    plugins call that to answer.
    """

    @pytest.fixture
    def answering(self) -> Answering:
        """Makes the extensions under test."""
        raise NotImplementedError("give a fixture named answering")

    def test_who_has_no_opinion_changes_nothing(self, answering: Answering) -> None:
        """No SKU, and no adjustment."""
        extensions = answering(lambda: None)
        assert extensions.resolve_supplier_sku("main", "memory", "MUG") is None
        assert extensions.adjust_plan(a_plan()) == Adjustments()

    @pytest.mark.parametrize("raised", [RuntimeError, KeyError, AssertionError, RecursionError, MemoryError])
    def test_who_raises_is_left_out(self, answering: Answering, raised: type[Exception]) -> None:
        """Whatever a plugin does wrong is its own affair."""

        def fail() -> object:
            raise raised("Dana Quill, 418 Larch Ave")

        extensions = answering(fail)
        assert extensions.resolve_supplier_sku("main", "memory", "MUG") is None
        adjustments = extensions.adjust_plan(a_plan())
        assert not adjustments.wanted and all(isinstance(name, str) and name for name in adjustments.failed)

    @pytest.mark.parametrize("odd", ODD)
    def test_an_odd_answer_is_well_formed_or_left_out(self, answering: Answering, odd: str) -> None:
        """What reaches the core is a SKU, and an adjustment of lines that are there."""
        extensions = answering(lambda: ODD[odd])
        sku = extensions.resolve_supplier_sku("main", "memory", "MUG")
        assert sku is None or (isinstance(sku, str) and sku == sku.strip() and sku.isprintable() and len(sku) <= 255)
        for plugin, wanted in extensions.adjust_plan(a_plan()).wanted:
            assert plugin and isinstance(wanted, PlanAdjustment) and set(wanted.remove) <= {"L1"}
            for text in (*wanted.remove.values(), wanted.hold, wanted.next_action):
                assert isinstance(text, str) and (not text or text.isprintable()) and len(text) <= 1000

    def test_what_is_left_out_and_why_arrives(self, answering: Answering) -> None:
        """Where there are plugins at all: as they said it, under the plugin's name."""
        answer = PlanAdjustment({"L1": "not sold on"}, "ask somebody", "call them")
        adjustments = answering(lambda: answer).adjust_plan(a_plan())
        assert not adjustments.failed
        assert all(plugin and wanted == answer for plugin, wanted in adjustments.wanted)

    def test_several_threads_may_ask(self, answering: Answering) -> None:
        """Each gets an answer."""
        extensions = answering(lambda: "B00760004")
        answers: list[object] = []

        def ask() -> None:
            answers.extend(extensions.resolve_supplier_sku("main", "memory", "MUG") for _ in range(50))

        threads = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(answers) == 200 and len(set(answers)) == 1
