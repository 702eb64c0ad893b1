"""Implementations of the ports. Adapters do not know one another."""
