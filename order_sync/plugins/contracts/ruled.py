"""What every suite of rules has: rules that do not apply are skipped with the reason, and secrets are looked for."""

from __future__ import annotations

import base64
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, NoReturn, Protocol
from urllib.parse import quote

import httpx
import pytest

from order_sync.core.errors import OrderSyncError
from order_sync.plugins.contracts.wire import Wire, over_http
from order_sync.plugins.rules import ALL_RULES, RULE

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
        rule_id = getattr(request.function, RULE, "")
        if isinstance(self.exempt, Mapping) and rule_id in self.exempt and not _problem(rule_id, self.exempt[rule_id]):
            does_not_apply(self.exempt[rule_id])

    def test_what_is_exempt_may_be(self) -> None:
        """Rules that exist, may be exempt, and with a reason each; any other entry exempts nothing."""
        assert isinstance(self.exempt, Mapping), "exempt maps rules to reasons: {'several_orders': 'One warehouse.'}"
        problems = [problem for rule_id, why in self.exempt.items() if (problem := _problem(rule_id, why))]
        assert not problems, "; ".join(problems)


class NetworkRules(RuledContract):
    """Base of the suites of plugins that usually speak HTTP; a subclass gives the fixture ``bench``."""

    @pytest.fixture
    def inner(self) -> httpx.BaseTransport:
        """The httpx transport that reaches the fake server."""
        return over_http()

    @pytest.fixture
    def wire(self, bench: _NetworkBench, inner: httpx.BaseTransport) -> Iterator[Wire]:
        """The network between the plugin and the fake server."""
        wire = Wire(inner)
        if bench.is_write is not None:
            wire.writes = bench.is_write
        yield wire
        inner.close()
        assert bench.network or not wire.sent, f"{type(bench).__name__}(network=False), and the plugin speaks HTTP"

    def broken(self, bench: _NetworkBench) -> None:
        """Skip what needs a network."""
        if not bench.network:
            does_not_apply("it has no network")

    def secrets(self, bench: _NetworkBench) -> tuple[str, ...]:
        """What must show nowhere."""
        return tuple(bench.secrets.values())


class _NetworkBench(Protocol):
    @property
    def network(self) -> bool: ...
    @property
    def secrets(self) -> Mapping[str, str]: ...
    @property
    def is_write(self) -> Callable[[httpx.Request], bool] | None: ...


def at_once(count: int, work: Callable[[int], str]) -> None:
    """Have so many threads work at the same time; fails with what they say, and what they raise."""
    start = threading.Barrier(count)
    problems: list[str] = []

    def one(number: int) -> None:
        start.wait(10)
        try:
            problem = work(number)
        except Exception as exc:
            problem = repr(exc)
        if problem:
            problems.append(f"thread {number + 1}: {problem}")

    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not problems, problems
    assert not any(thread.is_alive() for thread in threads), "a thread got no answer within 30 s"


def _problem(rule_id: object, why: object) -> str:
    """What is wrong with an entry of exempt; empty: nothing."""
    known = {each.rule_id: each for each in ALL_RULES}
    if rule_id not in known:
        return f"{rule_id!r} is no rule; docs/plugins/reference.md lists them"
    rule = known[str(rule_id)]
    if not rule.exemptable:
        return f"the rule {rule.rule_id} always applies: {rule.says}"
    return (
        ""
        if isinstance(why, str) and why.strip()
        else f"{rule_id!r} is exempt without a reason: say why, in a sentence"
    )


def does_not_apply(why: str) -> NoReturn:
    """Skip the test: its rule counts as exempt, with this reason."""
    pytest.skip(EXEMPT + why)


def missing(what: str, rule_id: str) -> NoReturn:
    """Fail: the bench lacks what a rule needs. Whoever cannot give it exempts the rule, with the reason."""
    pytest.fail(f"give {what}; or, when there is no such thing: exempt = {{{rule_id!r}: 'why'}}", pytrace=False)


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
    about, reasons = getattr(exc, "about", {}), getattr(exc, "reasons", ())
    shown = "\n".join((str(exc), repr(exc), repr(about), repr(reasons), *traceback.format_exception(exc)))
    assert not shows(shown, secrets), f"a secret shows in a {type(exc).__name__}"


def shows(text: str, secrets: Iterable[str]) -> bool:
    """Whether a secret is in a text: as it is, as a part of an address, or inside anything in base64."""
    return any(form in text for secret in secrets for form in _forms(secret))


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    for before in range(3):  # base64 is another for each place that a text begins at: Basic auth puts the account first
        bits = 8 * (before + len(secret.encode()))
        encoded = base64.b64encode(b"\0" * before + secret.encode()).decode()
        yield encoded[-(-8 * before // 6) : bits // 6]


def error_of(call: Callable[[], object]) -> BaseException | None:
    """What a call raises, whatever that is; None: nothing."""
    try:
        call()
    except Exception as exc:
        return exc
    return None
