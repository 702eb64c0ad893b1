"""What a query costs, and the bucket it is paid from.

The formula is assumed: Shopify says in words that objects cost one, connections by their size and mutations
ten; how large pages are discounted is not published. Here: a scalar 0; an object or plain list 1 and its
children; a connection 2 + floor(2 ln first) x (1 + its node's children); money and pageInfo 0; a mutation 10,
its payload's direct objects free. That it is sub-linear matters, the exact number does not: a client has to
read `extensions.cost`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)
from graphql.pyutils import Undefined
from graphql.utilities import value_from_ast

from order_sync.sandbox.shopify.errors import bad_argument

PAGE_LIMIT = 250
FREE_TYPES = frozenset({"MoneyBag", "MoneyV2", "PageInfo"})
MUTATION_COST = 10.0
UNKNOWN = object()  # no data yet: the requested cost is asked for


@dataclass(frozen=True)
class CostMeter:
    """Walks one operation. With data it gives the actual cost, without it the requested one."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def requested(self, operation: OperationDefinitionNode) -> int:
        return self._operation(operation, UNKNOWN)

    def actual(self, operation: OperationDefinitionNode, data: Any) -> int:
        return self._operation(operation, data)

    def _operation(self, operation: OperationDefinitionNode, data: Any) -> int:
        root = self.schema.get_root_type(operation.operation)
        if root is None:
            return 0
        if operation.operation.value != "mutation":
            return math.ceil(self._children(root, operation.selection_set, data))
        total = 0.0
        for field, payload in self._fields(root, operation.selection_set, data):
            payload_type = self._type_of(root, field)
            total += MUTATION_COST
            for inner, value in self._fields(payload_type, field.selection_set, payload):
                total += self._children(self._type_of(payload_type, inner), inner.selection_set, value)
        return math.ceil(total)

    def _children(self, parent: GraphQLNamedType | None, selection: SelectionSetNode | None, data: Any) -> float:
        if isinstance(data, list):
            data = data[0] if data else None
        if data is None:
            return 0.0
        return sum(self._field(parent, field, value) for field, value in self._fields(parent, selection, data))

    def _field(self, parent: GraphQLNamedType | None, field: FieldNode, data: Any) -> float:
        kind = self._type_of(parent, field)
        if field.selection_set is None or data is None or (kind and kind.name in FREE_TYPES):
            return 0.0
        if kind and kind.name.endswith("Connection"):
            return self._connection(parent, kind, field, data)
        return 1.0 + self._children(kind, field.selection_set, data)

    def _connection(
        self, parent: GraphQLNamedType | None, kind: GraphQLNamedType, field: FieldNode, data: Any
    ) -> float:
        size = self._page_size(parent, field)
        per_node = 1.0
        for inner, value in self._fields(kind, field.selection_set, data):
            if inner.name.value == "nodes":
                per_node += self._children(self._type_of(kind, inner), inner.selection_set, value)
                size = min(size, len(value)) if isinstance(value, list) else size
            elif inner.name.value == "edges":
                edge = self._type_of(kind, inner)
                # An edge costs its node: the node's own point is already counted in `per_node`.
                per_node += max(0.0, self._children(edge, inner.selection_set, value) - 1.0)
                size = min(size, len(value)) if isinstance(value, list) else size
        return 2.0 + (max(1, math.floor(2 * math.log(size))) * per_node if size else 0.0)

    def _page_size(self, parent: GraphQLNamedType | None, field: FieldNode) -> int:
        sizes = []
        for argument in field.arguments or ():
            if argument.name.value in {"first", "last"}:
                definition = parent.fields[field.name.value].args[argument.name.value]  # type: ignore[union-attr]
                value = value_from_ast(argument.value, definition.type, dict(self.variables))
                if value is not Undefined and value is not None:
                    sizes.append(int(value))
        if not sizes:
            raise bad_argument("you must provide one of first or last")
        if sizes[0] > PAGE_LIMIT or sizes[0] < 0:
            raise bad_argument(f"first and last must be between 0 and {PAGE_LIMIT}, not {sizes[0]}")
        return sizes[0]

    def _fields(
        self, parent: GraphQLNamedType | None, selection: SelectionSetNode | None, data: Any
    ) -> list[tuple[FieldNode, Any]]:
        """The fields of a selection, fragments opened, each with its part of the data."""
        found: list[tuple[FieldNode, Any]] = []
        for node in selection.selections if selection else ():
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.append((node, data.get(key) if isinstance(data, dict) else UNKNOWN if data is UNKNOWN else None))
            elif isinstance(node, FragmentSpreadNode):
                found += self._fields(parent, self.fragments[node.name.value].selection_set, data)
            elif isinstance(node, InlineFragmentNode):
                found += self._fields(parent, node.selection_set, data)
        return found

    def _type_of(self, parent: GraphQLNamedType | None, field: FieldNode) -> GraphQLNamedType | None:
        fields = getattr(parent, "fields", {})
        definition = fields.get(field.name.value)
        return get_named_type(definition.type) if definition else None


class Bucket:
    """Points that come back with time. Source: Shopify's leaky bucket, `throttleStatus`."""

    def __init__(self, clock: Callable[[], datetime], size: float, restore_rate: float) -> None:
        self.size = size
        self.restore_rate = restore_rate
        self._clock = clock
        self._level = size
        self._at = clock()

    def available(self) -> float:
        now = self._clock()
        passed = max(0.0, (now - self._at).total_seconds())
        self._level, self._at = min(self.size, self._level + passed * self.restore_rate), now
        return self._level

    def take(self, points: float) -> bool:
        """Take the points; False when there are not enough, and then none is taken."""
        if self.available() < points:
            return False
        self._level -= points
        return True

    def give_back(self, points: float) -> None:
        self._level = min(self.size, self._level + points)

    def status(self) -> dict[str, Any]:
        return {
            "maximumAvailable": self.size,
            "currentlyAvailable": int(self.available()),
            "restoreRate": self.restore_rate,
        }
