"""``/connections`` and the step Connect: shop and supplier, tried before they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from order_sync.core.errors import ConcurrentUpdateError, ConfigurationError, OrderSyncError
from order_sync.core.model.settings import Connection
from order_sync.web.fields import FormField, plugin_field
from order_sync.web.pages import Message, Visitor, page

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync
    from order_sync.plugins.registry import Field

SIDES = ("source", "supplier")
_REFERENCES = ("env:", "file:", "keyring:")
_FIRST_NAME = "main"


@dataclass
class _Draft:
    """What the form has, and what is wrong with it.

    Attributes:
        given: texts by the form's names.
        errors: by the field's name, or by side.
    """

    name: str
    connection: Connection | None
    plugins: Mapping[str, str]
    given: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, OrderSyncError] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)

    def of(self, side: str, *, secret: bool, fields: tuple[Field, ...]) -> dict[str, str]:
        """The texts of one side that were given; a secret only when it is not empty."""
        names = [f"{side}.{each.name}" for each in fields if each.secret is secret]
        return {n: self.given[n] for n in names if n in self.given and (not secret or self.given[n].strip())}


class ConnectionPages:
    """Every connection, and the step Connect of one."""

    def __init__(self, sync: OrderSync) -> None:
        self._sync = sync

    def index(self, request: Request, visitor: Visitor, form: FormData | None) -> Response:
        """Every connection that may be seen, and where it stands."""
        names = [name for name in self._sync.connections() if visitor.connection in (None, name)]
        rows = [self._row(name) for name in names]
        return page(request, "connections.html", title="Connections", visitor=visitor, place="/connections", rows=rows)

    def _row(self, name: str) -> dict[str, Any]:
        try:
            connection = self._sync.connection(name)
        except OrderSyncError as exc:  # a file that cannot be read hides no other connection
            return {"name": name, "problem": Message.of(exc)}
        settings = connection.order_sync
        mode = "off" if not settings.enabled else "test orders" if settings.test_order else "live"
        return {
            "name": name,
            "problem": None,
            "shop": str(connection.source.values.get("shop") or connection.source.plugin),
            "supplier": f"{connection.supplier.plugin} {connection.supplier.values.get('account', '')}",
            "mode": mode,
            "when": "when paid" if settings.auto_fulfillment else "when marked fulfilled",
            "paused": self._sync.paused(name) is not None,
            "tasks": len(self._sync.tasks(name)),
        }

    def new(self, request: Request, visitor: Visitor, form: FormData | None) -> Response:
        """The step Connect of a connection that does not exist yet."""
        if visitor.connection is not None:
            return RedirectResponse(_path(request, visitor.connection, "order-sync"), 303)
        plugins = self._chosen(request.query_params if form is None else form)
        name = str(form.get("name") or "").strip() if form is not None else self._free_name()
        draft = _Draft(name, None, plugins)
        return self._show(request, visitor, draft) if form is None else self._save(request, visitor, draft, form)

    def connect(self, request: Request, visitor: Visitor, form: FormData | None) -> Response:
        """The step Connect of a connection."""
        name = request.path_params["name"]
        if visitor.connection is not None:  # credentials are the operator's business, not the shop's staff's
            return RedirectResponse(_path(request, name, "order-sync"), 303)
        connection = self._sync.connection(name)
        plugins = {"source": connection.source.plugin, "supplier": connection.supplier.plugin}
        draft = _Draft(name, connection, plugins)
        return self._show(request, visitor, draft) if form is None else self._save(request, visitor, draft, form)

    # ------------------------------------------------------------------ saving

    def _save(self, request: Request, visitor: Visitor, draft: _Draft, form: FormData) -> Response:
        draft.given = {key: value for key, value in form.items() if isinstance(value, str)}
        settings: dict[str, str] = {}
        secrets: dict[str, str] = {}
        for side in SIDES:
            settings |= draft.of(side, secret=False, fields=self._fields(draft, side))
            secrets |= draft.of(side, secret=True, fields=self._fields(draft, side))
        _refuse_references(draft, secrets)
        if draft.connection is None and draft.name in self._sync.connections():
            text = f"There is a connection {draft.name!r} already."
            draft.errors["name"] = ConfigurationError(text, next_step="Choose another name, or edit that one.")
        if not draft.errors and draft.given.get("do") != "anyway":
            self._try(draft, settings, secrets)
        if not draft.errors:
            try:
                saved = self._sync.connect(
                    draft.name,
                    source=draft.plugins["source"],
                    supplier=draft.plugins["supplier"],
                    settings=settings,
                    secrets=secrets,
                    revision=draft.given.get("revision", ""),
                )
                told = "stored" if draft.given.get("do") == "anyway" else "connected"
                return RedirectResponse(f"{_path(request, saved.name, 'order-sync')}?told={told}", 303)
            except ConcurrentUpdateError:
                draft.messages.append(_changed_meanwhile())
            except OrderSyncError as exc:  # what was typed stays, whatever is wrong
                _place(draft, exc)
        return self._show(request, visitor, draft, status=422)

    def _try(self, draft: _Draft, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        try:
            trial = self._sync.try_connection(
                draft.name,
                source=draft.plugins["source"],
                supplier=draft.plugins["supplier"],
                settings=settings,
                secrets=secrets,
            )
        except ConfigurationError as exc:
            _place(draft, exc)
            return
        for side in SIDES:
            said = getattr(trial, side)
            draft.told[side] = said.told
            if said.problem is not None:
                _place(draft, said.problem, side=side)

    # ------------------------------------------------------------------ showing

    def _show(self, request: Request, visitor: Visitor, draft: _Draft, status: int = 200) -> Response:
        sides = [self._side(draft, side) for side in SIDES]
        if draft.errors and not draft.messages:
            draft.messages.append(Message("error", "Nothing was saved.", "See below what has to be corrected."))
        return page(
            request,
            "connect.html",
            title=f"Connect {draft.name}" if draft.connection else "Connect a shop and a supplier",
            visitor=visitor,
            place="/connections",
            status=status,
            draft=draft,
            sides=sides,
            kinds=self._kinds(draft),
            revision=draft.given.get("revision") or (draft.connection.revision if draft.connection else ""),
            messages=draft.messages,
        )

    def _side(self, draft: _Draft, side: str) -> dict[str, Any]:
        stored = getattr(draft.connection, side).values if draft.connection else {}
        secrets = self._sync.secret_names(draft.name) if draft.connection else {}
        fields: list[FormField] = []
        for declared in self._fields(draft, side):
            wrong = draft.errors.get(f"{side}.{declared.name}")
            fields.append(plugin_field(side, declared, stored, secrets, draft.given, str(wrong) if wrong else ""))
        entry = (self._sync.plugins.order_sources if side == "source" else self._sync.plugins.suppliers).get(
            draft.plugins[side]
        )
        return {
            "title": f"{'Shop' if side == 'source' else 'Supplier'}: {entry.title}",
            "fields": fields,
            "error": draft.errors.get(side),
            "told": draft.told.get(side, ""),
        }

    def _fields(self, draft: _Draft, side: str) -> tuple[Field, ...]:
        kinds = self._sync.plugins.order_sources if side == "source" else self._sync.plugins.suppliers
        return kinds.get(draft.plugins[side]).fields

    def _kinds(self, draft: _Draft) -> list[FormField]:
        """What kind of shop and supplier; only asked for a new connection where there is a choice."""
        if draft.connection is not None:
            return []
        found = []
        for side, label in (("source", "Kind of shop"), ("supplier", "Kind of supplier")):
            choices = tuple((name, title) for name, title in self._available(side))
            found.append(FormField(side, label, kind="select", value=draft.plugins[side], choices=choices))
        return found if any(len(each.choices) > 1 for each in found) else []

    def _available(self, side: str) -> list[tuple[str, str]]:
        kinds: Any = self._sync.plugins.order_sources if side == "source" else self._sync.plugins.suppliers
        return [(entry.name, entry.title) for entry, _ in kinds.items()]

    def _chosen(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The kinds that were chosen, else the first that there is."""
        return {side: str(values.get(side) or self._available(side)[0][0]) for side in SIDES}

    def _free_name(self) -> str:
        return "" if _FIRST_NAME in self._sync.connections() else _FIRST_NAME


