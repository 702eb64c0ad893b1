"""What a valid answer looks like, in Shopify's words. Unknown members are ignored.

Nullable is what the schema says it is (Shopify Admin API 2026-10), and more where Shopify withholds customer data.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields


class WrongShapeError(ValueError):
    """An answer that is not what was asked for; names the member, never its value. Stays inside this adapter."""


def checked(schema: Schema, data: Any) -> dict[str, Any]:
    """The data as the schema reads it. Raises WrongShapeError."""
    try:
        loaded: dict[str, Any] = schema.load(data)
    except (ValidationError, RecursionError, OverflowError) as exc:
        where = _first_path(exc.messages) if isinstance(exc, ValidationError) else "somewhere"
        raise WrongShapeError(f"{where} is missing or not as documented") from None
    return loaded


def _first_path(messages: Any) -> str:
    steps = []
    while isinstance(messages, dict) and messages:
        step, messages = next(iter(messages.items()))
        steps.append(str(step))
    return ".".join(steps) or "the answer"


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


class Reply(Schema):
    """An object of an answer; our snake_case names stand for Shopify's camelCase ones."""

    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Find the member under Shopify's name."""
        field_obj.data_key = field_obj.data_key or _camel_case(field_name)


def _text(**kwargs: Any) -> fields.Field[Any]:
    return fields.String(required=True, **kwargs)


def _maybe_text() -> fields.Field[Any]:
    return fields.String(load_default=None, allow_none=True)


def _pieces() -> fields.Field[Any]:
    return fields.Integer(required=True, strict=True)


def _moment(**kwargs: Any) -> fields.Field[Any]:
    return fields.AwareDateTime(format="iso", default_timezone=UTC, **{"required": True, **kwargs})


def _maybe_moment() -> fields.Field[Any]:
    return _moment(required=False, load_default=None, allow_none=True)


def _one(schema: type[Schema], **kwargs: Any) -> fields.Field[Any]:
    return fields.Nested(schema, **{"required": True, **kwargs})


def _maybe(schema: type[Schema]) -> fields.Field[Any]:
    return _one(schema, required=False, load_default=None, allow_none=True)


def _list(schema: type[Schema]) -> fields.Field[Any]:
    return fields.List(fields.Nested(schema), required=True)


class PageInfo(Reply):
    has_next_page = fields.Boolean(required=True)
    end_cursor = _maybe_text()


def _page_of(node: type[Schema]) -> fields.Field[Any]:
    page = type(f"{node.__name__}Page", (Reply,), {"nodes": _list(node), "page_info": _one(PageInfo)})
    return _one(page)


class Reference(Reply):
    id = _text()


class Amount(Reply):
    amount = fields.Decimal(required=True, allow_nan=False)
    currency_code = _text()


class PriceSet(Reply):
    shop_money = _one(Amount)


class LineItemReply(Reply):
    id = _text()
    name = _maybe_text()
    title = _maybe_text()
    sku = _maybe_text()
    vendor = _maybe_text()
    quantity = _pieces()
    current_quantity = _pieces()
    unfulfilled_quantity = _pieces()
    requires_shipping = fields.Boolean(required=True)
    is_gift_card = fields.Boolean(required=True)
    original_unit_price_set = _maybe(PriceSet)


class AddressReply(Reply):
    """A MailingAddress or a LocationAddress: any member may be null."""

    first_name = _maybe_text()
    last_name = _maybe_text()
    name = _maybe_text()
    company = _maybe_text()
    address1 = _maybe_text()
    address2 = _maybe_text()
    city = _maybe_text()
    province = _maybe_text()
    province_code = _maybe_text()
    country_code_v2 = fields.String(load_default=None, allow_none=True, data_key="countryCodeV2")
    country_code = _maybe_text()
    zip = _maybe_text()
    phone = _maybe_text()


class HoldReply(Reply):
    reason = _maybe_text()
    reason_notes = _maybe_text()


class WorkLineReply(Reply):
    id = _text()
    remaining_quantity = _pieces()
    line_item = _one(Reference)


class AssignedLocationReply(Reply):
    name = _maybe_text()
    address1 = _maybe_text()


class WorkReply(Reply):
    id = _text()
    status = _text()
    fulfill_at = _maybe_moment()
    updated_at = _moment()
    fulfillment_holds = _list(HoldReply)
    assigned_location = _maybe(AssignedLocationReply)
    line_items = _page_of(WorkLineReply)


class ParcelLineReply(Reply):
    id = _text()
    quantity = fields.Integer(required=True, strict=True, allow_none=True)
    line_item = _one(Reference)


class TrackingReply(Reply):
    company = _maybe_text()
    number = _maybe_text()
    url = _maybe_text()


class ParcelReply(Reply):
    id = _text()
    name = _maybe_text()
    status = _text()
    created_at = _moment()
    updated_at = _moment()
    tracking_info = _list(TrackingReply)
    fulfillment_line_items = _page_of(ParcelLineReply)


