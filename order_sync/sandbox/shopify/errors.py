"""GraphQL errors with the codes Shopify puts into `extensions`."""

from __future__ import annotations

from graphql import GraphQLError

SCOPES_PAGE = "https://shopify.dev/api/usage/access-scopes"


def access_denied(field: str, needed: tuple[str, ...]) -> GraphQLError:
    wanted = " or ".join(f"`{scope}`" for scope in needed)
    return GraphQLError(
        f"Access denied for {field} field. Required access: {wanted} access scope.",
        extensions={
            "code": "ACCESS_DENIED",
            "documentation": SCOPES_PAGE,
            "requiredAccess": f"{wanted} access scope.",
        },
    )


def not_simulated(what: str) -> GraphQLError:
    """Right in Shopify, missing here: fail loudly rather than answer null."""
    return GraphQLError(f"the sandbox does not simulate {what}", extensions={"code": "SANDBOX_NOT_SIMULATED"})


def invalid_id(value: str) -> GraphQLError:
    return GraphQLError(
        f"Variable $id of type ID! was provided invalid value: Invalid global id '{value}'",
        extensions={
            "code": "INVALID_VARIABLE",
            "problems": [{"explanation": f"Invalid global id '{value}'"}],
        },
    )


def bad_argument(text: str) -> GraphQLError:
    return GraphQLError(text, extensions={"code": "BAD_REQUEST"})
