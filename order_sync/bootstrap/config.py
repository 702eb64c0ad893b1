"""Where an installation lives, from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit

from order_sync.core.errors import ConfigurationError

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_ADDRESS = re.compile(r"https?://(\[[0-9a-f:.]+\]|[^/?#@\[\]:\s\\]+)(:[0-9]{1,5})?/?", re.ASCII)
_HOST = re.compile(r"[a-z0-9._:-]+", re.ASCII)
_TRUE = ("1", "true", "yes", "on")


@dataclass(frozen=True)
class AppConfig:
    """What is decided before anything is opened.

    Attributes:
        home: folder of connections, secrets and the SQLite ledger (ORDER_SYNC_HOME, else the platform's own).
        database_url: the ledger (ORDER_SYNC_DATABASE_URL, else ``ledger.sqlite3`` in home).
        secret_key: encrypts stored secrets (ORDER_SYNC_SECRET_KEY).
        settings_store: kind of settings store (ORDER_SYNC_SETTINGS_STORE, else ``json``).
        blocked_plugins: plugins that are not loaded (ORDER_SYNC_BLOCK_PLUGINS, comma-separated).
        notify: where messages go (ORDER_SYNC_NOTIFY): apprise's addresses, which hold secrets, ``env:``, ``file:``, or
            ``plugin:NAME``.
        digest_at: when the message of the day goes out, UTC (ORDER_SYNC_DIGEST_AT, HH:MM or off); None: never.
        log_personal_data: logs show reasons and errors as they are (ORDER_SYNC_LOG_PERSONAL_DATA=1).
        public_url: the address people open the pages at (ORDER_SYNC_PUBLIC_URL): scheme, host, port; None: as asked.
        safe_mode: only built-in plugins are loaded (ORDER_SYNC_SAFE_MODE=1, or `order-sync --safe-mode`).
        environment: where secrets given as ``env:NAME`` and plugins' notifiers are looked up; None: the process's.
        metrics_token: who reads /metrics must show it (ORDER_SYNC_METRICS_TOKEN); without one, only this machine may.
    """

    home: Path
    database_url: str
    secret_key: str | None = None
    settings_store: str = "json"
    blocked_plugins: tuple[str, ...] = ()
    metrics_token: str | None = None
    log_personal_data: bool = False
    notify: tuple[str, ...] = field(default=(), repr=False)
    digest_at: time | None = None
    public_url: str | None = None
    safe_mode: bool = False
    environment: Mapping[str, str] | None = field(default=None, repr=False, compare=False)

    @property
    def ledger_file(self) -> Path | None:
        """The ledger's file, when it is one."""
        prefix = "sqlite:///"
        return Path(self.database_url.removeprefix(prefix)) if self.database_url.startswith(prefix) else None


def load_config(home: Path | str | None = None, environment: Mapping[str, str] | None = None) -> AppConfig:
    """The configuration of the environment; ``home`` given by a host wins over ORDER_SYNC_HOME."""
    env = os.environ if environment is None else environment
    folder = Path(home or env.get("ORDER_SYNC_HOME") or _platform_home()).expanduser().absolute()
    blocked = (name.strip() for name in env.get("ORDER_SYNC_BLOCK_PLUGINS", "").split(","))
    return AppConfig(
        home=folder,
        database_url=env.get("ORDER_SYNC_DATABASE_URL") or f"sqlite:///{folder / 'ledger.sqlite3'}",
        secret_key=env.get("ORDER_SYNC_SECRET_KEY") or None,
        settings_store=env.get("ORDER_SYNC_SETTINGS_STORE") or "json",
        blocked_plugins=tuple(name for name in blocked if name),
        metrics_token=env.get("ORDER_SYNC_METRICS_TOKEN") or None,
        log_personal_data=_is_on(env, "ORDER_SYNC_LOG_PERSONAL_DATA"),
        notify=_notify(env),
        digest_at=_digest_at(env.get("ORDER_SYNC_DIGEST_AT", "")),
        public_url=_public_url(env.get("ORDER_SYNC_PUBLIC_URL", "")),
        safe_mode=_is_on(env, "ORDER_SYNC_SAFE_MODE"),
        environment=environment,
    )


def _is_on(env: Mapping[str, str], name: str) -> bool:
    return env.get(name, "").strip().lower() in _TRUE


def _notify(env: Mapping[str, str]) -> tuple[str, ...]:
    """The entries, those in other variables looked up; one whose variable is not set stays as it is."""
    entries = env.get("ORDER_SYNC_NOTIFY", "").split()
    return tuple(url for entry in entries for url in _from_environment(entry, env))


def _from_environment(entry: str, env: Mapping[str, str]) -> list[str]:
    return (env.get(entry.removeprefix("env:"), "").split() if entry.startswith("env:") else []) or [entry]


def _digest_at(text: str) -> time | None:
    text = text.strip().lower()
    if text in ("", "off"):
        return None
    found = _TIME.fullmatch(text)
    if found is None:
        raise ConfigurationError(
            f"ORDER_SYNC_DIGEST_AT cannot be {text!r}.",
            next_step="Use a time of day in UTC such as 07:30, or off.",
            setting="ORDER_SYNC_DIGEST_AT",
        )
    return time(int(found[1]), int(found[2]))


def _public_url(text: str) -> str | None:
    """Scheme and host, with the port where it is not the scheme's own: what a browser calls the origin."""
    text = text.strip().lower()
    if not text:
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not _HOST.fullmatch(host) or not _ADDRESS.fullmatch(text):
        raise ConfigurationError(
            f"ORDER_SYNC_PUBLIC_URL cannot be {text!r}.",
            next_step="Give scheme and host as people type them, for example https://orders.example.com.",
            setting="ORDER_SYNC_PUBLIC_URL",
        )
    host = f"[{host}]" if ":" in host else host
    own = port in (None, {"http": 80, "https": 443}[parts.scheme])
    return f"{parts.scheme}://{host}" if own else f"{parts.scheme}://{host}:{port}"


def _platform_home() -> Path:
    from platformdirs import user_data_path

    return user_data_path("order-sync", appauthor=False)
