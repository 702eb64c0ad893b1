"""A process that works until it comes to a kill point, and dies there: ``python doomed.py HOME SCENE [POINT]``.

Without a point it writes every effect it comes to on stdout, until its standard input is closed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from order_sync import OrderSync
from tests.faults.kill_points import BY_NAME, Effect, KillPoint, Scene

WATCHED = {
    "ledger": ("claim", "save", "give_back", "remove_placeholder", "set_cursor", "note_look"),
    "inbox": ("add", "applied"),
    "personal_data": ("erase", "export"),
    "exports": ("write",),
    "source": ("get_order", "create_fulfillment", "update_tracking"),
    "gateway": ("look_up_items", "submit", "find_by_po_number"),
}
READS = {"export"}
"""Watched without leaving anything behind."""


def watch(part: object, part_name: str, tell: Callable[[Effect, bool], None]) -> None:
    """Have ``tell`` called before and after each watched call of a part."""
    for method in WATCHED[part_name]:
        setattr(part, method, _watched(getattr(part, method), part_name, method, tell))


def _watched(call: Callable[..., Any], part: str, method: str, tell: Callable[[Effect, bool], None]) -> Any:
    def watched(*args: Any, **kwargs: Any) -> Any:
        effect = Effect(part, method, str(args[1].state) if method == "save" else "")
        tell(effect, False)
        result = call(*args, **kwargs)
        tell(effect, True)
        return result

    return watched


def dies_at(point: KillPoint) -> Callable[[Effect, bool], None]:
    """kill -9 of this process at the point."""

    def tell(effect: Effect, after: bool) -> None:
        if (effect, after) == (point.effect, point.after):
            os.kill(os.getpid(), signal.SIGKILL)

    return tell


def prints(effect: Effect, after: bool) -> None:
    """Every effect that came about, one a line."""
    if after and effect.method not in READS:
        print(effect, flush=True)


def main(home: str, scene: str, point: str | None = None) -> None:
    """Play the scene."""
    with OrderSync(home=home) as sync:
        tell = dies_at(BY_NAME[point]) if point else prints
        parts = sync.container
        built = sync.built("main")
        watched = {
            "ledger": parts.ledger(),
            "inbox": parts.inbox(),
            "personal_data": parts.personal_data(),
            "exports": parts.exports(),
            "source": built.source,
            "gateway": built.supplier.gateway,
        }
        for name, part in watched.items():
            watch(part, name, tell)
        if scene == Scene.SHIP:
            (record,) = sync.records("main")
            sync.handle_new_order("main", record.key.order_id, follow=True)
            return
        with sync.service(workers=2, look_every_s=1.0 if scene == Scene.LOOK else None):
            sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
