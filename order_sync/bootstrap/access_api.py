"""The public API: who may open the browser pages."""

from __future__ import annotations

import hmac

from order_sync.bootstrap.access import Access, ShopApp
from order_sync.bootstrap.installation import Installation
from order_sync.core.errors import ConfigurationError


class AccessApi(Installation):
    """Password, one-time links, embedded shops."""

    @property
    def access(self) -> Access:
        """The password and the one-time links."""
        return self.container.access()

    def shop_apps(self, shop: str, client_id: str) -> list[ShopApp]:
        """The connections to a Shopify shop through the app of that client id, with what verifies its tokens.

        A connection whose secrets cannot be looked up is left out.
        """
        found = []
        for name in self._store.names():
            source = self._store.get(name).source
            if source.plugin == "shopify" and source.values.get("shop") == shop:
                app = self._app(name)
                if app is not None and hmac.compare_digest(
                    app.client_id.encode(), client_id.encode("utf-8", "surrogatepass")
                ):
                    found.append(app)
        return found

    def _app(self, name: str) -> ShopApp | None:
        try:
            client_id, client_secret = (
                (self._store.get_secret(name, f"source.{key}") or "").strip() for key in ("client_id", "client_secret")
            )
        except ConfigurationError:
            return None
        return ShopApp(name, client_id, client_secret) if client_id and client_secret else None
