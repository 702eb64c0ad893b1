"""A report as JSON has it: stable names, amounts as text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from order_sync.core.policies.report import Period, Report


def report_document(report: Report) -> dict[str, Any]:
    """The whole report."""
    return {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "mode": str(report.mode) if report.mode else "all",
        "days": [{"day": day.isoformat(), **period_document(period)} for day, period in report.days],
        "total": period_document(report.total),
    }


def period_document(period: Period) -> dict[str, Any]:
    """A day, or the sum."""
    return {
        "orders": period.orders,
        "pieces": period.pieces,
        "held": period.held,
        "cancelled": period.cancelled,
        "without_cost": period.without_cost,
        "amounts": {
            currency: {"cost": _text(a.cost), "revenue": _text(a.revenue), "margin": _text(a.margin)}
            for currency, a in period.amounts.items()
        },
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
