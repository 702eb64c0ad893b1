"""Where messages to people go: apprise's addresses, and notifiers of plugins."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from order_sync.bootstrap.config import AppConfig
from order_sync.core.errors import ConfigurationError
from order_sync.core.policies.redaction import HIDDEN, trace_of
from order_sync.core.ports import Delivery, Messenger
from order_sync.plugins.manager import Plugins
from order_sync.plugins.registry import NotifierContext, NotifierPlugin

_PLUGIN = "plugin:"
_SHORTEST_SECRET = 6

log = logging.getLogger("order_sync")


def build_messenger(config: AppConfig, plugins: Plugins, http_transport: Any = None) -> Messenger | None:
    """Where messages go; None when nothing is set up.

    Raises:
        ConfigurationError: an address is wrong or missing, a plugin's notifier is not there, or apprise is not
            installed.
    """
    entries = [url for entry in config.notify for url in _resolved(entry)]
    urls = [entry for entry in entries if not entry.startswith(_PLUGIN)]
    environment = os.environ if config.environment is None else config.environment
    context = NotifierContext(environment, http_transport)
    messengers = [
        PluginMessenger(plugins.notifiers.get(entry.removeprefix(_PLUGIN)), context)
        for entry in dict.fromkeys(entries)
        if entry.startswith(_PLUGIN)
    ]
    if not urls:
        return Messengers(messengers) if messengers else None
    return Messengers([_apprise(urls), *messengers])


def _apprise(urls: list[str]) -> Messenger:
    try:
        from order_sync.adapters.notify_apprise import AppriseMessenger
    except ImportError as exc:
        raise ConfigurationError(
            "ORDER_SYNC_NOTIFY is set, and the package apprise is not installed.",
            next_step="Install it: pip install 'order-sync[notify]'; or unset ORDER_SYNC_NOTIFY.",
            setting="ORDER_SYNC_NOTIFY",
        ) from exc
    return AppriseMessenger(urls)


class Messengers:
    """The Messenger port over several of them."""

    def __init__(self, messengers: Sequence[Messenger]) -> None:
        self._messengers = tuple(messengers)

    def services(self) -> tuple[str, ...]:
        """See Messenger."""
        return tuple(service for each in self._messengers for service in each.services())

    def send(self, title: str, body: str) -> tuple[Delivery, ...]:
        """See Messenger: one that fails keeps none of the others from being told."""
        return tuple(delivery for each in self._messengers for delivery in each.send(title, body))


class PluginMessenger:
    """The Messenger port of a plugin, built when it is first used; whatever it does wrong is a problem of its own."""

    def __init__(self, plugin: NotifierPlugin, context: NotifierContext) -> None:
        self._plugin = plugin
        self._context = context
        self._lock = threading.Lock()
        self._built: Messenger | None = None

    def services(self) -> tuple[str, ...]:
        """See Messenger."""
        try:
            services = self._messenger().services()
            return (services,) if isinstance(services, str) else tuple(str(service) for service in services)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:  # it is told when something is sent
            log.error("%s cannot say where its messages go: %s", self._name, trace_of(exc))
            return (self._name,)

    def send(self, title: str, body: str) -> tuple[Delivery, ...]:
        """See Messenger."""
        try:
            deliveries = tuple(self._messenger().send(title, body))
        except ConfigurationError as exc:
            return (Delivery(self._name, self._without_secrets(str(exc))),)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:  # what it raises may quote an address that is a secret
            log.error("%s failed: %s", self._name, trace_of(exc))
            return (Delivery(self._name, f"the plugin raised {type(exc).__name__}"),)
        if not deliveries or not all(isinstance(each, Delivery) for each in deliveries):
            return (Delivery(self._name, "the plugin does not say whether the message was taken"),)
        return deliveries

    def _without_secrets(self, text: str) -> str:
        """A message about a setting, without what any variable is set to: it may be a secret."""
        values = {value for value in self._context.environment.values() if len(value) >= _SHORTEST_SECRET}
        for value in sorted(values, key=len, reverse=True):
            text = text.replace(value, HIDDEN)
        return text

    @property
    def _name(self) -> str:
        return f"{_PLUGIN}{self._plugin.name}"

    def _messenger(self) -> Messenger:
        with self._lock:
            if self._built is None:
                self._built = self._plugin.build(self._context)
            return self._built


def _resolved(entry: str) -> list[str]:
    """The addresses behind an entry. ``env:`` was looked up with the configuration; one left over has nothing."""
    found: list[str] = [entry]
    if entry.startswith("env:"):
        found = []
    elif entry.startswith("file:"):
        try:
            found = Path(entry.removeprefix("file:")).expanduser().read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError):
            found = []
    if not found:
        raise ConfigurationError(
            f"ORDER_SYNC_NOTIFY names {entry}, and there is nothing there that can be read.",
            next_step="Put the addresses there, or name another place.",
            setting="ORDER_SYNC_NOTIFY",
        )
    return found
