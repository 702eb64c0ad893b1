"""Shopify's own Admin schema, loaded once per process.

Reading it takes most of a second, so only when needed.
"""

from __future__ import annotations

import gzip
import threading
from functools import cache
from importlib.resources import files

from graphql import GraphQLSchema, build_schema

FILE = "admin-2026-10.graphql.gz"  # origin: order_sync/sandbox/data/README.md
_lock = threading.Lock()


def admin_schema() -> GraphQLSchema:
    """The schema; threads that ask at the same time wait for one reading."""
    with _lock:
        return _load()


@cache
def _load() -> GraphQLSchema:
    packed = files("order_sync.sandbox").joinpath("data", FILE).read_bytes()
    text = gzip.decompress(packed).decode("utf-8")
    # Shopify's schema is right by definition; checking 3,546 types would take longer than reading them.
    return build_schema(text, assume_valid=True, assume_valid_sdl=True, no_location=True)
