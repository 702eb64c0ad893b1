"""What every page of the browser has in common: its template, its messages, its headers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from order_sync.core.errors import OrderSyncError

CSRF_FIELD = "csrf"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at the pages.

    Attributes:
        name: for the log; never shown to others.
        csrf: what every form of this visitor carries.
        connection: the only connection that may be seen (inside the shop's admin); None: all.
        can_leave: logging out means something: we logged the visitor in.
        shop: the domain of the shop in whose admin the pages are shown; None: they are in no frame.
    """

    name: str
    csrf: str
    connection: str | None = None
    can_leave: bool = True
    shop: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell above the page. ``kind``: error, done or note."""

    kind: str
    text: str
    next_step: str = ""

    @classmethod
    def of(cls, exc: OrderSyncError) -> Message:
        """What went wrong, and the next step."""
        return cls("error", exc.message, exc.next_step or "")


def unknown_button() -> OrderSyncError:
    """The error of a form sent with a button that the page does not have."""
    return OrderSyncError("This button is not known.", next_step="Load the page again.")


def csrf_field(visitor: Visitor) -> Markup:
    """The hidden field of every form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, visitor.csrf)


def page(
    request: Request, template: str, *, title: str, visitor: Visitor | None, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page from a template that extends layout.html.

    ``base`` is the path under which the application is mounted; every link of a template begins with it.
    """
    told = {"messages": (), "place": "", **values}
    text = (
        environment()
        .get_template(template)
        .render(title=title, visitor=visitor, base=request.scope.get("root_path", ""), **told)
    )
    # a lone surrogate in a shop's text must not end the page
    return HTMLResponse(text.encode("utf-8", "backslashreplace"), status)


@cache
def environment() -> Environment:
    """The templates of this package; what they print is escaped."""
    made = Environment(loader=PackageLoader("order_sync.web"), autoescape=True, undefined=StrictUndefined)
    made.globals["csrf_field"] = csrf_field
    made.filters["amount"] = lambda value: "–" if value is None else f"{value:,.2f}"
    return made
