"""Plugins are asked and told one at a time; what one does wrong is its own affair."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from order_sync.adapters.memory import RecordingNotifier
from order_sync.core.errors import PluginHookError
from order_sync.core.model.events import ConnectionPaused, DataErased, ParcelsAdded, RecordMoved
from order_sync.core.model.plan_adjustment import PlanAdjustment, ProposedLine, ProposedPlan
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import State
from order_sync.plugins import hookimpl
from order_sync.plugins.hooks import PluginNotifier, told_by
from tests.builders import a_record, an_order
from tests.fakes.outside import hooks_of

PLAN = ProposedPlan("main", "acme", Mode.LIVE, "", an_order(), (ProposedLine("L1", "A", "B", 2, "T-Shirt"),))


class Knows:
    """Resolves every SKU to what it is given."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    @hookimpl
    def resolve_supplier_sku(self, connection, supplier, sku):
        self.asked.append((connection, supplier, sku))
        return self.answer


class Second(Knows):
    pass


class Adjusts:
    def __init__(self, answer):
        self.answer = answer

    @hookimpl
    def adjust_plan(self, plan):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class AdjustsToo(Adjusts):
    pass


def resolved(*plugins):
    return hooks_of(*plugins).resolve_supplier_sku("main", "acme", "SKU-1")


def test_the_first_plugin_that_knows_a_sku_decides_and_the_last_registered_is_asked_first():
    first, second = Knows("ONE"), Second("TWO")
    assert resolved(first, second) == "TWO"
    assert second.asked == [("main", "acme", "SKU-1")] and first.asked == []
    assert resolved(first, Second(None)) == "ONE"


def test_tryfirst_is_asked_first():
    class Eager:
        @hookimpl(tryfirst=True)
        def resolve_supplier_sku(self, sku):
            return f"{sku}-EAGER"

    assert resolved(Eager(), Knows("LATE")) == "SKU-1-EAGER"


def test_nobody_knows_a_sku_when_there_is_no_plugin():
    assert resolved() is None and resolved(Knows(None)) is None


@pytest.mark.parametrize("answer", ["", "   ", 7, "A\nB", "x" * 256, ["A"], "\x1b[31m"])
def test_an_answer_that_is_no_sku_is_left_out_and_the_next_is_asked(answer, caplog):
    assert resolved(Knows("GOOD"), Second(answer)) == "GOOD"
    assert "Second" in caplog.text and "resolve_supplier_sku" in caplog.text


def test_a_plugin_that_raises_stops_no_other_and_is_counted(caplog):
    hooks = hooks_of(
        Adjusts(PlanAdjustment(remove={"L1": "sold out"})), AdjustsToo(ZeroDivisionError("Dana Quill, 418 Larch Ave"))
    )
    adjustments = hooks.adjust_plan(PLAN)
    assert adjustments.wanted == (("Adjusts", PlanAdjustment(remove={"L1": "sold out"})),)
    assert adjustments.failed == ("AdjustsToo",)
    hooks.adjust_plan(PLAN)
    assert hooks.failures() == {("AdjustsToo", "adjust_plan"): 2}
    assert "ZeroDivisionError" in caplog.text and "Dana" not in caplog.text, "it may quote a customer"
    assert "ORDER_SYNC_BLOCK_PLUGINS" in caplog.text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("hold", "a str instead of a PlanAdjustment"),
        ({"remove": {}}, "a dict instead"),
        (PlanAdjustment(remove={"L9": "x"}), "'L9', which is no line"),
        (PlanAdjustment(remove=None), "AttributeError"),
        (PlanAdjustment(remove={"L1": "x", 7: "y"}), "'7'"),
    ],
)
def test_an_answer_that_is_no_adjustment_changes_nothing(answer, words, caplog):
    adjustments = hooks_of(Adjusts(answer)).adjust_plan(PLAN)
    assert adjustments.wanted == () and adjustments.failed == ("Adjusts",)
    assert words in caplog.text or "TypeError" in caplog.text


