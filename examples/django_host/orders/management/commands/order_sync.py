"""``manage.py order_sync NAME``: look at a shop once, do what is due. For cron, where no service runs."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from order_sync import OrderSyncError


class Command(BaseCommand):
    """Prints what became of every order that was looked at."""

    help = "Look at the shop of a connection once and do what is due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What may be given."""
        parser.add_argument("connection")
        parser.add_argument("--days", type=int, help="also orders of so many days before Order Sync was turned on")
        parser.add_argument("--dry-run", action="store_true", help="say what would be bought, send nothing")

    def handle(self, *args: Any, **given: Any) -> None:
        """Do it."""
        sync = apps.get_app_config("orders").sync
        since = timezone.now() - timedelta(days=given["days"]) if given["days"] else None
        try:
            look = sync.sync(given["connection"], since=since, dry_run=given["dry_run"])
        except OrderSyncError as exc:
            raise CommandError(str(exc)) from exc
        for record in look.records:
            self.stdout.write(f"{record.order_name} {record.state} {record.po_number or ''} {record.reason}".rstrip())
