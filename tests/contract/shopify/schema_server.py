"""Shopify's own schema, executed over plain dicts: what the real types allow, refuse and cut into pages.

It knows no business rule; it answers what the data says, in the shape that the schema says.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from graphql import GraphQLResolveInfo, GraphQLSchema, build_schema, get_named_type, graphql_sync

import order_sync

SCHEMA_PATH = Path(order_sync.__file__).parent / "sandbox" / "data" / "admin-2026-10.graphql.gz"


@cache
def admin_schema() -> GraphQLSchema:
    return build_schema(gzip.decompress(SCHEMA_PATH.read_bytes()).decode(), assume_valid=True)


class SchemaServer:
    """Answers from ``data``: the query root's fields, where an object may be keyed by id ({"order": {id: {...}}}).

    A list stands for a connection or a list, cut by ``first`` and ``after``. ``asked`` has operation names.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.asked: list[str] = []
        self.variables: list[dict[str, Any]] = []
        self.transport = httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.asked.append(body["operationName"])
        self.variables.append(body["variables"])
        result = graphql_sync(
            admin_schema(), body["query"], self.data, variable_values=body["variables"], field_resolver=_resolve
        )
        errors = [error.formatted for error in result.errors or ()]
        return httpx.Response(200, json={"data": result.data, **({"errors": errors} if errors else {})})


def _resolve(source: Any, info: GraphQLResolveInfo, **args: Any) -> Any:
    value = source.get(info.field_name)
    if info.path.prev is None and "id" in args and isinstance(value, dict):
        return value.get(args["id"])
    if not isinstance(value, list):
        return value
    if not get_named_type(info.return_type).name.endswith("Connection"):
        return value[: args.get("first")]
    start = int(args.get("after") or 0)
    end = start + args["first"]
    return {"nodes": value[start:end], "pageInfo": {"hasNextPage": end < len(value), "endCursor": str(end)}}
