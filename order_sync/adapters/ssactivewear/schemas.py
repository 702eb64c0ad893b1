"""What is valid in a reply of S&S Activewear's API v2, member by member.

Member names are lower-case here: replies are read without regard to case. What an order cannot be recognised
without is strict; the rest is lenient, because a success that is thrown away for an odd weight is bought again.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load

from order_sync.adapters.ssactivewear.wire import lowered

if TYPE_CHECKING:
    TextField = fields.Field[str]
    CountField = fields.Field[int]
    AnyField = fields.Field[Any]
else:  # before marshmallow 4 a field takes no type
    TextField = CountField = AnyField = fields.Field

LARGEST_COUNT = 10**9


class Text(TextField):
    """Text without surrounding blanks; numbers as their digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValidationError("not text")
        return str(value).strip()


class LenientText(Text):
    """Text, or empty text for whatever is none."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        try:
            return super()._deserialize(value, attr, data, **kwargs)
        except ValidationError:
            return ""


class Count(CountField):
    """Pieces: 3, 3.0 or "3" (credits were documented with -20.00)."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        number = decimal_of(value)
        if number is None or abs(number) > LARGEST_COUNT or number != number.to_integral_value():
            raise ValidationError("not a count")
        return int(number)


class LenientCount(Count):
    """Pieces, or None for whatever is none: what is not known yet may be an empty text, too."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs)
        except ValidationError:
            return None


class Anything(AnyField):
    """Any JSON, looked at elsewhere."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return value


def decimal_of(value: Any) -> Decimal | None:
    """An exact number from a JSON number or text; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 30 else None


class ReplySchema(Schema):
    """Members of a reply; unknown ones are left out."""

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def _lower(self, data: Any, **kwargs: Any) -> Any:
        """Lower-case names; null is the same as absent (S&S mostly leaves out what does not apply)."""
        if not isinstance(data, Mapping):
            return data
        return {name: value for name, value in lowered(data).items() if value is not None}


class OrderSchema(ReplySchema):
    """An order (GET and POST orders pages)."""

    order_number = Text(data_key="ordernumber", load_default="")
    guid = Text(load_default="")
    po_number = Text(data_key="ponumber", load_default="")
    order_type = LenientText(data_key="ordertype", load_default="")
    status = LenientText(data_key="orderstatus", load_default="")
    warehouse = LenientText(data_key="warehouseabbr", load_default="")
    ordered_at = LenientText(data_key="orderdate", load_default="")
    carrier = LenientText(data_key="shippingcarrier", load_default="")
    tracking_number = Anything(data_key="trackingnumber", load_default="")
    lines = Anything(load_default=None)
    boxes = Anything(load_default=None)
    shipping_address = Anything(data_key="shippingaddress", load_default=None)


class OrderLineSchema(ReplySchema):
    """A line of an order (GET orders page). ``qtyShipped`` is absent until known."""

    sku = Text(load_default="")
    gtin = LenientText(load_default="")
    your_sku = LenientText(data_key="yoursku", load_default="")
    ordered = Count(data_key="qtyordered", required=True)
    shipped = LenientCount(data_key="qtyshipped", load_default=None)


class StockSchema(ReplySchema):
    """Stock in one warehouse (inventory page)."""

    warehouse = Text(data_key="warehouseabbr", required=True)
    quantity = Count(data_key="qty", required=True)


class ItemSchema(ReplySchema):
    """An item (inventory page). The page's table calls the id ``skuID``, its example ``skuID_Master``."""

    sku = Text(required=True)
    gtin = LenientText(load_default="")
    master_id = LenientText(data_key="skuid_master", load_default="")
    your_sku = LenientText(data_key="yoursku", load_default="")
    warehouses = Anything(load_default=None)


class PaymentProfileSchema(ReplySchema):
    """A saved payment (payment profiles page, whose table misspells ``profileType``)."""

    profile_id = Text(data_key="profileid", required=True)
    kind = LenientText(data_key="profiletype", load_default="")
    misspelt_kind = LenientText(data_key="profyletype", load_default="")
    label = LenientText(data_key="name", load_default="")


ORDER = OrderSchema()
ORDER_LINE = OrderLineSchema()
STOCK = StockSchema()
ITEM = ItemSchema()
PAYMENT_PROFILE = PaymentProfileSchema()
