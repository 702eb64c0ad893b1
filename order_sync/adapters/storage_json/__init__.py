"""The settings store in readable files: one JSON file a connection, secrets apart."""
