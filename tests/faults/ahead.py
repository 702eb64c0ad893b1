"""`order-sync …` on a clock that is ahead: what is due in an hour is due now.

    python -m tests.faults.ahead 7200 serve --port 0

The machine's clock is replaced, from outside; nothing in the product knows of it.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

from order_sync.adapters.system.clock import SystemClock
from order_sync.cli import cli


def main() -> None:
    ahead, present = timedelta(seconds=float(sys.argv[1])), SystemClock.now

    def later(self: SystemClock) -> datetime:
        return present(self) + ahead

    SystemClock.now = later  # type: ignore[method-assign]
    cli(args=sys.argv[2:], prog_name="order-sync")


if __name__ == "__main__":
    main()
