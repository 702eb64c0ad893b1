"""Products, inventory, cross references, days in transit. Source: the S&S API v2 pages of the same names."""

from __future__ import annotations

import re
from typing import Any

from order_sync.sandbox.messages import Reply, Request
from order_sync.sandbox.ssactivewear.catalogue import MILL, WAREHOUSES, Product, days_in_transit
from order_sync.sandbox.ssactivewear.errors import Problem, bad_request, not_found, of_status
from order_sync.sandbox.ssactivewear.order_book import OrderBook
from order_sync.sandbox.ssactivewear.reading import only_fields

OWN_SKU = re.compile(r"[A-Za-z0-9_\- ]+")  # allowed characters, cross-reference page


def get_items(book: OrderBook, request: Request, identifiers: list[str], *, full: bool) -> Reply:
    """Products (`full`) or inventory rows. Unknown ones are left out; 404 only when none is known."""
    found = _wanted(book, request, identifiers)
    if not found:
        return not_found()
    only = {code.strip().upper() for code in (request.parameter("Warehouses") or "").split(",") if code.strip()}
    rows = [_row(book, product, only, full) for product in found]
    return Reply.json(200, [only_fields(request, row) for row in rows])


def _wanted(book: OrderBook, request: Request, identifiers: list[str]) -> list[Product]:
    if identifiers:
        found = (book.product(item, your_sku=True) for item in identifiers)
        return list({product.sku: product for product in found if product}.values())
    products = list(book.products.values())
    for name in ("style", "styleid", "partnumber"):
        text = (request.parameter(name) or "").lower()
        if text:
            return [product for product in products if text in _style_names(product, name)]
    return products  # no filter, or one that the service does not know: the whole catalogue


def _style_names(product: Product, parameter: str) -> set[str]:
    """A bare mill number such as 2000 is not accepted (seen live)."""
    names = {"styleid": {str(product.style_id)}, "partnumber": {product.part_number.lower()}}
    if parameter in names:
        return names[parameter]
    return {*names["styleid"], *names["partnumber"], f"{product.brand} {product.style}".lower()}


def _row(book: OrderBook, product: Product, only: set[str], full: bool) -> dict[str, Any]:
    stock = {code: pieces for code, pieces in product.stock.items() if not only or code in only}
    row: dict[str, Any] = {
        "sku": product.sku,
        "gtin": product.gtin,
        "skuID_Master": product.master_id,
        "yourSku": book.your_sku_of(product.sku),
        "styleID": product.style_id,
    }
    places: list[dict[str, Any]] = [
        {"warehouseAbbr": code, "skuID": product.sku_id(code), "qty": pieces} for code, pieces in stock.items()
    ]
    if full:
        row |= _details(book, product) | {"qty": sum(stock.values()), "countryOfOrigin": "HN,DO"}
        places = [{**place, **_flags(place["warehouseAbbr"])} for place in places]
    return {**row, "warehouses": places}


def _details(book: OrderBook, product: Product) -> dict[str, Any]:
    price = product.price
    return {
        "brandName": product.brand,
        "styleName": product.style,
        "colorName": product.color,
        "colorCode": product.color_code,
        "sizeName": product.size,
        "sizeCode": product.size_code,
        "caseQty": product.case_qty,
        "unitWeight": product.weight,
        "mapPrice": 0,
        "piecePrice": price,
        "dozenPrice": price,
        "casePrice": price,
        "salePrice": price,
        "customerPrice": price if book.knobs.customer_price_enabled else "",
        "noeRetailing": False,
    }


def _flags(warehouse: str) -> dict[str, Any]:
    mill = warehouse == MILL
    return {
        "closeout": False,
        "dropship": mill,
        "excludeFreeFreight": mill,
        "fullCaseOnly": mill,
        "returnable": not mill,
        "expectedInventory": "EnRoute:None|OnOrder:None",
    }


def cross_reference(book: OrderBook, request: Request, names: list[str]) -> Reply:
    """GET rows, PUT ?Identifier= (200 changed, 201 made), DELETE (204)."""
    if request.method == "GET":
        rows = [_reference(book, name) for name in names or book.cross_references]
        known = [row for row in rows if row]
        return Reply.json(200, known) if known else not_found()
    if not request.body and "json" in request.header("content-type") and book.knobs.crossref_content_type_500:
        return of_status(500)
    name = names[0] if names else ""
    if not OWN_SKU.fullmatch(name):
        return bad_request(Problem("yourSku", "allowed characters are A-Z a-z 0-9 - _ and space"))
    if request.method == "DELETE":
        return Reply(204) if book.cross_references.pop(name, None) else not_found()
    product = book.product(request.parameter("Identifier") or "", your_sku=False)
    if product is None:
        return not_found()
    known_before = name in book.cross_references
    book.cross_references[name] = product.sku
    return Reply(200 if known_before else 201)


def _reference(book: OrderBook, name: str) -> dict[str, Any] | None:
    product = book.products.get(book.cross_references.get(name, ""))
    if product is None:
        return None
    return {
        "yourSku": name,
        "skuID": product.master_id,
        "sku": product.sku,
        "gtin": product.gtin,
        "brandName": product.brand,
        "styleName": product.style,
        "colorName": product.color,
        "sizeName": product.size,
    }


def transit(zips: list[str]) -> Reply:
    """Per ZIP the days from every warehouse; the cut-off is local to the warehouse."""
    zone = {"IL": "CT", "KS": "CT", "TX": "CT", "GA": "ET", "PA": "ET", "NV": "PT"}
    return Reply.json(
        200,
        [
            {
                "zipCode": zip_code,
                "warehouses": [
                    {
                        "warehouseAbbr": code,
                        "cutOffTime": f"4:00 {zone[code]}",
                        "timePeriod": "PM",
                        "cutOffTime24hr": "16:00",
                        "daysInTransit": days_in_transit(code, zip_code),
                    }
                    for code in WAREHOUSES
                ],
            }
            for zip_code in zips
        ],
    )
