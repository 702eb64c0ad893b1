"""The test entrance of a simulator, for tests that run in another process: everything under `/__sandbox__/`.

POST /__sandbox__/faults     one Fault as JSON           -> 201
GET, DELETE .../faults       what is switched on; off with all
GET, DELETE .../received     the record of requests; forget it
GET .../state                what the simulator holds
POST .../clock               {"advance_s": n} -> {"now": ...}
POST .../{command}           commands of the simulator at hand, e.g. ship {"orderNumber": ...}

These paths ask for no credentials, are not recorded, and no fault touches them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from order_sync.sandbox.faults import Fault
from order_sync.sandbox.messages import Reply, Request

if TYPE_CHECKING:
    from order_sync.sandbox.http import SandboxServer

PREFIX = "/__sandbox__/"


def answer(server: SandboxServer, request: Request) -> Reply:
    """The reply to a control request; mistakes in it are answered 400 or 404 with a sentence."""
    name = request.path.removeprefix(PREFIX).strip("/")
    try:
        payload = request.json() if request.body else {}
        if request.method == "GET":
            return Reply.json(200, _read(server, name))
        if request.method == "DELETE":
            _forget(server, name)
            return Reply(204)
        return Reply.json(201 if name == "faults" else 200, _do(server, name, payload))
    except LookupError as exc:
        return Reply.json(404, {"error": f"not found: {exc}"})
    except (TypeError, ValueError) as exc:
        return Reply.json(400, {"error": str(exc)})


def _read(server: SandboxServer, name: str) -> Any:
    match name:
        case "received":
            return [row.as_dict() for row in server.requests]
        case "state":
            return {**server.state(), "crashes": server.crashes, "now": server.clock().isoformat()}
        case "faults":
            return server.faults.as_dicts()
    raise LookupError(name)


def _forget(server: SandboxServer, name: str) -> None:
    match name:
        case "faults":
            server.faults.clear()
        case "received":
            server.forget_requests()
        case _:
            raise LookupError(name)


def _do(server: SandboxServer, name: str, payload: dict[str, Any]) -> Any:
    match name:
        case "faults":
            server.faults.add(Fault.from_dict(payload))
            return {"faults": server.faults.as_dicts()}
        case "clock":
            return {"now": server.clock.advance(float(payload["advance_s"])).isoformat()}
    return server.command(name, payload)
