"""A hard limit on how long a caller waits for work that nothing can interrupt."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")


class NotStartedError(Exception):
    """The work was not begun. Stays inside this adapter."""


class DeadlinePassedError(Exception):
    """The work is not finished and nobody waits for it any more. Stays inside this adapter."""


def finished_within(seconds: float, work: Callable[[], T], given_up: Event) -> T:
    """What ``work`` returns or raises, from a thread of its own; ``given_up`` is set once nobody waits.

    Raises:
        NotStartedError: the system has no thread left.
        DeadlinePassedError: it takes longer. The thread may hang on, so the work must look at ``given_up``
            before it does anything that counts.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as exc:
            outcome.set_exception(exc)

    try:
        Thread(target=run, name="ssactivewear-post", daemon=True).start()
    except RuntimeError as exc:
        raise NotStartedError from exc
    try:
        wait([outcome], seconds)
    finally:
        given_up.set()
    if not outcome.done():
        raise DeadlinePassedError
    return outcome.result()
