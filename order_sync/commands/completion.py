"""``order-sync completion``"""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL.

    For example: order-sync completion bash > ~/.local/share/bash-completion/completions/order-sync
    """
    from click.shell_completion import get_completion_class

    from order_sync.cli import cli

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "order-sync", "_ORDER_SYNC_COMPLETE").source())
