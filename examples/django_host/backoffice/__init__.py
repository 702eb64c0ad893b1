"""The project: settings, addresses, the ASGI application."""
