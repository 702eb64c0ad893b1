"""Every point between two effects of the work on an order, by name: what is done there, and before or after it.

An effect changes something that outlives the process: the ledger, the supplier, the shop, a file. Reading is listed
where a kill would leave something half done.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scene(StrEnum):
    """What the process is doing when it is killed."""

    BUY = "buy"  # an event of a paid order waits in the inbox
    LOOK = "look"  # a paid order waits in the shop, nobody sent an event
    DOUBT = "doubt"  # as BUY, and the answer to the purchase is lost
    SHIP = "ship"  # a bought order was shipped: the shop is to be told
    ERASE = "erase"  # a customer asks to be forgotten
    EXPORT = "export"  # a customer asks what is kept


@dataclass(frozen=True)
class Effect:
    """A call that does something: ``part`` of the installation, ``method``; for a save the state that is stored."""

    part: str
    method: str
    state: str = ""

    def __str__(self) -> str:
        return f"{self.part}.{self.method}{f' {self.state}' if self.state else ''}"


@dataclass(frozen=True)
class KillPoint:
    """Killed right before or right after the effect, the first time that the scene comes there."""

    scene: Scene
    effect: Effect
    after: bool

    @property
    def name(self) -> str:
        """For the test's id and the child's command line."""
        return f"{self.scene}: {'after' if self.after else 'before'} {self.effect}"


def _save(state: str) -> Effect:
    return Effect("ledger", "save", state)


CLAIM, GIVE_BACK = Effect("ledger", "claim"), Effect("ledger", "give_back")
APPLIED, HINTED = Effect("inbox", "applied"), Effect("inbox", "add")
CURSOR, NOTED = Effect("ledger", "set_cursor"), Effect("ledger", "note_look")
READ, LOOKED_UP = Effect("source", "get_order"), Effect("gateway", "look_up_items")
SUBMIT, FOUND = Effect("gateway", "submit"), Effect("gateway", "find_by_po_number")
FULFILLED = Effect("source", "create_fulfillment")
ERASED, EXPORTED = Effect("personal_data", "erase"), Effect("exports", "write")

EFFECTS = {
    Scene.BUY: (
        CLAIM,
        READ,
        LOOKED_UP,
        _save("planned"),
        _save("submitting"),
        SUBMIT,
        _save("placed"),
        GIVE_BACK,
        APPLIED,
    ),
    Scene.LOOK: (CLAIM, HINTED, CURSOR, NOTED),
    Scene.DOUBT: (_save("in_doubt"), FOUND, _save("placed")),
    Scene.SHIP: (FOUND, _save("placed"), FULFILLED, _save("completed"), GIVE_BACK),
    Scene.ERASE: (ERASED, APPLIED),
    Scene.EXPORT: (EXPORTED, APPLIED),
}
"""What happens in each scene, in its order."""

KILL_POINTS = tuple(
    KillPoint(scene, effect, after)
    for scene, effects in EFFECTS.items()
    for effect in effects
    for after in (False, True)
)
BY_NAME = {point.name: point for point in KILL_POINTS}
