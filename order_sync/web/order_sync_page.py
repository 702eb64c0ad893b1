"""The step Order Sync: the tab in the order and the words of the feature's description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from order_sync.core.errors import ConcurrentUpdateError, ConfigurationError, OrderSyncError
from order_sync.core.model.address import StoreLocation
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.settings import PUBLIC_SETTINGS, Connection, OrderSyncSettings
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.policies.plain_words import limits_of
from order_sync.core.policies.settings_text import parse_setting
from order_sync.web.fields import OWN_PLACE, FormField, settings_field, settings_text
from order_sync.web.pages import Message, Visitor, page, unknown_button

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync

EMAIL, PROFILE, LOCATION = "payment_email", "payment_profile", "store_address"
FETCH, SAVE, LIVE = "fetch", "save", "live"
_TOLD = {
    "connected": "Connection {} is stored. Shop and supplier answer.",
    "stored": "Connection {} is stored. Shop and supplier were not asked whether they answer.",
}
_SWITCHES = ("enabled", "auto_fulfillment", "test_order", "disable_dropshipping")
_MORE = tuple(name for name in PUBLIC_SETTINGS if name not in OWN_PLACE)


@dataclass
class _Tab:
    """The tab as it is shown: what is stored, what the form has, what is wrong with it.

    Attributes:
        profiles: what the dropdown offers; None: this supplier has none.
        first: what going live would buy at once, to be confirmed; None: nothing is to be confirmed.
    """

    connection: Connection
    revision: str
    given: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    profiles: tuple[PaymentProfile, ...] | None = ()
    locations: tuple[StoreLocation, ...] = ()
    first: tuple[SyncRecord, ...] | None = None

    @property
    def settings(self) -> OrderSyncSettings:
        """What is stored."""
        return self.connection.order_sync

    @property
    def email(self) -> str:
        """The e-mail as given, else as stored."""
        stored = self.settings.payment_profile
        return self.given.get(EMAIL, stored.email if stored else "").strip()

    def fail(self, exc: OrderSyncError, *, at: str = "") -> None:
        """Show an error at its field, else above the form."""
        name = at or str(exc.about.get("setting") or "")
        if name in PUBLIC_SETTINGS or name == EMAIL:
            self.errors[name] = str(exc)
        self.messages.append(Message.of(exc))


class OrderSyncPage:
    """``/connections/{name}/order-sync``"""

    def __init__(self, sync: OrderSync) -> None:
        self._sync = sync

    def __call__(self, request: Request, visitor: Visitor, form: FormData | None) -> Response:
        """The tab; Fetch Profiles shows it again with the profiles, Save & Next stores it all or nothing."""
        name = request.path_params["name"]
        connection = self._sync.connection(name)
        tab = _Tab(connection, connection.revision)
        if form is None:
            told = _TOLD.get(request.query_params.get("told", ""))
            if told:
                tab.messages.append(Message("done", told.format(name)))
            return self._show(request, visitor, tab)
        tab.given = _given(form)
        tab.revision = str(form.get("revision") or "")
        do = str(form.get("do") or SAVE)
        if do == FETCH:
            self._fetch(tab)
            return self._show(request, visitor, tab)
        if do not in (SAVE, LIVE):
            tab.fail(unknown_button())
            return self._show(request, visitor, tab, status=400)
        if tab.revision != connection.revision:
            self._tell_of_other(tab)
            return self._show(request, visitor, tab, status=409)
        return self._save(request, visitor, tab, confirmed=do == LIVE)

    # ------------------------------------------------------------------ saving

    def _save(self, request: Request, visitor: Visitor, tab: _Tab, *, confirmed: bool) -> Response:
        values = self._values(tab)
        if values is None:
            return self._show(request, visitor, tab, status=422)
        name = tab.connection.name
        try:
            if not confirmed and self._goes_live(tab, values):
                tab.first = self._sync.going_live(name, values)
                return self._show(request, visitor, tab)
            self._sync.change_settings(name, values, revision=tab.revision)
        except ConcurrentUpdateError:
            tab.connection = self._sync.connection(name)
            self._tell_of_other(tab)
            return self._show(request, visitor, tab, status=409)
        except OrderSyncError as exc:
            tab.fail(exc)
            return self._show(request, visitor, tab, status=422)
        base = request.scope.get("root_path", "")
        return RedirectResponse(f"{base}/connections/{name}/review?told=saved", 303)

    def _values(self, tab: _Tab) -> dict[str, Any] | None:
        """What differs from the stored settings, typed; None when something is wrong, which is then at its field."""
        values: dict[str, Any] = {}
        for name in (*_SWITCHES, *_MORE):
            if name not in tab.given:  # a browser sends every field but a switch that is off
                continue
            try:
                values[name] = parse_setting(name, tab.given.get(name, ""))
            except ConfigurationError as exc:
                tab.fail(exc, at=name)
        for name, find in ((PROFILE, self._profile), (LOCATION, self._location)):
            if name not in tab.given:
                continue
            try:
                values[name] = find(tab)
            except OrderSyncError as exc:
                tab.fail(exc, at=name)
        if tab.errors:
            return None
        return {name: value for name, value in values.items() if value != getattr(tab.settings, name)}

    def _profile(self, tab: _Tab) -> PaymentProfile | None:
        chosen, stored = tab.given.get(PROFILE, ""), tab.settings.payment_profile
        if not chosen:
            return None
        if stored and stored.profile_id == chosen and stored.email.casefold() == tab.email.casefold():
            return stored
        if not tab.email:
            raise ConfigurationError(
                "The profile's e-mail is missing.", next_step="Enter it and click Fetch Profiles.", setting=EMAIL
            )
        return self._sync.find_profile(tab.connection.name, tab.email, chosen)

    def _location(self, tab: _Tab) -> StoreLocation | None:
        chosen, stored = tab.given.get(LOCATION, ""), tab.settings.store_address
        if not chosen:
            return None
        if stored and stored.location_id == chosen:
            return stored
        return self._sync.find_location(tab.connection.name, chosen)

    @staticmethod
    def _goes_live(tab: _Tab, values: Mapping[str, Any]) -> bool:
        settings = tab.settings
        enabled = values.get("enabled", settings.enabled)
        return bool(enabled and not values.get("test_order", settings.test_order) and not settings.live)

    @staticmethod
    def _tell_of_other(tab: _Tab) -> None:
        """Somebody saved meanwhile: say what is stored now; saving again then is a decision."""
        tab.revision = tab.connection.revision
        differing = []
        for name, metadata in PUBLIC_SETTINGS.items():
            stored = getattr(tab.settings, name)
            if name in (PROFILE, LOCATION):
                ident = "" if stored is None else str(getattr(stored, "profile_id", getattr(stored, "location_id", "")))
                same = tab.given.get(name, "") == ident
                text = ident or "none"
            else:
                text = settings_text(stored)
                same = tab.given.get(name, "") in (text, "" if stored in (None, ()) else text)
            if not same:
                differing.append(f"{metadata['title']}: {text}")
        told = f" Stored now, unlike below: {'; '.join(differing)}." if differing else ""
        tab.messages.append(
            Message(
                "error",
                f"These settings were changed by somebody else meanwhile; nothing of yours was saved.{told}",
                "Compare, correct what is below, and click Save & Next again to store it over theirs.",
            )
        )

    # ------------------------------------------------------------------ asking shop and supplier

    def _fetch(self, tab: _Tab) -> None:
        try:
            found = self._sync.fetch_profiles(tab.connection.name, tab.email)
        except OrderSyncError as exc:
            tab.fail(exc, at=EMAIL)
            return
        tab.profiles = tuple(found)
        if found:
            word = "payment profile is" if len(found) == 1 else "payment profiles are"
            tab.messages.append(
                Message("done", f"{len(found)} {word} saved under {tab.email}. Select the one that pays.")
            )
            return
        text = f"The supplier has no payment profiles under {tab.email}."
        tab.fail(
            ConfigurationError(
                text, next_step="Use the e-mail of the supplier's website user who saved the card or bank account."
            ),
            at=EMAIL,
        )

    def _profiles(self, tab: _Tab) -> tuple[PaymentProfile, ...] | None:
        """What the dropdown offers: what was fetched just now, and what is selected."""
        if self._sync.built(tab.connection.name).payment_profiles is None:
            return None
        found = list(tab.profiles or ())
        stored = tab.settings.payment_profile
        chosen = tab.given.get(PROFILE, "")
        if chosen and not found and EMAIL not in tab.errors and not (stored and stored.profile_id == chosen):
            try:  # fetched by the page before this one
                found = self._sync.fetch_profiles(tab.connection.name, tab.email)
            except OrderSyncError as exc:
                tab.fail(exc, at=EMAIL)
        if stored and stored.email.casefold() == tab.email.casefold():
            found += [stored] if stored.profile_id not in {each.profile_id for each in found} else []
        return tuple(found)

    def _locations(self, tab: _Tab) -> tuple[StoreLocation, ...]:
        stored = tab.settings.store_address
        try:
            found = [each for each in self._sync.locations(tab.connection.name) if each.active]
        except OrderSyncError as exc:
            tab.messages.append(Message("note", f"The shop's addresses cannot be listed now: {exc.message}"))
            found = []
        if stored and stored.location_id not in {each.location_id for each in found}:
            found.append(stored)
        return tuple(found)

    # ------------------------------------------------------------------ showing

    def _show(self, request: Request, visitor: Visitor, tab: _Tab, status: int = 200) -> Response:
        built = self._sync.built(tab.connection.name)
        tab.profiles, tab.locations = self._profiles(tab), self._locations(tab)
        fields = {name: self._field(tab, name) for name in PUBLIC_SETTINGS if name not in (PROFILE, LOCATION)}
        supplier = self._sync.plugins.suppliers.get(tab.connection.supplier.plugin).title
        return page(
            request,
            "order_sync.html",
            title=f"Order Sync: {tab.connection.name}",
            visitor=visitor,
            place="/connections",
            status=status,
            tab=tab,
            name=tab.connection.name,
            supplier=supplier,
            limits=limits_of(built.gateway.capabilities, supplier),
            fields=fields,
            more=[fields[each] for each in _MORE],
            email=_email_field(tab),
            profile=_profile_field(tab, supplier),
            location=_location_field(tab),
            messages=tab.messages,
        )

    @staticmethod
    def _field(tab: _Tab, name: str) -> FormField:
        return settings_field(name, tab.settings, tab.given, tab.errors.get(name, ""))


def _given(form: FormData) -> dict[str, str]:
    """The form's texts; a switch that is off is not sent by a browser."""
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    switches = {name for name in PUBLIC_SETTINGS if isinstance(getattr(OrderSyncSettings(), name), bool)}
    return {**given, **{name: given.get(name, "false") for name in switches}}


