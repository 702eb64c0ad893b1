"""Speaks the wire: one POST for each question, paced by Shopify's cost bucket. Knows no model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from order_sync.adapters.http_support import MAX_ANSWER_BYTES, build_client, translated
from order_sync.adapters.shopify.queries import Operation
from order_sync.adapters.shopify.refusals import SERVICE, Call, error_list, graphql_error, status_error
from order_sync.adapters.shopify.throttle import CostGate, Patience, cost_of
from order_sync.adapters.shopify.tokens import AccessTokens, Grant, Token
from order_sync.core.errors import RateLimitedError, ServiceUnavailableError
from order_sync.core.ports import Clock

TOKEN_HEADER = "X-Shopify-Access-Token"  # noqa: S105
GRANT_OPERATION = "POST /admin/oauth/access_token"
DEFAULT_LIFETIME_S = 3600.0
"""Of a granted token whose answer does not say; a refused one is renewed anyhow."""


class ShopifyClient:
    """The Admin GraphQL API of one shop. Thread-safe.

    Args:
        base_url: scheme and host (and a path before /admin), without trailing slash.
        secret: looks up ``token``, ``client_id`` and ``client_secret``.
        connection: its name, for errors.
    """

    def __init__(
        self,
        *,
        shop: str,
        base_url: str,
        api_version: str,
        timeout_s: float,
        secret: Callable[[str], str | None],
        clock: Clock,
        connection: str,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.shop = shop
        self.api_version = api_version
        self._base_url = base_url
        self._connection = connection
        self._clock = clock
        self._gate = CostGate(clock)
        self._tokens = AccessTokens(secret, self._fetch_grant, clock, connection)
        self._http = build_client(timeout_s=timeout_s, transport=transport)

    def close(self) -> None:
        """Give connections back."""
        self._http.close()

    def call(self, operation: Operation, secrets: tuple[str, ...] = ("token",)) -> Call:
        """A question as errors name it."""
        return Call(self._connection, self.shop, self.api_version, operation.name, operation.write, secrets)

    def execute(self, operation: Operation, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The whole ``data`` of the answer to an operation; never a part of it.

        A write is sent again only when Shopify said that it did not run it: refused for its cost, or for a
        granted token that had expired.
        """
        patience = Patience(write=operation.write)
        while True:
            try:
                return self._with_token(operation, variables)
            except (RateLimitedError, ServiceUnavailableError) as exc:
                pause_s = patience.pause_s(exc)
                if pause_s is None:
                    raise
            self._clock.sleep_s(pause_s)

    def _with_token(self, operation: Operation, variables: Mapping[str, Any]) -> dict[str, Any]:
        token = self._tokens.get()
        status, headers, body = self._post(operation, variables, token)
        if status == 401 and token.renewable:
            self._tokens.discard(token)
            token = self._tokens.get()
            status, headers, body = self._post(operation, variables, token)
        answer = _parsed(body)
        call = self.call(operation, token.secrets)
        errors = error_list(answer, token.value)
        if status != 200:
            said = str(errors[0]["message"]) if errors else ""
            raise status_error(call, status, headers, said, self._clock.now())
        return self._data(call, operation, answer, errors)

    def _data(self, call: Call, operation: Operation, answer: Any, errors: list[dict[str, Any]]) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise call.broken("not JSON" if answer is None else "not a GraphQL answer")
        cost = cost_of(answer.get("extensions"))
        if cost is not None:
            self._gate.note(operation.name, cost)
        if errors:
            raise graphql_error(call, errors, answer)
        data = answer.get("data")
        if not isinstance(data, dict):
            raise call.broken("no data")
        return data

    def _post(
        self, operation: Operation, variables: Mapping[str, Any], token: Token
    ) -> tuple[int, httpx.Headers, bytes]:
        pause_s = self._gate.reserve(operation.name)
        if pause_s > 0:
            self._clock.sleep_s(pause_s)
        question = {"query": operation.text, "operationName": operation.name, "variables": dict(variables)}
        return self._send(
            self.call(operation, token.secrets),
            f"{self._base_url}/admin/api/{self.api_version}/graphql.json",
            content=json.dumps(question).encode(),
            headers={"Content-Type": "application/json", TOKEN_HEADER: token.value},
        )

    def _send(self, call: Call, url: str, **request: Any) -> tuple[int, httpx.Headers, bytes]:
        body = bytearray()
        with translated(SERVICE, call.operation, write=call.write), self._http.stream("POST", url, **request) as got:
            for chunk in got.iter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise call.broken(f"more than {MAX_ANSWER_BYTES} bytes", got.status_code)
        return got.status_code, got.headers, bytes(body)

    def _fetch_grant(self, client_id: str, client_secret: str) -> Grant:
        """Ask for a token. Without lasting effect, so it counts as a read. What the body says is never quoted."""
        secrets = ("client_id", "client_secret")
        call = Call(self._connection, self.shop, self.api_version, GRANT_OPERATION, False, secrets)
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        status, headers, body = self._send(call, f"{self._base_url}/admin/oauth/access_token", data=form)
        if status != 200:
            # 400 is how OAuth refuses a client (RFC 6749, 5.2).
            raise status_error(call, 401 if status == 400 else status, headers, "", self._clock.now())
        answer = _parsed(body)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token.strip():
            raise call.broken("no access token")
        lifetime_s = answer.get("expires_in")
        known = isinstance(lifetime_s, (int, float)) and 0 < lifetime_s < 10**9
        return Grant(token, float(lifetime_s) if known else DEFAULT_LIFETIME_S)


def _parsed(body: bytes) -> Any:
    """The JSON of a body, or None for what is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
