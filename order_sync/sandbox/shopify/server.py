"""Shopify on loopback: `/admin/api/{version}/graphql.json`, the token grant, and the handles a test holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from order_sync.sandbox.http import SandboxServer
from order_sync.sandbox.knob_setting import turn
from order_sync.sandbox.messages import Reply, Request
from order_sync.sandbox.shopify import webhooks
from order_sync.sandbox.shopify.engine import Engine
from order_sync.sandbox.shopify.knobs import ShopKnobs
from order_sync.sandbox.shopify.shop import Shop

GRAPHQL = re.compile(r"/admin/api/([^/]+)/graphql\.json")
BAD_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"  # noqa: S105 - a text
# Acts of the shop that `POST /__sandbox__/{act}` takes, with the method's own argument names as members.
ACTS = ("pay", "cancel", "refund", "fulfill", "hold", "edit_address", "remove_lines")


class ShopifySimulator(Shop, SandboxServer):
    """A stand-in for one Shopify shop; the merchant's acts (`add_order`, `pay`, ...) are methods of it."""

    def __init__(
        self,
        domain: str = "demo.myshopify.com",
        *,
        port: int = 0,
        now: Callable[[], datetime] | None = None,
        seed: int = 0,
        knobs: ShopKnobs | None = None,
    ) -> None:
        SandboxServer.__init__(self, port=port, now=now, seed=seed)
        Shop.__init__(self, domain, self.clock, seed, knobs or ShopKnobs())
        self.knobs = self.shop_knobs
        self.token = f"shpat_sandbox{seed:019d}"
        self.client_id = f"sandbox-client-{seed}"
        self.client_secret = f"sandbox-secret-{seed}"
        self.webhook_target: str | None = None
        self.engine = Engine(self, self.clock, self.crashes)
        self._issued: dict[str, datetime] = {}
        self._grants = 0
        self._deliveries = 0

    # ------------------------------------------------------------ webhooks

    def webhook(self, topic: str, order_id: str | None = None, fields: Iterable[str] = ()) -> webhooks.WebhookDelivery:
        """Build a signed delivery; topic as ORDERS_PAID or orders/paid; `fields`: a subscription's includeFields."""
        with self.shop_lock:
            self._deliveries += 1
            return self._delivery(topic, order_id, tuple(fields))

    def _delivery(self, topic: str, order_id: str | None, fields: tuple[str, ...]) -> webhooks.WebhookDelivery:
        body = webhooks.body_for(topic, self.orders[order_id] if order_id else None, self.domain)
        if fields:
            body = webhooks.only(body, fields)
        version = self.knobs.supported_versions[-1]
        return webhooks.build(topic, body, self.domain, self.client_secret, version, self.clock(), self._deliveries)

    def deliver_webhook(self, topic: str, order_id: str | None = None) -> list[int]:
        """Send to `webhook_target`, or else to every subscription of the topic, each with the fields it asks for.

        Returns the statuses answered.
        """
        with self.shop_lock:
            self._deliveries += 1
            targets: list[tuple[str, tuple[str, ...]]] = [
                (item.uri, tuple(item.include_fields))
                for item in self.webhook_subscriptions.values()
                if webhooks.header_topic(item.topic) == webhooks.header_topic(topic) and item.uri.startswith("http")
            ]
            if self.webhook_target:
                targets = [(self.webhook_target, ())]
            deliveries = [(url, self._delivery(topic, order_id, fields)) for url, fields in targets]
        return [delivery.send(url) for url, delivery in deliveries]

    # ------------------------------------------------------------ tests in another process

    def state(self) -> dict[str, Any]:
        with self.shop_lock:
            orders = [
                {**asdict(order), "fulfillment_status": order.fulfillment_status} for order in self.orders.values()
            ]
            subscriptions = [asdict(item) for item in self.webhook_subscriptions.values()]
        return {"orders": orders, "webhook_subscriptions": subscriptions}

    def command(self, name: str, payload: dict[str, Any]) -> Any:
        """orders {lines, ...} -> {"id".

        Gid}; the acts with their argument names; webhook {topic, order_id}; knobs.
        """
        if name == "orders":
            if payload.get("created_at"):
                payload["created_at"] = datetime.fromisoformat(payload["created_at"])
            return {"id": self.add_order(**payload)}
        if name in ACTS:
            return {"result": getattr(self, name)(**payload)}
        if name == "webhook":
            return {"statuses": self.deliver_webhook(payload["topic"], payload.get("order_id"))}
        if name == "webhook_target":
            self.webhook_target = payload["url"]
            return {}
        if name == "knobs":
            return turn(self.knobs, payload)
        raise LookupError(name)

    # ------------------------------------------------------------ requests

    def respond(self, request: Request) -> Reply:
        if request.method == "POST" and request.path == "/admin/oauth/access_token":
            return self._grant(request)
        found = GRAPHQL.fullmatch(request.path)
        if found is None or found[1] not in self.knobs.supported_versions:
            return Reply.json(404, {"errors": "Not Found"})
        if request.method != "POST":
            return Reply.json(405, {"errors": "Method Not Allowed"})
        if not self._token_fits(request.header("x-shopify-access-token")):
            return Reply.json(401, {"errors": BAD_TOKEN})
        return self._graphql(request, found[1])

    def _graphql(self, request: Request, version: str) -> Reply:
        try:
            body = request.json()
        except ValueError:
            return Reply.json(400, {"errors": "Bad Request"})
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            return Reply.json(400, {"errors": {"query": "Required parameter missing or invalid"}})
        variables, name = body.get("variables") or {}, body.get("operationName")
        reply = Reply.json(200, self.engine.answer(body["query"], variables, name, version))
        reply.headers["X-Shopify-API-Version"] = version
        return reply

    def _token_fits(self, token: str) -> bool:
        with self.lock:
            until = self._issued.get(token)
        return token == self.token or (until is not None and self.clock() < until)

    def revoke_tokens(self) -> None:
        """Every token given out by the client-credentials grant stops working at once."""
        with self.lock:
            self._issued.clear()

    def _grant(self, request: Request) -> Reply:
        """Client credentials grant; a form or JSON. Status and body of refusals are assumed."""
        try:
            given = request.json() if "json" in request.header("content-type") else request.form()
        except ValueError:
            given = {}
        if given.get("grant_type") != "client_credentials":
            return Reply.json(400, {"error": "unsupported_grant_type"})
        if (given.get("client_id"), given.get("client_secret")) != (self.client_id, self.client_secret):
            return Reply.json(400, {"error": "invalid_client"})
        lifetime = self.knobs.token_lifetime_s
        with self.lock:
            self._grants += 1
            token = f"shpat_issued{self.client_id[-1:]}{self._grants:018d}"
            self._issued[token] = self.clock() + timedelta(seconds=lifetime)
        scope = ",".join(self.knobs.scopes)
        return Reply.json(200, {"access_token": token, "scope": scope, "expires_in": lifetime})

    def error_reply(self, status: int) -> Reply:
        texts = {429: "Exceeded 2 calls per second for api client."}
        return Reply.json(status, {"errors": texts.get(status, "Internal Server Error")})
