"""The style, the script and the pictures of the pages."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from order_sync.web.headers import static_headers


def static_files() -> ASGIApp:
    """Serves the package's folder ``static``. It holds nothing of an installation, so nobody needs to be logged in."""
    served = StaticFiles(directory=Path(str(files("order_sync.web"))) / "static")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(static_headers())
            await send(message)

        await served(scope, receive, with_headers)

    return app
