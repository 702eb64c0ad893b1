"""The first tables."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Connections and secrets."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="StoredConnection",
            fields=[
                ("name", models.CharField(max_length=63, primary_key=True, serialize=False)),
                ("document", models.TextField()),
                ("revision", models.CharField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="StoredSecret",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("connection", models.CharField(max_length=63)),
                ("key", models.CharField(max_length=100)),
                ("reference", models.TextField(blank=True)),
                ("encrypted", models.TextField(blank=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("connection", "key"), name="one_secret_a_key")],
            },
        ),
    ]
