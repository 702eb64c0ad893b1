"""Keeping what a plugin does while it is imported away from everybody else."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator

_OURS = "ORDER_SYNC"
_LOGGER = "order_sync"


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """What is printed meanwhile goes to stderr; afterwards our variables and our log are as they were.

    A command's answer on stdout stays one document, a plugin moves no installation to another home, and a
    ``dictConfig`` of its own does not silence what an operator has to read.
    """
    variables = _variables()
    ours, below = logging.getLogger(_LOGGER), logging.root.manager.disable
    log = (ours.level, ours.disabled, ours.propagate, list(ours.handlers), list(ours.filters))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        for name in _variables().keys() - variables.keys():
            del os.environ[name]
        os.environ.update(variables)
        logging.disable(below)
        ours.setLevel(log[0])
        ours.disabled, ours.propagate, ours.handlers[:], ours.filters[:] = log[1:]


def _variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(_OURS)}
