"""Shopify as a source of orders, over its Admin GraphQL API."""
