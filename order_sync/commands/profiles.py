"""``order-sync profiles``: Fetch Profiles"""

from __future__ import annotations

from dataclasses import asdict

import click

from order_sync.commands.output import emit_json, json_option, on_terminal, show_table
from order_sync.core.model.payment_profile import PaymentProfile


@click.command()
@click.argument("name")
@click.option("--email", help="E-mail of the supplier's website user who saved the card or bank account.")
@click.option("--select", "profile_id", metavar="ID", help="Make this profile pay; `none`: the account's own terms.")
@json_option
def profiles(name: str, email: str | None, profile_id: str | None, as_json: bool) -> None:
    """Fetch the payment profiles of connection NAME's supplier, and select the one that pays."""
    from order_sync import OrderSync

    with OrderSync() as sync:
        present = sync.connection(name).order_sync.payment_profile
        if profile_id == "none":
            sync.change_settings(name, {"payment_profile": None})
            click.echo("The account's own terms pay from now on.")
            return
        email = email or _default_email(present.email if present else None)
        found = sync.fetch_profiles(name, email)
        if profile_id is None and found and not as_json and on_terminal():
            _show(found, email)
            profile_id = click.prompt("Which one pays? (ID, empty: leave as it is)", default="", show_default=False)
        selected = None
        if profile_id:
            selected = sync.select_profile(name, email, profile_id).order_sync.payment_profile
    if as_json:
        documents = [asdict(profile) for profile in found]
        emit_json(
            {
                "connection": name,
                "email": email,
                "profiles": documents,
                "selected": asdict(selected) if selected else (asdict(present) if present else None),
            }
        )
    elif selected:
        click.echo(f"{selected.label or selected.profile_id} of {selected.email} pays from now on.")
    elif not found:
        click.echo(f"The supplier has no payment profiles under {email}. Without one the account's own terms pay.")
    elif not on_terminal():
        _show(found, email)


def _show(found: list[PaymentProfile], email: str) -> None:
    rows = [(profile.profile_id, profile.kind, profile.label) for profile in found]
    show_table(f"Payment profiles of {email}", ("ID", "KIND", "NAME"), rows)


def _default_email(present: str | None) -> str:
    if present:
        return present
    if on_terminal():
        return str(click.prompt("E-mail of the payment profile"))
    raise click.UsageError("Give the e-mail of the payment profile: --email EMAIL.")