def test_a_plugin_that_has_no_opinion_changes_nothing():
    assert hooks_of(Adjusts(None)).adjust_plan(PLAN) == hooks_of().adjust_plan(PLAN)


def test_a_plugins_words_are_one_line_and_not_endless():
    adjustments = hooks_of(Adjusts(PlanAdjustment(hold="a\nb\x1b[31m" + "x" * 5000))).adjust_plan(PLAN)
    (_, wanted) = adjustments.wanted[0]
    assert "\n" not in wanted.hold and "\x1b" not in wanted.hold and len(wanted.hold) <= 500


def moved(state, previous=None):
    return RecordMoved(replace(a_record(), state=state), previous)


@pytest.mark.parametrize(
    ("event", "hook"),
    [
        (moved(State.PLACED, State.SUBMITTING), "order_placed"),
        (moved(State.PLACED, State.IN_DOUBT), "order_placed"),
        (moved(State.PLACED, State.PLACED), None),
        (moved(State.HELD), "order_held"),
        (moved(State.HELD, State.HELD), None),
        (moved(State.SHIPPED, State.PLACED), "order_shipped"),
        (moved(State.COMPLETED, State.PLACED), "order_shipped"),
        (moved(State.COMPLETED, State.SHIPPED), None),
        (moved(State.WAITING), None),
        (ParcelsAdded(a_record()), "order_shipped"),
        (ConnectionPaused("main", "x", "y"), None),
        (DataErased("main", 3), None),
    ],
)
def test_each_kind_of_news_is_told_by_its_hook_once(event, hook):
    assert told_by(event) == hook


class Hears:
    def __init__(self):
        self.told = []

    @hookimpl
    def order_placed(self, record):
        self.told.append(record)


class Breaks:
    @hookimpl(tryfirst=True)
    def order_placed(self, record):
        raise RuntimeError("no")


def test_the_installations_own_notifier_is_told_first_and_a_broken_plugin_keeps_nothing_from_the_others(caplog):
    hears, first = Hears(), RecordingNotifier()
    event = moved(State.PLACED, State.SUBMITTING)
    PluginNotifier(first, hooks_of(hears, Breaks())).notify(event)
    assert first.events == [event] and hears.told == [event.record]
    assert [r.levelno for r in caplog.records] == [logging.ERROR]


def test_a_hook_may_leave_arguments_out():
    class Short:
        @hookimpl
        def resolve_supplier_sku(self, sku):
            return f"X-{sku}"

    assert resolved(Short()) == "X-SKU-1"


class OwnBaseException(BaseException):
    pass


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit(), OwnBaseException(), RecursionError()])
def test_whatever_a_hook_raises_the_next_plugin_is_asked_and_told(error, caplog):
    class Raises:
        @hookimpl
        def resolve_supplier_sku(self):
            raise error

        @hookimpl
        def order_placed(self):
            raise error

    hears = Hears()
    assert resolved(Knows("GOOD"), Raises()) == "GOOD"
    hooks_of(hears, Raises()).tell("order_placed", a_record())
    assert len(hears.told) == 1 and type(error).__name__ in caplog.text


def test_ctrl_c_in_a_hook_is_ctrl_c():
    with pytest.raises(KeyboardInterrupt):
        hooks_of(Adjusts(None), Interrupted()).tell("order_placed", a_record())


class Interrupted:
    @hookimpl
    def order_placed(self):
        raise KeyboardInterrupt


def test_a_plugins_own_error_of_our_kind_is_not_quoted(caplog):
    assert resolved(Knows("GOOD"), Quotes()) == "GOOD"
    assert "PluginHookError" in caplog.text and "Dana" not in caplog.text


class Quotes:
    @hookimpl
    def resolve_supplier_sku(self):
        raise PluginHookError("Dana Quill, 418 Larch Ave")


def test_an_answer_that_cannot_even_be_shown_is_left_out(caplog):
    class Unspeakable:
        def __repr__(self):
            raise ValueError("no words")

    assert resolved(Knows("GOOD"), Second(Unspeakable())) == "GOOD"
