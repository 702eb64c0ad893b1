"""What every order source promises: every rule of bronze, silver and gold."""

from __future__ import annotations

from order_sync.plugins.contracts.order_source_answers import OrderSourceTellsTheTruth
from order_sync.plugins.contracts.order_source_reading import OrderSourceReads
from order_sync.plugins.contracts.order_source_writing import OrderSourceWrites


class OrderSourceContract(OrderSourceReads, OrderSourceWrites, OrderSourceTellsTheTruth):
    """Subclass it and give the fixture ``bench``: an OrderSourceBench, new for every test.

    The suite builds the plugin with an HTTP transport of its own, which forwards to the fake shop and breaks what a
    test wants broken: so the fake shop needs to know nothing of lost answers, pages for people and limits.
    """
