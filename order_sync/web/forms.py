"""What a browser sends with a form: bounded, without files."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

LARGEST_BODY = 1024 * 1024
BODY_WITHIN_S = 15.0
_MOST_FIELDS = 5000
_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


async def read_form(request: Request, largest: int = LARGEST_BODY) -> FormData:
    """The form of a request.

    Raises:
        HTTPException: 413, it is too large; 415, it is no form; 400, it cannot be understood; 408, it never ended.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (_URLENCODED, _MULTIPART):
        raise HTTPException(415, "This is not a form.")
    body = await _body(request, largest)
    if kind == _URLENCODED:
        return await run_in_threadpool(_parsed, body)
    return await _multipart(request, body)


async def _body(request: Request, largest: int) -> bytes:
    stated = request.headers.get("content-length", "")
    if stated.isascii() and stated.isdigit() and int(stated[:20]) > largest:
        raise HTTPException(413, "This is too large.")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > largest:
                    raise HTTPException(413, "This is too large.")
    except TimeoutError:
        raise HTTPException(408, "The form did not arrive in time.") from None
    except ClientDisconnect:
        raise HTTPException(400, "The form did not arrive.") from None
    return bytes(body)


def _parsed(body: bytes) -> FormData:
    try:
        text = body.decode("ascii")
        return FormData([*parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="replace")])
    except ValueError:
        raise HTTPException(400, "The form cannot be read.") from None


async def _multipart(request: Request, body: bytes) -> FormData:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    again = Request(request.scope, receive)
    try:
        return await again.form(max_files=0, max_fields=_MOST_FIELDS)
    except HTTPException:
        raise HTTPException(400, "The form cannot be read; files are not taken.") from None
