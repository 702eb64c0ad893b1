"""Everything about the supplier's service that is not known or contradictory, as a choice for the test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Knobs:
    """How the simulated S&S service behaves where its pages leave it open.

    Defaults follow the S&S API v2 pages where they speak; where they do not, the comment says assumed.
    Times are in the sandbox's own clock.
    """

    # --- door
    bad_key_status: int = 401  # assumed; 403 is the other candidate
    bad_key_html: bool = False  # assumed
    user_agent_firewall: bool = True  # seen live: Node's default agent was refused with 403
    refused_agents: tuple[str, ...] = (
        "node",
        "undici",
        "python-urllib",
        "python-httpx",
        "python-requests",
        "axios",
    )
    # ^ prefixes, lower case; only "node" is seen live, the others are assumed to be treated alike
    rate_limit_per_minute: int | None = 60  # fixed minutes assumed; None switches it off
    rate_limit_body: str = '{"code":"429","message":"Too Many Requests."}'  # assumed
    malformed_json_status: int = 400  # the orders page says 404, the error page 400

    # --- placing
    orders_member: str = "orders"  # the page says "Orders", a live client reads "orders"
    line_errors_member: str = "lineErrors"  # assumed casing
    all_lines_failed_status: int = 200  # assumed; only with rejectLineErrors false
    reject_duplicate_po: bool = False  # assumed: a second order is made
    repeated_sku: str = "keep"  # assumed; "keep", "merge" or "reject"
    your_sku_in_orders: bool = False  # the page lists SkuID_Master, Sku and Gtin only
    autoselect_uses_ds: bool = False  # assumed: mill dropship only when the warehouse list names DS
    enforce_full_case: bool = True  # assumed for warehouses flagged fullCaseOnly
    five_digit_zip: bool = True  # the page says "5 digits"; refusing others is assumed
    two_letter_state: bool = True  # assumed
    check_payment_profile: bool = True  # assumed: a profile must belong to the e-mail
    post_totals_zero: bool = True  # the page's example has totalPieces and totalLines 0
    test_orders_take_stock: bool = True  # assumed

    # --- time
    visible_after_s: float = 0.0  # delay until a new order can be found by PO; unknown
    invoice_number_after_s: float = 120.0  # assumed; the page says shortly after
    tracking_after_s: float | None = None  # None: with the shipment (page); a number: so soon after ordering (guide)
    invoiced_after_ship_s: float = 2400.0  # assumed
    delivered_after_ship_s: float = 175_200.0  # assumed, about two days
    test_order_cancel_minutes: float = 10.0  # guide: within 10 minutes
    history_days: int = 90  # "only orders up to 3 months old"

    # --- cancelling
    cancel_minutes: float = 10.0
    late_cancel_empty_list: bool = False  # assumed 400 with errors; True: 200 and []
    cancel_answers_204: bool = False  # the guide's sample expects 204, the page a list
    cancel_by_any_identifier: bool = False  # assumed: order number only

    # --- reading
    no_match_is_404: bool = True  # assumed; False: 200 and []
    po_case_sensitive: bool = True  # assumed
    in_progress: str = "In Progress"  # the table says "InProgress", the examples "In Progress"
    cancelled: str = "Cancelled"  # the table says "Canceled", the examples "Cancelled"
    tracking_nested: bool = True  # the page shows a list inside a list, a live client reads a flat one
    no_tracking_is_404: bool = True  # assumed
    profiles_nested: bool = True  # the page's example is nested
    unknown_profile_email: str = "empty"  # assumed; "empty", "nested_empty", "400" or "404"
    customer_price_enabled: bool = True  # False: customerPrice is "" until S&S enables API pricing
    crossref_content_type_500: bool = True  # seen live on PUT without a body but with a JSON content type
