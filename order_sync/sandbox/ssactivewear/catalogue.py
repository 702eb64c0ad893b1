"""A small catalogue: 31 SKUs over six warehouses and the mill (DS).

Shapes: S&S API v2, products and inventory pages.

Brands and style names are real ones so that screens look right; prices, stock and most ids are invented.
Odd ones, on purpose: B00760006 needs two warehouses above 6 pieces, B00760007 has 3 pieces in one warehouse,
B00760009 is sold out, B15409914 comes from the mill only and in full cases of 72, B00760003 has a yourSku.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

WAREHOUSES = ("IL", "KS", "GA", "TX", "PA", "NV")
MILL = "DS"
PLENTY = {"IL": 500, "KS": 400, "GA": 350, "TX": 250, "PA": 200, "NV": 300}
SIZES = (("S", "3"), ("M", "4"), ("L", "5"), ("XL", "6"), ("2XL", "7"))
CITY = {
    "IL": "LOCKPORT, IL",
    "KS": "OLATHE, KS",
    "GA": "MCDONOUGH, GA",
    "TX": "FORT WORTH, TX",
    "PA": "READING, PA",
    "NV": "RENO, NV",
    "DS": "MILL",
}
# Days by the first digit of the ship-to ZIP (0 = north-east ... 9 = west). Invented, but near things
# are near.
TRANSIT = {
    "IL": (3, 3, 3, 3, 2, 2, 2, 3, 4, 4),
    "KS": (4, 4, 3, 3, 3, 2, 2, 2, 3, 4),
    "GA": (3, 3, 2, 1, 2, 3, 3, 3, 4, 5),
    "TX": (4, 4, 4, 3, 3, 3, 3, 1, 3, 4),
    "PA": (1, 1, 1, 2, 2, 3, 3, 4, 5, 5),
    "NV": (5, 5, 5, 5, 5, 4, 4, 3, 2, 1),
    "DS": (9, 9, 9, 9, 9, 9, 9, 9, 9, 9),
}


def days_in_transit(warehouse: str, zip_code: str) -> int:
    first = zip_code[:1]
    return TRANSIT[warehouse][int(first) if first.isdigit() else 5]


@dataclass
class Product:
    """One SKU.

    `stock` maps warehouse to pieces; `warehouse_ids` gives the skuID there (not the master id).
    """

    sku: str
    gtin: str
    master_id: int
    style_id: int
    brand: str
    style: str
    title: str
    color: str
    color_code: str
    size: str
    size_code: str
    price: Decimal
    weight: Decimal
    case_qty: int = 72
    stock: dict[str, int] = field(default_factory=dict)

    @property
    def part_number(self) -> str:
        return self.sku[1:6]

    def sku_id(self, warehouse: str) -> int:
        """The id of this SKU in one warehouse.

        Invented so that IL equals the master id as in S&S's example.
        """
        known = [*WAREHOUSES, MILL]
        return self.master_id + 50_000 * known.index(warehouse)


def build_catalogue() -> dict[str, Product]:
    """A fresh catalogue by SKU; every simulator has its own, because orders use the stock up."""
    products: dict[str, Product] = {}
    _add_style(products, "00760", 39, "Gildan", "2000", "Ultra Cotton T-Shirt", "3.15", "0.45", 5)
    _add_style(products, "05317", 2477, "Comfort Colors", "1717", "Heavyweight T-Shirt", "6.42", "0.50", 4)
    _add_style(products, "14560", 177, "Gildan", "18500", "Heavy Blend Hooded Sweatshirt", "12.10", "1.35", 4)
    for index, (code, color) in enumerate((("36", "Black"), ("51", "Navy"), ("19", "Khaki"))):
        sku = f"B9088{index}{code}1"
        products[sku] = Product(
            sku, _gtin(900 + index), 88_000 + index, 4410, "Richardson", "112", "Trucker Cap", color, code,
            "Adjustable", "1", Decimal("7.85"), Decimal("0.20"), 144, dict(PLENTY),
        )  # fmt: skip
    _make_odd_ones(products)
    return products


def _add_style(
    products: dict[str, Product], part: str, style_id: int, brand: str, style: str, title: str, price: str,
    weight: str, sizes: int,
) -> None:  # fmt: skip
    for code, color in (("00", "White"), ("36", "Black")):
        for size, size_code in SIZES[:sizes]:
            sku = f"B{part}{code}{size_code}"
            number = len(products)
            products[sku] = Product(
                sku, _gtin(number), 20_000 + number, style_id, brand, style, title, color, code, size,
                size_code,                Decimal(price), Decimal(weight), 72, dict(PLENTY),
            )  # fmt: skip


def _make_odd_ones(products: dict[str, Product]) -> None:
    # Identifiers as in the example documents of S&S's product, inventory and cross-reference pages.
    products["B00760004"].gtin, products["B00760004"].master_id = "00821780001001", 2343
    products["B00760003"].gtin, products["B00760003"].master_id = "00821780003735", 2345
    products["B00760006"].stock = {"IL": 6, "KS": 4, "GA": 0, "TX": 0, "PA": 0, "NV": 0}
    products["B00760007"].stock = {"IL": 0, "KS": 3, "GA": 0, "TX": 0, "PA": 0, "NV": 0}
    shirt = products["B00760004"]
    products["B00760009"] = Product(
        "B00760009", "00821780001099", 2399, 39, "Gildan", "2000", shirt.title, "White", "00", "3XL", "9",
        Decimal("5.05"), Decimal("0.60"), 72, dict.fromkeys(WAREHOUSES, 0),
    )  # fmt: skip
    products["B15409914"] = Product(
        "B15409914", "00190000000104", 77001, 9001, "Gildan", "CS900", "Mill Tee", "White", "91", "M", "4",
        Decimal("4.40"), Decimal("0.45"), 72, {MILL: 240},
    )  # fmt: skip


def _gtin(number: int) -> str:
    """A 14-digit GTIN in an invented range with a right check digit."""
    digits = f"0082178{9_00000 + number:06d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)
