"""Every error that may cross a port, grouped by what the caller does next.

OrderSyncError
├─ ConfigurationError            stop: a setting, a name or a file's value is wrong; says which and what is right
│  └─ UnknownConnectionError
├─ ClosedError                   make another one: it was closed, or ran already
├─ PluginError                   InvalidPluginError (quarantined, the rest goes on), PluginHookError (logged; all goes
│                                on without that answer)
├─ BusinessRuleError             never retried: InvalidTransitionError, OrderNotFoundError, NotAllowedError,
│                                PoNumberTakenError
├─ EventError                    a shop's event is refused: EventSignatureError, WrongShopError, MalformedEventError
├─ ServiceError                  a remote service; carries service, operation, status
│  ├─ TransientError             not received, retry with back-off: ServiceUnavailableError (CircuitOpenError),
│  │                             RateLimitedError
│  ├─ PermanentError             held: AuthenticationError (AccessDeniedError), RejectedRequestError,
│  │                             MalformedResponseError
│  └─ OutcomeUnknownError        may have happened: look up before acting again. Never a TransientError
└─ StorageError                  StorageLockedError, ConcurrentUpdateError, StorageCorruptError (stop)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class OrderSyncError(Exception):
    """Anything Order Sync raises on purpose: what, about which thing, and the next step.

    Args:
        message: the thing and the cause, one sentence, never a secret.
        next_step: what a person does now; may be empty.
        about: the things concerned by name, e.g. ``order="#1001"``, ``po_number="SHOP-1001"``.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, next_step: str = "", **about: object) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.about: Mapping[str, object] = about

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class ConfigurationError(OrderSyncError):
    """A setting, name or value is wrong; nothing was changed."""

    code = "configuration"


class UnknownConnectionError(ConfigurationError):
    """No connection of that name is stored."""

    code = "unknown_connection"


class ClosedError(OrderSyncError):
    """The installation was closed, or the service ran already; nothing was done."""

    code = "closed"


class PluginError(OrderSyncError):
    """A plugin is at fault, not the core."""

    code = "plugin"


class InvalidPluginError(PluginError):
    """The plugin cannot be used and is quarantined; everything else goes on."""

    code = "invalid_plugin"


class PluginHookError(PluginError):
    """A plugin failed in a hook, or answered something that the hook does not take; it goes on without its answer."""

    code = "plugin_hook"


class BusinessRuleError(OrderSyncError):
    """The request is understood and not allowed; doing it again changes nothing."""

    code = "business_rule"


class InvalidTransitionError(BusinessRuleError):
    """A sync record cannot move from its state to the wanted one."""

    code = "invalid_transition"


class OrderNotFoundError(BusinessRuleError):
    """The shop or the ledger has no such order."""

    code = "order_not_found"


class NotAllowedError(BusinessRuleError):
    """The record's state does not allow what the operator asked."""

    code = "not_allowed"


class PoNumberTakenError(BusinessRuleError):
    """Another record of the same supplier account already has this PO number."""

    code = "po_number_taken"


class EventError(OrderSyncError):
    """A request that claims to be a shop's event is refused; nothing of it is stored."""

    code = "event"


class EventSignatureError(EventError):
    """Unsigned, or not signed with our secret."""

    code = "event_signature"


class WrongShopError(EventError):
    """Signed, but about another shop than the connection's."""

    code = "wrong_shop"


class MalformedEventError(EventError):
    """Signed, but it cannot be understood, or its topic is none of ours."""

    code = "malformed_event"


class ServiceError(OrderSyncError):
    """A remote service failed or refused.

    Args:
        service: e.g. ``"S&S Activewear"``.
        operation: e.g. ``"POST /v2/orders/"``; never with credentials in it.
        status: HTTP status, or None when there was no answer.
    """

    code = "service"

    def __init__(
        self,
        message: str,
        *,
        service: str = "",
        operation: str = "",
        status: int | None = None,
        next_step: str = "",
        **about: object,
    ) -> None:
        super().__init__(message, next_step=next_step, **about)
        self.service = service
        self.operation = operation
        self.status = status


class TransientError(ServiceError):
    """The request was not carried out; the same request may work later."""

    code = "transient"
    retry_after_s: float | None = None


class ServiceUnavailableError(TransientError):
    """No connection, or a read that failed."""

    code = "service_unavailable"


class CircuitOpenError(ServiceUnavailableError):
    """Not sent: the service failed so often that it is left alone for ``retry_after_s`` (seconds)."""

    code = "circuit_open"

    def __init__(self, message: str, *, retry_after_s: float, **kwargs: object) -> None:
        super().__init__(message, **kwargs)  # type: ignore[arg-type]
        self.retry_after_s = retry_after_s


class RateLimitedError(TransientError):
    """Refused for too many requests; ``retry_after_s`` (seconds) when known."""

    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: float | None = None, **kwargs: object) -> None:
        super().__init__(message, **kwargs)  # type: ignore[arg-type]
        self.retry_after_s = retry_after_s


class PermanentError(ServiceError):
    """The same request would fail again; a person must look."""

    code = "permanent"


class AuthenticationError(PermanentError):
    """The credentials were refused; the connection cannot work until they are replaced."""

    code = "authentication"


class AccessDeniedError(AuthenticationError):
    """The credentials work but lack a permission (an access scope)."""

    code = "access_denied"


class RejectedRequestError(PermanentError):
    """Understood and refused; nothing was done.

    ``reasons`` has every problem the service listed: (field or item, text).
    """

    code = "rejected"

    def __init__(self, message: str, *, reasons: tuple[tuple[str, str], ...] = (), **kwargs: object) -> None:
        super().__init__(message, **kwargs)  # type: ignore[arg-type]
        self.reasons = reasons


class MalformedResponseError(PermanentError):
    """An answer to a read that cannot be understood."""

    code = "malformed_response"


class OutcomeUnknownError(ServiceError):
    """A write that may have been carried out. Look it up before doing it again."""

    code = "outcome_unknown"


class StorageError(OrderSyncError):
    """Local storage failed."""

    code = "storage"


class StorageLockedError(StorageError):
    """Another process holds the storage for longer than we wait."""

    code = "storage_locked"


class ConcurrentUpdateError(StorageError):
    """Somebody else changed it meanwhile; nothing of ours was written."""

    code = "concurrent_update"


class StorageCorruptError(StorageError):
    """A stored file or row cannot be understood. Stop: starting empty would buy twice."""

    code = "storage_corrupt"