def _email_field(tab: _Tab) -> FormField:
    return FormField(
        EMAIL,
        "Payment e-mail",
        "Of the supplier's website user who saved the card or bank account",
        "email",
        tab.email,
        error=tab.errors.get(EMAIL, ""),
    )


def _profile_field(tab: _Tab, supplier: str) -> FormField:
    stored = tab.settings.payment_profile
    choices = tuple(
        (p.profile_id, f"{p.label or p.profile_id}{f' ({p.kind})' if p.kind else ''}") for p in tab.profiles or ()
    )
    return FormField(
        PROFILE,
        "Payment Profile",
        "Pays for every order of this connection",
        "select",
        tab.given.get(PROFILE, stored.profile_id if stored else ""),
        choices=_with_chosen(
            tab.given.get(PROFILE, ""), (("", f"None: the terms of the account at {supplier} pay"), *choices)
        ),
        error=tab.errors.get(PROFILE, ""),
    )


def _location_field(tab: _Tab) -> FormField:
    stored = tab.settings.store_address
    choices = tuple((each.location_id, f"{each.name}: {each.address.one_line()}") for each in tab.locations)
    return FormField(
        LOCATION,
        "Store address",
        "Where orders go while dropshipping is disabled",
        "select",
        tab.given.get(LOCATION, stored.location_id if stored else ""),
        choices=_with_chosen(tab.given.get(LOCATION, ""), (("", "Select an address"), *choices)),
        error=tab.errors.get(LOCATION, ""),
    )


def _with_chosen(chosen: str, choices: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """What was chosen stays chosen while it cannot be looked up: else the first choice would take its place unseen."""
    known = not chosen or chosen in {value for value, _ in choices}
    return choices if known else (*choices, (chosen, f"{chosen} (not confirmed)"))
