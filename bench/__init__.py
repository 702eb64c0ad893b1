"""Measuring Order Sync against a floor, and against the same job on Celery: ``make bench``."""
