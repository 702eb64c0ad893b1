"""The reference of hooks, descriptions and rules, written from what the code says of itself.

python -m order_sync.plugins.reference > docs/plugins/reference.md
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any, cast

from order_sync.core import errors, ports
from order_sync.core.model import address, order, plan_adjustment, purchase_order, supplier_order
from order_sync.core.model.money import Money
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.supplier_order import Capabilities
from order_sync.core.policies.pacing import Answer
from order_sync.core.use_cases.supplier_calls import SupplierCalls
from order_sync.plugins import hookspecs, registry, rules

KINDS = {"register": "gives", "resolve": "decides", "adjust": "decides", "order": "tells"}
_SECTION = re.compile(r"^(Args|Returns|Raises|Attributes):$")
_NAMED = re.compile(r"^ {4}([a-z_]+(?:, [a-z_]+)*|[A-Z][A-Za-z]+): (.*)$")
_DESCRIPTIONS = (
    registry.SupplierPlugin,
    registry.Supplier,
    registry.SupplierContext,
    registry.OrderSourcePlugin,
    registry.OrderSourceContext,
    registry.SettingsStorePlugin,
    registry.SettingsStoreContext,
    registry.NotifierPlugin,
    registry.NotifierContext,
    registry.CommandPlugin,
    registry.Field,
    Capabilities,
    plan_adjustment.ProposedPlan,
    plan_adjustment.ProposedLine,
    plan_adjustment.PlanAdjustment,
)


_PORTS: tuple[type[Any], ...] = (
    ports.SupplierGateway,
    ports.PaymentProfileProvider,
    ports.OrderSource,
    ports.Webhooks,
    ports.SettingsStore,
    ports.Messenger,
    SupplierCalls,
)
_MODELS: tuple[Any, ...] = (
    purchase_order.PurchaseOrder,
    purchase_order.PurchaseOrderLine,
    purchase_order.PurchaseOptions,
    purchase_order.Mode,
    address.Address,
    address.AddressProblem,
    address.StoreLocation,
    PaymentProfile,
    Money,
    supplier_order.SupplierItem,
    supplier_order.Submission,
    supplier_order.SupplierOrder,
    supplier_order.SupplierOrderLine,
    supplier_order.SupplierOrderStatus,
    supplier_order.LineRefusal,
    order.TrackingInfo,
    order.Order,
    order.OrderHead,
    order.LineItem,
    order.FinancialStatus,
    order.Fulfillment,
    order.FulfillmentLine,
    order.FulfillmentStatus,
    order.FulfillmentWork,
    order.WorkLine,
    order.WorkStatus,
    order.ShopItem,
    ports.ShopIdentity,
    ports.FulfillmentWrite,
    ports.Delivery,
    Answer,
)
_TYPES = {"ShopSku": order, "SupplierSku": purchase_order, "PoNumber": purchase_order}
_ERRORS = (
    errors.ServiceUnavailableError,
    errors.RateLimitedError,
    errors.AuthenticationError,
    errors.AccessDeniedError,
    errors.RejectedRequestError,
    errors.MalformedResponseError,
    errors.OutcomeUnknownError,
    errors.ConfigurationError,
    errors.NotAllowedError,
    errors.OrderNotFoundError,
    errors.UnknownConnectionError,
    errors.ConcurrentUpdateError,
    errors.StorageError,
    errors.InvalidPluginError,
)


def reference() -> str:
    """The whole page as Markdown."""
    parts = (_head(), _hooks(), _descriptions(), _ports(), _models(), _errors(), _rules())
    return "\n".join(line for part in parts for line in part) + "\n"


def hooks() -> dict[str, Any]:
    """Every hook specification by its name, in the order of hookspecs.py."""
    marked = f"{hookspecs.PROJECT}_spec"
    return {name: item for name, item in vars(hookspecs).items() if hasattr(item, marked)}


def _head() -> Iterator[str]:
    yield "# Plugin reference"
    yield ""
    yield "Written by `python -m order_sync.plugins.reference` from the code: what is wrong here is changed there."
    yield "[Plugins](README.md) says how it all fits together."
    yield ""
    said = f"{hookspecs.HOOK_API_NAME} = {hookspecs.HOOK_API}"
    yield f"Hook API version: **{hookspecs.HOOK_API}**; a plugin says `{said}`."
    yield ""


def _hooks() -> Iterator[str]:
    yield "## Hooks"
    yield ""
    yield "| hook | kind | in a few words |"
    yield "|---|---|---|"
    for name, hook in hooks().items():
        yield f"| [`{name}`](#{name}) | {_kind(name)} | {_first_line(hook)} |"
    yield ""
    for name, hook in hooks().items():
        yield f"### {name}"
        yield ""
        yield "```text"
        yield f"{name}{_signature(hook)}"
        yield "```"
        yield ""
        yield from _prose(inspect.getdoc(hook) or "")


def _kind(name: str) -> str:
    return KINDS[name.partition("_")[0]]


def _first_line(item: Any) -> str:
    return (inspect.getdoc(item) or "").partition("\n")[0]


def _signature(item: Any) -> str:
    return str(inspect.signature(item)).replace("'", "")


def _descriptions() -> Iterator[str]:
    yield "## What is handed over"
    yield ""
    yield "In `order_sync.plugins`; `Capabilities` is in `order_sync.core.model.supplier_order`."
    yield ""
    for each in _DESCRIPTIONS:
        yield from _data(each)


def _data(each: type[Any]) -> Iterator[str]:
    yield f"### {each.__name__}"
    yield ""
    yield "```text"
    for field in dataclasses.fields(each):
        yield f"{field.name}: {field.type}{_default(field)}"
    yield "```"
    yield ""
    yield from _prose(inspect.getdoc(each) or "")


def _ports() -> Iterator[str]:
    yield "## What is built"
    yield ""
    yield "A plugin's `build` returns an object with these methods; no base class is needed. They are in"
    yield "`order_sync.core.ports`."
    yield ""
    for port in _PORTS:
        yield f"### {port.__name__}"
        yield ""
        yield from _prose(inspect.getdoc(port) or "")
        for name, member in vars(port).items():
            if name.startswith("_") or not (inspect.isfunction(member) or isinstance(member, property)):
                continue
            yield f"#### {port.__name__}.{name}"
            yield ""
            yield "```text"
            if isinstance(member, property):
                yield f"{name}: {inspect.signature(member.fget).return_annotation!s}"  # type: ignore[arg-type]
            else:
                yield f"{name}{_signature(member)}"
            yield "```"
            yield ""
            yield from _prose(inspect.getdoc(member) or "")


def _models() -> Iterator[str]:
    yield "## What goes through"
    yield ""
    for each in _MODELS:
        if dataclasses.is_dataclass(each):
            yield from _data(cast(type, each))
            continue
        yield f"### {each.__name__}"
        yield ""
        yield from _prose(inspect.getdoc(each) or "")
        yield ", ".join(f"`{member.name}`" for member in each) + "."
        yield ""
    yield "Texts with a name of their own, all of them `str`: "
    yield ", ".join(f"`{name}` in `{module.__name__}`" for name, module in _TYPES.items()) + "."
    yield ""
    yield "Where each is:"
    yield ""
    for module in sorted({each.__module__ for each in (*_MODELS, *_PORTS)}):
        names = sorted(each.__name__ for each in (*_MODELS, *_PORTS) if each.__module__ == module)
        yield f"- `{module}`: {', '.join(f'`{name}`' for name in names)}"
    yield ""


def _errors() -> Iterator[str]:
    yield "## Errors"
    yield ""
    yield "In `order_sync.core.errors`. The first text is the message; `next_step` is what a person does; whatever else"
    yield "is named is kept as what it is about: `service`, `operation` and `status` go into the order's history."
    yield "`RateLimitedError` takes `retry_after_s` (seconds, or None); `RejectedRequestError` takes `reasons`: pairs"
    yield "of the field or item, and the text."
    yield ""
    yield "```text"
    yield 'raise RejectedRequestError("Acme refused the order.", reasons=(("TEE-1", "discontinued"),), next_step="…",'
    yield '                           service="Acme", operation="POST /orders", status=422)'
    yield "```"
    yield ""
    yield "| error | meaning |"
    yield "|---|---|"
    for each in _ERRORS:
        yield f"| `{each.__name__}` | {_first_line(each)} |"
    yield ""


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return f" = {field.default.__name__ if inspect.isclass(field.default) else repr(field.default)}"
    made = field.default_factory
    return "" if made is dataclasses.MISSING else f" = {getattr(made, '__name__', 'made')}()"


def _rules() -> Iterator[str]:
    yield "## Rules"
    yield ""
    yield "A plugin has a level when every rule of it, and of those below, passes or is exempt."
    yield "[Contracts](contracts.md) says how they are tested."
    yield ""
    yield "| rule | level | of | promise | may be exempt |"
    yield "|---|---|---|---|---|"
    for rule in rules.ALL_RULES:
        yield f"| `{rule.rule_id}` | {rule.level} | {rule.kind} | {rule.says} | {'yes' if rule.exemptable else 'no'} |"
    yield ""
    yield "The tests of each rule:"
    yield ""
    for rule_id, names in _tests().items():
        yield f"- `{rule_id}`: {', '.join(name.removeprefix('test_').replace('_', ' ') for name in names)}"


def _tests() -> dict[str, list[str]]:
    """Rule id -> its tests, in the order of the rules."""
    from order_sync.plugins import contracts

    members = [
        (name, getattr(member, rules.RULE))
        for suite in (contracts.SupplierContract, contracts.OrderSourceContract)
        for name, member in inspect.getmembers(suite)
        if hasattr(member, rules.RULE)
    ]
    found = {rule.rule_id: [name for name, of in members if of == rule.rule_id] for rule in rules.ALL_RULES}
    return {rule_id: names for rule_id, names in found.items() if names}


def _prose(doc: str) -> Iterator[str]:
    """A docstring as Markdown: its sections become lists."""
    section = False
    for line in doc.splitlines():
        heading = _SECTION.match(line)
        named = _NAMED.match(line) if section else None
        if heading:
            section = True
            yield f"**{heading[1]}**"
            yield ""
        elif named:
            yield f"- `{named[1]}`: {named[2]}"
        elif section and line.startswith("    "):
            yield f"  {line.strip()}"
        else:
            section = section and not line.strip()
            yield line
    yield ""


if __name__ == "__main__":
    sys.stdout.write(reference())
