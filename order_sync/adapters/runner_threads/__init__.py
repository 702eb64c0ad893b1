"""Worker threads of this process."""

from order_sync.adapters.runner_threads.runner import ThreadTaskRunner

__all__ = ["ThreadTaskRunner"]
