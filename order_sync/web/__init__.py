"""What Order Sync answers over HTTP: the shops' events, health, metrics."""
