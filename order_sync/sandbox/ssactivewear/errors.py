"""Error bodies. Source: S&S API v2, errors page; texts marked assumed are not known."""

from __future__ import annotations

from dataclasses import dataclass

from order_sync.sandbox.messages import Reply

NOT_FOUND = "Requested item(s) were not found or have been discontinued."
NO_CONTENT_TYPE = (
    "You must set the Content-Type header when doing this request.  Options are application/json or application/xml."
)


@dataclass(frozen=True)
class Problem:
    """One row of `errors`. That `field` is the JSON path is assumed."""

    field: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {"field": self.field, "message": self.message}


def bad_request(*problems: Problem, status: int = 400) -> Reply:
    body: dict[str, object] = {"code": str(status), "message": "Bad Request."}
    if problems:
        body["errors"] = [problem.as_dict() for problem in problems]
    return Reply.json(status, body)


def not_found(message: str = NOT_FOUND) -> Reply:
    """404 without a `code` member, as on the products and inventory pages."""
    return Reply.json(404, {"errors": [{"field": "Identifier", "message": message}]})


def no_such_route(uri: str, controller: str) -> Reply:
    return Reply.json(
        404,
        {
            "message": f"No HTTP resource was found that matches the request URI '{uri}'.",
            "messageDetail": f"No type was found that matches the controller named '{controller}'.",
        },
    )


def firewall() -> Reply:
    """Status and cause seen live by a client; the page itself is assumed."""
    page = "<!DOCTYPE html><html><head><title>Access denied</title></head><body>Access denied</body></html>"
    reply = Reply.html(403, page)
    reply.headers["Server"] = "cloudflare"
    return reply


def of_status(status: int) -> Reply:
    """The usual body of an error status, where one is documented or assumed."""
    texts = {
        401: "Unauthorized.",
        429: "Too Many Requests.",
        500: "An unhandled exception was thrown by Customer Web API controller.",
    }
    return Reply.json(status, {"code": str(status), "message": texts.get(status, "Error.")})
