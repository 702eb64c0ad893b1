"""A dozen orders such as a shop meets in a week; the people are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from order_sync.sandbox import Sandbox


def _shirt(sku: str, quantity: int, size: str = "M") -> dict[str, Any]:
    return {
        "sku": sku,
        "quantity": quantity,
        "title": "Ultra Cotton T-Shirt",
        "variant_title": f"White / {size}",
        "vendor": "Gildan",
        "price": "18.00",
    }


ABROAD = {
    "firstName": "Noor",
    "lastName": "Ade",
    "address1": "12 Rue Cartier",
    "city": "Laval",
    "province": "Quebec",
    "provinceCode": "QC",
    "country": "Canada",
    "countryCodeV2": "CA",
    "zip": "H7N 1A1",
    "phone": "+14505550103",
}
LONG_ADDRESS = {
    "company": "Quill Prints",
    "address1": "2250 North Superior Boulevard",
    "address2": "Building C, Apartment 1204",
    "zip": "55805-2214",
}
SPLIT = [_shirt("B00760006", 8, "XL")]  # six pieces in one warehouse, four in another


def populate(sandbox: Sandbox) -> dict[str, str]:
    """Add the sample orders to the shop; returns gid by short name. Stock is as the catalogue has it."""
    shop = sandbox.shopify
    shirt = _shirt("B00760004", 2)
    gift_card = {
        "sku": "GIFT-25",
        "quantity": 1,
        "title": "Gift card",
        "is_gift_card": True,
        "price": "25.00",
    }
    orders: dict[str, str] = {
        "plain": shop.add_order([shirt], email="dana@example.com"),
        "split": shop.add_order([*SPLIT, _shirt("B00760003", 1, "S")]),
        "repeated_sku": shop.add_order([shirt, _shirt("B00760004", 1)]),
        "unknown_sku": shop.add_order([shirt, {"sku": "MUG-11OZ", "quantity": 1, "title": "Mug", "vendor": "Other"}]),
        "long_address": shop.add_order([_shirt("B00760005", 3, "L")], address=LONG_ADDRESS),
        "gift_card": shop.add_order([shirt, gift_card]),
        "pending": shop.add_order([shirt], financial_status="PENDING"),
        "cancelled": shop.add_order([shirt]),
        "international": shop.add_order([shirt], address=ABROAD),
        "po_box": shop.add_order([shirt], address={"address1": "PO Box 417", "zip": "55801"}),
        "unicode": shop.add_order([shirt], address={"firstName": "Zoë", "lastName": "Łukasiewicz-Ñandú"}),
        "test": shop.add_order([shirt], test=True),
        "refunded_in_part": shop.add_order([_shirt("B00760004", 3), _shirt("B00760005", 1, "L")]),
    }
    shop.cancel(orders["cancelled"])
    first_line = shop.orders[orders["refunded_in_part"]].lines[0]
    shop.refund(orders["refunded_in_part"], {first_line.id: 1})
    return orders
