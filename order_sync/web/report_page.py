"""The report of purchases: as a file of its own, and for the page. Everything from outside is escaped."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from order_sync.core.policies.report import Amounts, Period, Report
from order_sync.web.chart import Series, bar_chart
from order_sync.web.pages import environment

_SHOWN_DAYS = 31
"""So many days have a row on the page; the file and the command have all."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with the name of each of its colours."""

    svg: Markup
    legend: tuple[tuple[str, str], ...]


@cache
def stylesheet() -> str:
    """The style of every page; in the file it stands in the page itself, so that nothing is fetched."""
    return files("order_sync.web").joinpath("static/style.css").read_text(encoding="utf-8")


@cache
def style_hash() -> str:
    """What a Content-Security-Policy names to allow that style and no other."""
    digest = hashlib.sha256(stylesheet().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def report_file(report: Report, connection: str | None) -> str:
    """A page that needs nothing else: chart, table, style."""
    return _render(
        "report.html",
        title=_title(connection),
        policy=f"default-src 'none'; style-src {style_hash()}",
        **_report(report),
    )


def report_values(report: Report) -> dict[str, Any]:
    """What _report.html needs on a page of the browser: the charts, and the newest days."""
    return _report(report, newest=_SHOWN_DAYS)


def _render(name: str, **values: Any) -> str:
    # a lone surrogate in a shop's text must not end the page
    page = environment().get_template(name).render(style=Markup(stylesheet()), **values)  # noqa: S704  our own file
    return page.encode("utf-8", "backslashreplace").decode("utf-8")


def _title(connection: str | None) -> str:
    return f"Purchases of {connection}" if connection else "Purchases"


def _report(report: Report, newest: int | None = None) -> dict[str, Any]:
    happened = [(day.isoformat(), period) for day, period in report.days if period != Period()]
    return {
        "report": report,
        "charts": _charts(report),
        "days": list(reversed(happened))[:newest],
        "total": report.total,
        "no_amounts": Amounts(),
    }


def _charts(report: Report) -> list[Chart]:
    """Cost and revenue for each currency; without any amounts, the number of orders."""
    labels = [day.strftime("%m-%d") for day, _ in report.days]
    span = f"Per day from {report.since} to {report.until}"
    if not report.total.amounts:
        orders = Series("Orders bought", "bar-a", tuple(Decimal(period.orders) for _, period in report.days))
        text = f"{span}: {report.total.orders} orders bought. The table below has every day."
        return [Chart(bar_chart("Orders bought", text, labels, [orders], key="orders"), (("bar-a", orders.name),))]
    return [_of_currency(report, currency, sums, labels, span) for currency, sums in report.total.amounts.items()]


def _of_currency(report: Report, currency: str, sums: Amounts, labels: list[str], span: str) -> Chart:
    days = [period.amounts.get(currency, Amounts()) for _, period in report.days]
    series = [
        Series(f"Cost in {currency}", "bar-a", tuple(a.cost or Decimal() for a in days)),
        Series(f"Revenue in {currency}", "bar-b", tuple(a.revenue or Decimal() for a in days)),
    ]
    text = f"{span}: cost {sums.cost or 0}, revenue {sums.revenue or 0} {currency}. The table below has every day."
    svg = bar_chart(f"Cost and revenue in {currency}", text, labels, series, key=f"money-{currency}")
    return Chart(svg, tuple((each.css, each.name) for each in series))
