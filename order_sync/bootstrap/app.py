"""The public API: one installation of Order Sync, for the command line and for hosting apps alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from order_sync.bootstrap.access_api import AccessApi
from order_sync.bootstrap.checks import Check
from order_sync.bootstrap.doctor import Doctor
from order_sync.bootstrap.inbox_api import InboxApi
from order_sync.bootstrap.journal_api import JournalApi
from order_sync.bootstrap.plugins_api import PluginsApi
from order_sync.bootstrap.reports_api import ReportsApi
from order_sync.bootstrap.sku_map_api import SkuMapApi

if TYPE_CHECKING:
    from order_sync.bootstrap.access import Authenticate
    from order_sync.bootstrap.service import Service


class OrderSync(SkuMapApi, InboxApi, JournalApi, ReportsApi, AccessApi, PluginsApi):
    """One installation. Thread-safe; opens nothing before it is used; two of them share nothing.

    Close it once at the end (or use ``with``); a closed one raises ClosedError. docs/embedding.md is the guide.

    Args:
        home: the folder of settings, secrets and ledger; None: ORDER_SYNC_HOME or the platform's own.
        settings_store, ledger, clock, notifier: use these instead of the built-in ones; they stay the host's to close.
        inbox: where events wait; None: in the database of the built-in ledger, or in memory beside a host's own.
        task_runner: carries hints for `service` instead of threads: a TaskRunner for one running service at a time, or
            a callable that makes one for each.
        plugins: more plugins: modules or objects, or (name, module or object).
        http_transport: an httpx transport for every adapter, instead of the network; it is not closed.
        environment: read instead of the process's environment, also for secrets given as ``env:NAME``.

    Every method raises OrderSyncError or a subclass: see order_sync.core.errors.
    """

    def service(self, *, workers: int = 8, look_every_s: float | None = 300.0) -> Service:
        """Workers, the sweeper and the scheduled look: what makes orders flow by themselves. Not yet started.

        Args:
            workers: orders worked on at the same time; a task runner of the host gets about so many at once.
            look_every_s: seconds between two looks at each shop; None: events and due records only.
        """
        from order_sync.bootstrap.service import Service

        return Service(self, workers=workers, look_every_s=look_every_s)

    def asgi_app(
        self, service: Service | None = None, *, authenticate: Authenticate | None = None, pages: bool = True
    ) -> Any:
        """The ASGI application: pages, webhooks in, health, metrics; to be served alone or mounted in a host's own.

        Args:
            service: a started Service of this installation, told of every event at once; None: a Service
                elsewhere finds the events in the inbox.
            authenticate: a host's own login: gives the name of who asks, None to refuse, or a Response that is sent
                as it is; it may be async. Without it people log in with the password or a one-time link.
            pages: False leaves the pages for people out.
        """
        from order_sync.web.app import build_app

        return build_app(self, service, authenticate=authenticate, pages=pages)

    def doctor(self, name: str | None = None) -> list[Check]:
        """Every check of the installation and of one connection, or of all."""
        return Doctor(self).run(name)
