"""One GraphQL request: parsed, checked against Shopify's schema, priced, executed.

Every answer is HTTP 200 with Shopify's shape; `extensions.cost` is there once the query could be priced.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from order_sync.sandbox.shopify.access import check_access
from order_sync.sandbox.shopify.cost import Bucket, CostMeter
from order_sync.sandbox.shopify.errors import not_simulated
from order_sync.sandbox.shopify.mutations import Mutations
from order_sync.sandbox.shopify.queries import Queries
from order_sync.sandbox.shopify.schema import admin_schema
from order_sync.sandbox.shopify.shop import Shop

CACHE_LIMIT = 200  # query texts; a client has a dozen, but a fuzz test has not
Answer = dict[str, Any]

# graphql-core's sentence -> Shopify's code and names. Codes: Shopify's API; the fallback is assumed.
CODES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (r"Cannot query field '(\w+)' on type '(\w+)'", "undefinedField", ("fieldName", "typeName")),
    (r"Unknown argument '(\w+)' on field '([\w.]+)'", "argumentNotAccepted", ("argumentName", "name")),
    (r"Field '(\w+)' argument '(\w+)' of type", "missingRequiredArguments", ("name", "arguments")),
    (
        r"Argument '\w+\.(\w+)\((\w+):\)' of type .* is required",
        "missingRequiredArguments",
        ("name", "arguments"),
    ),
    (r"Field '(\w+)' of type .* must have a selection", "selectionMismatch", ("nodeName",)),
    (r"Field '(\w+)' must not have a selection", "selectionMismatch", ("nodeName",)),
    (r"Variable '\$(\w+)' is never used", "variableNotUsed", ("variableName",)),
    (r"Variable '\$(\w+)' is not defined", "variableNotDefined", ("variableName",)),
    (r"Variable '\$(\w+)' of type '(.+)' used in position", "variableMismatch", ("variableName", "typeName")),
    (r"Fragment '(\w+)' is never used", "useFragment", ("fragmentName",)),
    (r"Unknown fragment '(\w+)'", "undefinedFragment", ("fragmentName",)),
)


@dataclass
class Engine:
    """Answers GraphQL for one shop. `crashes` receives the simulator's own mistakes as text."""

    shop: Shop
    clock: Callable[[], datetime]
    crashes: list[str]
    bucket: Bucket = field(init=False)
    _documents: dict[str, tuple[DocumentNode, list[GraphQLError]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bucket = Bucket(self.clock, self.shop.shop_knobs.bucket_size, self.shop.shop_knobs.restore_rate)

    def answer(self, text: str, variables: dict[str, Any], operation_name: str | None, version: str) -> Answer:
        try:
            document, problems = self._document(text)
        except GraphQLError as exc:
            return {"errors": [_formatted(exc)]}
        if problems:
            return {"errors": [_with_code(problem) for problem in problems]}
        operation = get_operation_ast(document, operation_name)
        if operation is None:
            return {"errors": [{"message": "An operation name is required"}]}
        values = get_variable_values(admin_schema(), operation.variable_definitions or (), variables)
        if isinstance(values, list):
            return {"errors": [_invalid_variable(error) for error in values]}
        with self.shop.shop_lock:
            found: Any = values  # graphql-core 3.2 gives the dict itself, 3.3 wraps it
            coerced = getattr(found, "coerced", found)
            return self._priced(document, operation, variables, coerced, version)

    def _document(self, text: str) -> tuple[DocumentNode, list[GraphQLError]]:
        known = self._documents.get(text)
        if known is None:
            document = parse(text)
            known = document, validate(admin_schema(), document)
            if len(self._documents) < CACHE_LIMIT:
                self._documents[text] = known
        return known

    # ------------------------------------------------------------ cost

    def _priced(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        raw: dict[str, Any],
        coerced: dict[str, Any],
        version: str,
    ) -> Answer:
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        meter = CostMeter(admin_schema(), fragments, coerced)
        try:
            requested = meter.requested(operation)
        except GraphQLError as exc:
            return {"errors": [_formatted(exc)]}
        limit = self.shop.shop_knobs.max_query_cost
        if requested > limit:
            return self._refused(requested, _too_dear(requested, limit))
        if not self.bucket.take(requested):
            return self._refused(requested, {"message": "Throttled", "extensions": {"code": "THROTTLED"}})
        answer = self._execute(document, operation, raw, version)
        actual = min(requested, meter.actual(operation, answer.get("data")))
        self.bucket.give_back(requested - actual)
        answer.setdefault("extensions", {})["cost"] = self._cost(requested, actual)
        return answer

    def _refused(self, requested: int, error: dict[str, Any]) -> Answer:
        return {"errors": [error], "extensions": {"cost": self._cost(requested, None)}}

    def _cost(self, requested: int, actual: int | None) -> dict[str, Any]:
        return {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": self.bucket.status(),
        }

    # ------------------------------------------------------------ execution

    def _execute(
        self, document: DocumentNode, operation: OperationDefinitionNode, raw: dict[str, Any], version: str
    ) -> Answer:
        queries = Queries(self.shop, version)
        is_mutation = operation.operation.value == "mutation"
        root = Mutations(self.shop, queries).root() if is_mutation else queries.root()
        result = execute_sync(
            admin_schema(),
            document,
            root_value=root,
            variable_values=raw,
            operation_name=operation.name.value if operation.name else None,
            field_resolver=self._resolve,
        )
        answer: Answer = {}
        if result.errors:
            answer["errors"] = [self._reported(error) for error in result.errors]
        answer["data"] = result.data
        if queries.warnings:
            answer["extensions"] = {"search": queries.warnings}
        return answer

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        """Views are mappings; a member that is a function takes the arguments."""
        check_access(self.shop.shop_knobs.scopes, info.parent_type.name, info.field_name)
        if not isinstance(source, dict) or info.field_name not in source:
            raise not_simulated(f"{info.parent_type.name}.{info.field_name}")
        value = source[info.field_name]
        return value(info, **arguments) if callable(value) else value

    def _reported(self, error: GraphQLError) -> dict[str, Any]:
        cause = error.original_error
        if cause is not None and not isinstance(cause, GraphQLError):
            self.crashes.append(f"{'.'.join(map(str, error.path or ()))}: {cause!r}")
            return {"message": "Internal error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
        return _formatted(error)


def _formatted(error: GraphQLError) -> dict[str, Any]:
    return dict(error.formatted)


def _with_code(error: GraphQLError) -> dict[str, Any]:
    shown = _formatted(error)
    for pattern, code, names in CODES:
        found = re.match(pattern, error.message)
        if found:
            shown["extensions"] = {"code": code, **dict(zip(names, found.groups(), strict=False))}
            if code == "undefinedField":
                shown["message"] = f"Field '{found[1]}' doesn't exist on type '{found[2]}'"
            return shown
    shown.setdefault("extensions", {"code": "graphqlValidation"})
    return shown


def _invalid_variable(error: GraphQLError) -> dict[str, Any]:
    return {**_formatted(error), "extensions": {"code": "INVALID_VARIABLE"}}


def _too_dear(requested: int, limit: int) -> dict[str, Any]:
    return {
        "message": f"Query cost is {requested}, which exceeds the single query max cost limit ({limit}).",
        "extensions": {"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": limit},
    }
