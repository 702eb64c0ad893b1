"""A chart of a report as SVG: drawn here, without a script, readable without seeing it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

WIDTH, HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 8, 12, 28
_GRID = 4
_LABELS = 8
_MAX_BARS = 120


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of bars. ``css``: its class in the stylesheet."""

    name: str
    css: str
    values: tuple[Decimal, ...]


def bar_chart(title: str, description: str, labels: Sequence[str], series: Sequence[Series], *, key: str) -> Markup:
    """Bars side by side, one group for each label, from zero up; ``key`` makes the ids of a page's charts differ.

    Only the newest groups are drawn when there are too many to be seen; the table has them all.
    """
    labels = labels[-_MAX_BARS:]
    series = [Series(s.name, s.css, tuple(max(Decimal(), v) for v in s.values[-_MAX_BARS:])) for s in series]
    top = _round_up(max((value for each in series for value in each.values), default=Decimal()))
    parts = [
        Markup(
            '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-desc" class="chart">'
            '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>'
        ).format(WIDTH, HEIGHT, key, key, key, title, key, description),
        *_grid(top),
        *_bars(labels, series, top),
        Markup("</svg>"),
    ]
    return Markup("").join(parts)


def _grid(top: Decimal) -> list[Markup]:
    lines = []
    for step in range(_GRID + 1):
        y = _y(top * step / _GRID, top)
        lines.append(
            Markup(
                '<line class="grid" x1="{}" y1="{}" x2="{}" y2="{}"/>'
                '<text class="axis" x="{}" y="{}" text-anchor="end">{}</text>'
            ).format(_LEFT, y, WIDTH - _RIGHT, y, _LEFT - 6, y + 4, f"{top * step / _GRID:,.{_places(top)}f}")
        )
    return lines


def _bars(labels: Sequence[str], series: Sequence[Series], top: Decimal) -> list[Markup]:
    group = (WIDTH - _LEFT - _RIGHT) / max(1, len(labels))
    width = max(0.8, group * 0.76 / max(1, len(series)))
    every = -(-len(labels) // _LABELS)
    drawn = []
    for place, label in enumerate(labels):
        left = _LEFT + place * group + group * 0.12
        for number, each in enumerate(series):
            y = _y(each.values[place], top)
            drawn.append(
                Markup('<rect class="{}" x="{:.2f}" y="{}" width="{:.2f}" height="{}"/>').format(
                    each.css, left + number * width, y, width, round(HEIGHT - _BOTTOM - y, 2)
                )
            )
        if place % every == 0:
            middle = left + group * 0.38
            drawn.append(
                Markup('<text class="axis" x="{:.2f}" y="{}" text-anchor="middle">{}</text>').format(
                    middle, HEIGHT - 8, label
                )
            )
    return drawn


def _y(value: Decimal, top: Decimal) -> float:
    return round(HEIGHT - _BOTTOM - float(value / top) * (HEIGHT - _TOP - _BOTTOM), 2)


def _round_up(largest: Decimal) -> Decimal:
    """The next of 4, 8, 20, 40, 80, …: so that the grid's lines are round numbers."""
    step = Decimal(4)
    while step < largest:
        step = step * 5 / 2 if str(step).lstrip("0.").startswith("8") else step * 2
    return step


def _places(top: Decimal) -> int:
    return 0 if top >= _GRID else 2