class HeadReply(Reply):
    id = _text()
    name = _text()
    created_at = _moment()
    updated_at = _moment()


class AssessmentReply(Reply):
    risk_level = _maybe_text()


class RiskReply(Reply):
    recommendation = _maybe_text()
    assessments = fields.List(fields.Nested(AssessmentReply), load_default=list, allow_none=True)


class OrderReply(HeadReply):
    number = fields.Integer(load_default=None, allow_none=True, strict=True)
    cancelled_at = _maybe_moment()
    test = fields.Boolean(required=True)
    tags = fields.List(fields.String(), load_default=list, allow_none=True)
    email = _maybe_text()
    display_financial_status = _maybe_text()
    current_total_price_set = _maybe(PriceSet)
    risk = _maybe(RiskReply)
    shipping_address = _maybe(AddressReply)
    line_items = _page_of(LineItemReply)
    fulfillment_orders = _page_of(WorkReply)
    fulfillments = _list(ParcelReply)


class LinesHolder(Reply):
    updated_at = _moment()
    line_items = _page_of(LineItemReply)


class WorkHolder(Reply):
    updated_at = _moment()
    fulfillment_orders = _page_of(WorkReply)


class WorkLinesHolder(Reply):
    updated_at = _moment()
    line_items = _page_of(WorkLineReply)


class FulfillmentIdsHolder(Reply):
    updated_at = _moment()
    fulfillments = _list(Reference)


class RefundLineReply(Reply):
    quantity = _pieces()
    restock_type = _maybe_text()
    line_item = _one(Reference)


class RefundReply(Reply):
    id = _text()
    refund_line_items = _page_of(RefundLineReply)


class RefundsHolder(Reply):
    updated_at = _moment()
    refunds = _list(RefundReply)


class LocationReply(Reply):
    id = _text()
    name = _text()
    is_active = fields.Boolean(required=True)
    address = _maybe(AddressReply)


class VariantReply(Reply):
    id = _text()
    sku = _maybe_text()
    barcode = _maybe_text()
    display_name = _maybe_text()


class Plan(Reply):
    partner_development = fields.Boolean(required=True)


class ShopReply(Reply):
    id = _text()
    name = _text()
    myshopify_domain = _text()
    plan = _maybe(Plan)


class Scope(Reply):
    handle = _text()


class Installation(Reply):
    access_scopes = _list(Scope)


class ApiVersion(Reply):
    handle = _text()
    supported = fields.Boolean(required=True)


class UserErrorReply(Reply):
    field = fields.List(fields.String(), load_default=None, allow_none=True)
    message = _text()


class MutationReply(Reply):
    fulfillment = _maybe(Reference)
    user_errors = _list(UserErrorReply)


class SubscriptionReply(Reply):
    id = _text()
    topic = _text()
    uri = _text()
    format = _text()
    filter = _maybe_text()
    include_fields = fields.List(fields.String(), load_default=list, allow_none=True)


class SubscriptionPayload(Reply):
    webhook_subscription = _maybe(SubscriptionReply)
    user_errors = _list(UserErrorReply)


class SubscriptionDeleted(Reply):
    user_errors = _list(UserErrorReply)


def _answer(**members: fields.Field[Any]) -> Schema:
    """A reader of ``data`` with these members."""
    schema: Schema = type("Answer", (Reply,), members)()
    return schema


IDENTITY = _answer(
    shop=_one(ShopReply), current_app_installation=_maybe(Installation), public_api_versions=_list(ApiVersion)
)
LOCATIONS = _answer(locations=_page_of(LocationReply))
VARIANTS = _answer(product_variants=_page_of(VariantReply))
HEADS = _answer(orders=_page_of(HeadReply))
ORDER = _answer(order=_maybe(OrderReply))
ORDER_LINES = _answer(order=_maybe(LinesHolder))
ORDER_WORK = _answer(order=_maybe(WorkHolder))
WORK_LINES = _answer(fulfillment_order=_maybe(WorkLinesHolder))
FULFILLMENT_IDS = _answer(order=_maybe(FulfillmentIdsHolder))
FULFILLMENT = _answer(fulfillment=_maybe(ParcelReply))
REFUNDS = _answer(order=_maybe(RefundsHolder))
FULFILLMENT_CREATE = _answer(fulfillment_create=_maybe(MutationReply))
TRACKING_UPDATE = _answer(fulfillment_tracking_info_update=_maybe(MutationReply))
SUBSCRIPTIONS = _answer(webhook_subscriptions=_page_of(SubscriptionReply))
SUBSCRIPTION_CREATE = _answer(webhook_subscription_create=_maybe(SubscriptionPayload))
SUBSCRIPTION_UPDATE = _answer(webhook_subscription_update=_maybe(SubscriptionPayload))
SUBSCRIPTION_DELETE = _answer(webhook_subscription_delete=_maybe(SubscriptionDeleted))
