"""The same job as its users write it on Celery and Redis: acknowledged late, retried by itself."""

from __future__ import annotations

import os

import httpx
from celery import Celery

from bench.contestants import Purchase

app = Celery("bench", broker=os.environ.get("BENCH_REDIS", "redis://127.0.0.1:6379/0"))
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 30},
    worker_hijack_root_logger=False,
)
_buy: Purchase | None = None


@app.task(autoretry_for=(httpx.HTTPError,), retry_backoff=True, retry_backoff_max=10, max_retries=10)
def buy(order_id: str) -> None:
    """Buy one order."""
    global _buy
    if _buy is None:
        _buy = Purchase(os.environ["BENCH_URL"], os.environ["BENCH_HOME"])
    _buy(order_id)
