"""A simulator of Shopify's Admin GraphQL API.

Open `server.py` for the door, `shop.py` for what a merchant does.
"""
