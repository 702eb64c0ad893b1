"""The settings of guards, stock and caps: read from text, and checked as a whole."""

from __future__ import annotations

from decimal import Decimal

import pytest

from order_sync.core.errors import ConfigurationError
from order_sync.core.policies.settings_text import parse_settings
from tests.builders import NOW, some_settings


def settings_of(*pairs: tuple[str, str]):
    return some_settings().with_values(parse_settings(pairs), now=NOW)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("hold_above", "99.50", Decimal("99.50")),
        ("hold_above", "none", None),
        ("hold_countries", "ca, MX,ca", ("CA", "MX")),
        ("hold_countries", "none", ()),
        ("hold_tags", " VIP , check me ", ("VIP", "check me")),
        ("hold_older_than_days", "3", 3),
        ("hold_older_than_days", "none", None),
        ("hold_risk", "investigate", "investigate"),
        ("short_stock", "partial", "partial"),
        ("order_limit", "250", Decimal(250)),
        ("daily_limit", "0", Decimal(0)),
    ],
)
def test_a_value_that_can_work_is_kept(name, text, value):
    assert getattr(settings_of((name, text)), name) == value


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("hold_above", "lots", "an amount such as 250"),
        ("hold_above", "-1", "an amount such as 250"),
        ("order_limit", "NaN", "an amount such as 250"),
        ("daily_limit", "Infinity", "an amount such as 250"),
        ("hold_countries", "Canada", "codes of two capital letters"),
        ("hold_older_than_days", "0", "from 1 to"),
        ("hold_older_than_days", "2.5", "a number of days"),
        ("hold_risk", "high", "none, cancel, investigate"),
        ("short_stock", "some", "supplier, hold, partial"),
    ],
)
def test_a_value_that_cannot_work_is_refused_and_says_what_would(name, text, words):
    with pytest.raises(ConfigurationError) as caught:
        settings_of((name, text))
    assert words in str(caught.value)