def _refuse_references(draft: _Draft, secrets: Mapping[str, str]) -> None:
    """Who may use the page need not be allowed to read this machine's files and environment."""
    for name, value in secrets.items():
        if value.strip().startswith(_REFERENCES):
            draft.errors[name] = ConfigurationError(
                "A reference is not taken here.",
                next_step="Give the secret itself, or the reference at the command line: order-sync connect --secret.",
            )


def _place(draft: _Draft, exc: OrderSyncError, *, side: str = "") -> None:
    """Put an error where it belongs: at its field, at its side, or above the form."""
    about = str(exc.about.get("setting") or exc.about.get("secret") or "")
    if about in draft.given or (side and f"{side}.{about}" in draft.given):
        draft.errors[about if about in draft.given else f"{side}.{about}"] = exc
    elif side:
        draft.errors[side] = exc
    elif "connection" in exc.about and draft.connection is None:
        draft.errors["name"] = exc
    else:
        draft.errors[about or "form"] = exc
        draft.messages.append(Message.of(exc))


def _changed_meanwhile() -> Message:
    return Message(
        "error",
        "This connection was changed by somebody else meanwhile; nothing was saved.",
        "Load the page again to see what it is now, then repeat your change.",
    )


def _path(request: Request, name: str, step: str) -> str:
    return f"{request.scope.get('root_path', '')}/connections/{name}/{step}"
