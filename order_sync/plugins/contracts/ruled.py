"""What every suite of rules has: rules that do not apply are skipped with the reason, and secrets are looked for."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, NoReturn

import pytest

from order_sync.core.errors import OrderSyncError
from order_sync.plugins.rules import ALL_RULES, RULE, Rule

EXEMPT = "exempt: "
"""How the reason of a skipped test begins when the rule does not apply."""


class RuledContract:
    """Base of the graded suites.

    Attributes:
        exempt: rule id -> why it does not apply to this plugin, one sentence; shown by ``plugins check``.
    """

    exempt: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture(autouse=True)
    def _unless_exempt(self, request: pytest.FixtureRequest) -> None:
        known = {each.rule_id: each for each in ALL_RULES}
        for rule_id, why in self.exempt.items():
            if rule_id not in known:
                pytest.fail(f"exempt names {rule_id!r}, which is no rule; see docs/plugins/contracts.md", pytrace=False)
            if not known[rule_id].exemptable or not why.strip():
                pytest.fail(_not_exempt(known[rule_id], why), pytrace=False)
        rule_id = getattr(request.function, RULE, "")
        if rule_id in self.exempt:
            does_not_apply(self.exempt[rule_id])


def _not_exempt(rule: Rule, why: str) -> str:
    if why.strip():
        return f"the rule {rule.rule_id} always applies: {rule.says}"
    return f"exempt[{rule.rule_id!r}] gives no reason"


def does_not_apply(why: str) -> NoReturn:
    """Skip the test: its rule counts as exempt, with this reason."""
    pytest.skip(EXEMPT + why)


def needs(declared: Any, capability: str) -> None:
    """Skip the test unless a capability is declared."""
    if not getattr(declared, capability):
        does_not_apply(f"it does not declare {capability}")


@contextmanager
def raising(*expected: type[OrderSyncError], secrets: Iterable[str], meanwhile: str) -> Iterator[list[OrderSyncError]]:
    """Expect one of these errors, and no secret in it; the error is in the list afterwards.

    Args:
        meanwhile: what goes wrong, for the message of a failure.
    """
    caught: list[OrderSyncError] = []
    names = " or ".join(each.__name__ for each in expected)
    try:
        yield caught
    except expected as exc:
        check_secrets(exc, secrets)
        caught.append(exc)
    except Exception as exc:
        raise AssertionError(f"{meanwhile}: {type(exc).__name__} instead of {names}: {exc}") from exc
    else:
        raise AssertionError(f"{meanwhile}: no error was raised; {names} is expected")


def check_secrets(exc: BaseException, secrets: Iterable[str]) -> None:
    """Fail when a secret shows in an error: its text, what it is about, its causes, or its traceback."""
    about = getattr(exc, "about", {})
    shown = "\n".join((str(exc), repr(exc), repr(about), *traceback.format_exception(exc)))
    for secret in secrets:
        assert secret not in shown, f"a secret shows in a {type(exc).__name__}"


def error_of(call: Callable[[], object]) -> BaseException | None:
    """What a call raises, whatever that is; None: nothing."""
    try:
        call()
    except Exception as exc:
        return exc
    return None
