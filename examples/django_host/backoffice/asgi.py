"""The ASGI application: Order Sync under /order-sync, Django everywhere else, one service for both.

uvicorn --app-dir examples/django_host backoffice.asgi:application
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.core.asgi import get_asgi_application
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import Mount

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
django = get_asgi_application()  # before anything that needs models

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402

from orders.login import staff  # noqa: E402

sync = apps.get_app_config("orders").sync
service = sync.service(workers=settings.ORDER_SYNC_WORKERS)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Work on orders as long as the application is served. Django has no such place of its own."""
    await run_in_threadpool(service.start)
    try:
        yield
    finally:
        await run_in_threadpool(sync.close)  # stops the service first


application = Starlette(
    routes=[Mount("/order-sync", sync.asgi_app(service, authenticate=staff)), Mount("/", django)], lifespan=lifespan
)
