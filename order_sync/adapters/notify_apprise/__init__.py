"""Messages by apprise: mail, chat, push and a hundred services more, each by one address."""

from order_sync.adapters.notify_apprise.messenger import AppriseMessenger

__all__ = ["AppriseMessenger"]
