"""How an implementation with a mistake is put before the suite of its port."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T", bound=type)


def before(suite: type, *caught_by: str) -> Callable[[T], T]:
    """Have a class tested by a suite, as its ``made``; ``caught_by`` are tests that must fail, none: all must pass.

    The class that pytest collects gets a name in the module of the implementation. Of a suite that says
    ``only_what_catches`` a mistake runs no other tests than those that must fail: it is a long one.
    """

    def bind(made: T) -> T:
        name = f"Test{made.__name__}"
        collected: dict[str, Any] = {"made": made, "caught_by": caught_by, "__module__": made.__module__}
        if caught_by and getattr(suite, "only_what_catches", False):
            collected |= {test: None for test in dir(suite) if test.startswith("test_") and test not in caught_by}
        _namespace(made)[name] = type(name, (suite,), collected)
        return made

    return bind


def _namespace(made: type) -> dict[str, Any]:
    return vars(sys.modules[made.__module__])
