"""The commands of ``order-sync``, one file each. They use only the public API."""
