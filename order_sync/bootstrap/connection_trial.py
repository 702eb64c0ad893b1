"""Whether the two sides of a connection answer: asked before it is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from order_sync.bootstrap.connections import BuiltConnection
from order_sync.core.errors import OrderSyncError


@dataclass(frozen=True)
class SideTrial:
    """What one side said: who it is, or what went wrong."""

    told: str = ""
    problem: OrderSyncError | None = None


@dataclass(frozen=True)
class ConnectionTrial:
    """What shop and supplier said."""

    source: SideTrial
    supplier: SideTrial

    @property
    def works(self) -> bool:
        """Whether both answered as they should."""
        return self.source.problem is None and self.supplier.problem is None


def try_both_sides(built: BuiltConnection) -> ConnectionTrial:
    """Ask shop and supplier who they are; changes nothing there."""
    return ConnectionTrial(_try(lambda: _shop(built)), _try(built.supplier.gateway.check))


def _shop(built: BuiltConnection) -> str:
    identity = built.source.identify()
    if identity.missing_scopes:
        raise OrderSyncError(
            f"{identity.name} ({identity.domain}): the credentials lack {', '.join(identity.missing_scopes)}.",
            next_step="Give the app these access scopes in the shop's admin, then install it again.",
        )
    return " ".join((f"{identity.name} ({identity.domain}).", *identity.notes))


def _try(ask: Callable[[], str]) -> SideTrial:
    try:
        return SideTrial(told=ask())
    except OrderSyncError as exc:
        return SideTrial(problem=exc)
