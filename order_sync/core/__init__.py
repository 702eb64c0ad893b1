"""The domain of Order Sync: plain Python, no library, no network, no process."""
