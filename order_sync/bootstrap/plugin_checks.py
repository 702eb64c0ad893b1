"""The doctor's look at plugins: those that did not load, and those whose hooks failed in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from order_sync.bootstrap.checks import FAIL, WARN, Check

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync

ABOUT = "installation"


def plugin_checks(sync: OrderSync) -> Iterator[Check]:
    """One check for each plugin that something is wrong with."""
    if sync.config.safe_mode:
        yield Check(ABOUT, "safe mode", WARN, "Only built-in plugins are loaded.", "Unset ORDER_SYNC_SAFE_MODE.")
    for report in sync.plugin_reports():
        if report.status == "quarantined":
            yield Check(
                ABOUT,
                f"plugin {report.name}",
                FAIL,
                f"{report.origin} is quarantined: {report.reason}",
                "Update or uninstall it; everything else works without it.",
            )
    for (plugin, hook), times in sorted(sync.plugins.hooks.failures().items()):
        yield Check(
            ABOUT,
            f"plugin {plugin}",
            WARN,
            f"Its hook {hook} failed {times} times since this process started; orders went on without its answer.",
            "The log says how. Report it to its author, or keep it out: ORDER_SYNC_BLOCK_PLUGINS.",
        )
