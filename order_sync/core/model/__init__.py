"""Frozen values of the domain, one noun a file."""
