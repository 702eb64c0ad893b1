"""``order-sync webhooks``: list, register, remove, each in a process of its own."""

from __future__ import annotations

ADDRESS = ("--address", "https://orders.example.com")


def test_registered_listed_and_removed_from_the_terminal(installation, sandbox):
    installation.set_up("enabled=true")
    installation.run("webhooks", "main", code=2)
    assert "order-sync webhooks main register --address" in installation.errors
    listed = installation.json("webhooks", "main", *ADDRESS, code=3)
    assert (listed["complete"], len(listed["missing"])) == (False, 9)
    assert sandbox.shopify.webhook_subscriptions == {}

    out = installation.run("webhooks", "main", "register", *ADDRESS)
    assert "subscribed: orders/create" in out and "https://orders.example.com/webhooks/main" in out
    assert "customers/redact" in installation.errors and "app's own settings" in installation.errors
    again = installation.json("webhooks", "main", "register")
    assert (len(again["unchanged"]), again["added"]) == (9, [])
    table = installation.run("webhooks", "main")
    assert table.count(" ok ") == 9

    next(iter(sandbox.shopify.webhook_subscriptions.values())).uri = "https://old.example.com/webhooks/main"
    assert "drifted" in installation.run("webhooks", "main", code=3)
    assert "order-sync webhooks main register" in installation.errors
    assert "repaired: orders/create" in installation.run("webhooks", "main", "register")

    removed = installation.json("webhooks", "main", "remove")
    assert (len(removed["removed"]), removed["foreign"]) == (9, [])
    assert sandbox.shopify.webhook_subscriptions == {}


def test_wrong_usage_and_credentials_have_their_exit_codes(installation):
    installation.set_up("enabled=true")
    installation.run("webhooks", "main", "remove", *ADDRESS, code=2)
    installation.run("webhooks", "main", "register", "--address", "orders.example.com", code=2)
    assert "https://orders.example.com" in installation.errors
    installation.environment["SHOPIFY_TOKEN"] = "wrong"
    installation.run("webhooks", "main", "register", *ADDRESS, code=4)
    installation.run("webhooks", "nowhere", code=2)
