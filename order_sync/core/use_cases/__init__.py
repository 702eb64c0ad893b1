"""What Order Sync does, one verb phrase a file."""
