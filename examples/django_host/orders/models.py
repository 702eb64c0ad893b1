"""Connections and their secrets, as Django's database keeps them."""

from __future__ import annotations

from django.db import models


class StoredConnection(models.Model):
    """One connection: its text, and the mark of this version."""

    name = models.CharField(max_length=63, primary_key=True)
    document = models.TextField()
    revision = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.name


class StoredSecret(models.Model):
    """One secret of a connection: where it is kept, or itself, encrypted."""

    connection = models.CharField(max_length=63)
    key = models.CharField(max_length=100)
    reference = models.TextField(blank=True)
    encrypted = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["connection", "key"], name="one_secret_a_key"),)

    def __str__(self) -> str:
        return f"{self.connection} {self.key}"
