"""Order Sync in a Django project."""
