"""What can be wrong, looked at, each with its remedy."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from order_sync.bootstrap.checks import FAIL, OK, WARN, Check
from order_sync.bootstrap.people_checks import notification_check, old_exports
from order_sync.bootstrap.plugin_checks import plugin_checks
from order_sync.bootstrap.standing import standing
from order_sync.bootstrap.webhook_check import webhook_check
from order_sync.bootstrap.webhook_setup import webhooks_of
from order_sync.core.errors import AuthenticationError, OrderSyncError
from order_sync.core.model.settings import Connection
from order_sync.core.model.sync_record import State
from order_sync.core.policies.redaction import trace_of

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync

_NETWORK_DISKS = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "glusterfs", "ceph")

log = logging.getLogger("order_sync")


class Doctor:
    """Looks at an installation and its connections; changes nothing."""

    def __init__(self, sync: OrderSync) -> None:
        self._sync = sync

    def run(self, name: str | None = None) -> list[Check]:
        """Every check, in order; of one connection or of all."""
        checks = [*self._installation(), *self._journal(name)]
        names = [name] if name is not None else self._names(checks)
        for each in names:
            checks.extend(self._whole(each))
        return checks

    def _whole(self, name: str) -> Iterator[Check]:
        """Every check of a connection; a plugin that breaks it off keeps no other connection from being looked at."""
        try:
            yield from self._connection(name)
        except OrderSyncError as exc:
            yield Check(name, "plugin", FAIL, exc.message, exc.next_step)
        except Exception as exc:
            yield _broken(name, "plugin", exc)

    def _names(self, checks: list[Check]) -> list[str]:
        names = list(self._sync.connections())
        if not names:
            checks.append(
                Check("installation", "connections", WARN, "There is no connection yet.", "order-sync connect NAME")
            )
        return names

    # ------------------------------------------------------------------ the installation

    def _installation(self) -> Iterator[Check]:
        home = self._sync.config.home
        yield Check("installation", "home", OK, f"{home} ({self._sync.container.settings_store().describe()})")
        yield self._secrets_file(home / "secrets.json")
        yield self._ledger()
        yield self._try("installation", "notifications", lambda: notification_check(self._sync))
        yield from plugin_checks(self._sync)

    def _journal(self, name: str | None) -> Iterator[Check]:
        """Every chain, those of removed connections too."""
        try:
            found = self._sync.verify_journal()
        except OrderSyncError as exc:
            yield Check("installation", "journal", FAIL, exc.message, exc.next_step)
            return
        for check in found:
            if name not in (None, check.connection):
                continue
            erased = f", {check.erased} erased" if check.erased else ""
            detail = f"{check.rows} rows{erased}, the chain holds; it ends in {check.head}"
            if check.broken_at is None:
                yield Check(check.connection, "journal", OK, detail)
                continue
            yield Check(
                check.connection,
                "journal",
                FAIL,
                f"Row {check.broken_at} does not fit: {check.problem}.",
                "Something other than Order Sync wrote to the ledger. Compare it with a backup, then: "
                f"order-sync reconcile {check.connection}",
            )

    @staticmethod
    def _secrets_file(path: Path) -> Check:
        try:
            mode = path.stat().st_mode & 0o777
        except OSError:
            return Check("installation", "secrets file", OK, "no secrets are stored yet")
        if mode & 0o077:
            return Check(
                "installation",
                "secrets file",
                FAIL,
                f"{path} can be read by others (mode {mode:o}).",
                f"chmod 600 {path}; then replace the secrets that were in it.",
            )
        return Check("installation", "secrets file", OK, f"{path} is private")

    def _ledger(self) -> Check:
        config = self._sync.config
        path = config.ledger_file
        if path is not None and (disk := _disk_of(path)) in _NETWORK_DISKS:
            return Check(
                "installation",
                "ledger",
                FAIL,
                f"{path} is on a network disk ({disk}), where SQLite's locks cannot be trusted.",
                "Put ORDER_SYNC_HOME on a local disk, or use PostgreSQL (ORDER_SYNC_DATABASE_URL).",
            )
        try:
            doubt = self._sync.records(states=(State.IN_DOUBT,))
        except OrderSyncError as exc:
            return Check("installation", "ledger", FAIL, exc.message, exc.next_step)
        if path is not None and not path.exists():
            return Check("installation", "ledger", OK, f"{path} is made with the first order")
        if doubt:
            return Check(
                "installation",
                "ledger",
                WARN,
                f"{len(doubt)} purchases are in doubt.",
                "order-sync orders --state in_doubt",
            )
        return Check("installation", "ledger", OK, "opens, nothing is in doubt")

    # ------------------------------------------------------------------ a connection

    def _connection(self, name: str) -> Iterator[Check]:
        try:
            connection = self._sync.connection(name)
            built = self._sync.built(name)
        except OrderSyncError as exc:
            yield Check(name, "settings", FAIL, exc.message, exc.next_step, credentials="secret" in exc.about)
            return
        yield from self._settings(connection)
        yield self._try(name, "shop", lambda: self._shop(name))
        webhooks = webhooks_of(built)
        if webhooks is not None:
            yield self._try(name, "webhooks", lambda: webhook_check(self._sync, built, webhooks))
        self._sync.calls_of(connection.supplier_account).try_now()
        yield self._try(name, "supplier", lambda: Check(name, "supplier", OK, built.supplier.gateway.check()))
        yield self._limits(connection)
        yield from standing(self._sync, connection)
        yield self._try(name, "payment profile", lambda: self._payment_profile(connection))
        yield self._waiting_for_people(name)
        yield from old_exports(self._sync, connection)

    def _settings(self, connection: Connection) -> Iterator[Check]:
        name, settings = connection.name, connection.order_sync
        if not settings.enabled:
            yield Check(
                name,
                "order sync",
                WARN,
                "Order Sync is off: nothing is bought.",
                f"order-sync settings {name} enabled=true",
            )
        else:
            when = (
                "as soon as payment is complete" if settings.auto_fulfillment else "once marked fulfilled in the shop"
            )
            kind = "as test orders" if settings.test_order else "FOR REAL MONEY"
            where = "the store" if settings.disable_dropshipping else "the customer"
            yield Check(name, "order sync", OK, f"orders are bought {kind}, {when}, shipped to {where}")
        problems = self._sync.built(name).supplier.gateway.option_problems(settings.options)
        if problems:
            yield Check(name, "options", FAIL, " ".join(problems), f"order-sync settings {name} KEY=VALUE")
        if settings.store_address is not None:
            address = settings.store_address.address
            for problem in self._sync.built(name).supplier.gateway.address_problems(address, settings.options):
                status = FAIL if settings.disable_dropshipping else WARN
                yield Check(name, "store address", status, problem.message, problem.next_step)

    def _shop(self, name: str) -> Check:
        identity = self._sync.built(name).source.identify()
        who = f"{identity.name} ({identity.domain})"
        if identity.missing_scopes:
            return Check(
                name,
                "shop",
                FAIL,
                f"{who}: the credentials lack {', '.join(identity.missing_scopes)}.",
                "Give the app these access scopes in the shop's admin, then install it again.",
                credentials=True,
            )
        notes = " ".join(identity.notes)
        return Check(name, "shop", WARN if notes else OK, f"{who}. {notes}" if notes else who)

    def _limits(self, connection: Connection) -> Check:
        """What the supplier cannot do; that purchases whose answer was lost go to a person is worth a warning."""
        name = connection.name
        limits = self._sync.supplier_limits(name)
        by_po = self._sync.built(name).gateway.capabilities.find_by_po
        remedy = "" if by_po else f"Look at order-sync orders inbox {name} every day."
        return Check(name, "limits", OK if by_po else WARN, " ".join(limits) or "the supplier can everything", remedy)

    def _payment_profile(self, connection: Connection) -> Check:
        name, profile = connection.name, connection.order_sync.payment_profile
        if profile is None and not self._sync.built(name).gateway.capabilities.payment_profiles:
            return Check(name, "payment profile", OK, "the supplier has none: the account's own terms pay")
        if profile is None:
            return Check(
                name,
                "payment profile",
                WARN,
                "None is selected: the account's own terms pay.",
                f"If that is not meant: order-sync profiles {name} --email EMAIL --select ID",
            )
        found = {each.profile_id for each in self._sync.fetch_profiles(name, profile.email)}
        if profile.profile_id in found:
            return Check(name, "payment profile", OK, f"{profile.label or profile.profile_id} of {profile.email}")
        return Check(
            name,
            "payment profile",
            FAIL,
            f"The supplier has no profile {profile.profile_id} under {profile.email} any more.",
            f"order-sync profiles {name} --email {profile.email} --select ID",
        )

    def _waiting_for_people(self, name: str) -> Check:
        held = self._sync.tasks(name)
        if held:
            return Check(name, "orders", WARN, f"{len(held)} orders need a person.", f"order-sync orders inbox {name}")
        return Check(name, "orders", OK, "none needs a person")

    @staticmethod
    def _try(name: str, what: str, check: Callable[[], Check]) -> Check:
        try:
            return check()
        except OrderSyncError as exc:
            credentials = isinstance(exc, AuthenticationError) or "secret" in exc.about
            return Check(name, what, FAIL, exc.message, exc.next_step, credentials=credentials)
        except Exception as exc:
            return _broken(name, what, exc)


def _broken(name: str, what: str, exc: Exception) -> Check:
    """Only the kind of error is told: its text may quote anything."""
    log.error("connection=%s the check %s failed: %s", name, what, trace_of(exc))
    detail = f"A plugin of the connection failed: it raised {type(exc).__name__}."
    return Check(name, what, FAIL, detail, "Report it to the plugin's author; other connections work.")


def _disk_of(path: Path) -> str:
    """The kind of file system that a path is on (Linux), empty when unknown."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for mount in mounts:
        _, point, found, *_ = mount.split(" ")
        inside = str(path) == point or str(path).startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, found
    return kind
