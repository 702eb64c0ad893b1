"""The rules that a plugin is graded by: each is a test of a contract suite, or something that is looked up.

A rule belongs to a level. A plugin has a level when every rule of it, and of those below, passes or is exempt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

BRONZE, SILVER, GOLD = "bronze", "silver", "gold"
LEVELS = (BRONZE, SILVER, GOLD)
NO_LEVEL = "none"
RULE = "__order_sync_rule__"
"""The attribute of a test that names its rule."""

T = TypeVar("T", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise of a plugin.

    Attributes:
        rule_id: stable name, as in ``exempt`` of a suite.
        kind: what it is asked of: plugin, supplier, order source, settings store.
        says: the promise, one sentence.
        exemptable: whether an author may say that it does not apply. What keeps an order from being bought twice, and
            a secret from showing, always applies.
    """

    rule_id: str
    level: str
    kind: str
    says: str
    exemptable: bool = True


def rule(rule_id: str) -> Callable[[T], T]:
    """Mark a test as (a part of) a rule."""

    def mark(test: T) -> T:
        setattr(test, RULE, rule_id)
        return test

    return mark


def level_of(outcomes: Mapping[str, str], rules: Iterable[Rule]) -> str:
    """The highest level that is reached.

    Args:
        outcomes: rule id -> "pass", "fail" or "exempt"; a rule that is missing was not shown to hold.
    """
    reached = NO_LEVEL
    known = tuple(rules)
    for level in LEVELS:
        if any(outcomes.get(each.rule_id, "fail") == "fail" for each in known if each.level == level):
            break
        reached = level
    return reached


PLUGIN = "plugin"
SUPPLIER = "supplier"
SOURCE = "order source"
STORE = "settings store"


def _rules(kind: str, level: str, rows: Mapping[str, str], *, exemptable: bool = True) -> tuple[Rule, ...]:
    return tuple(Rule(rule_id, level, kind, says, exemptable) for rule_id, says in rows.items())


PLUGIN_RULES = (
    *_rules(
        PLUGIN,
        BRONZE,
        {
            "loads": "It loads, and says for which hook API it is written.",
            "contract_bound": "Its tests bind the contract suite of each thing that it registers.",
            "own_tests_pass": "All of its tests pass.",
            "author_part_done": "Nothing of the scaffold is left to be written.",
        },
        exemptable=False,
    ),
    *_rules(
        PLUGIN,
        SILVER,
        {
            "fields_explained": "Every setting has a title and a help text; what is secret is marked so.",
            "light_import": "Loading it imports no HTTP library: every command loads every plugin.",
        },
    ),
    *_rules(
        PLUGIN,
        GOLD,
        {
            "typed": "Its package has a py.typed.",
            "readme": "It has a README.",
            "requires_order_sync": "Its metadata names the order-sync versions that it needs.",
        },
    ),
)

SUPPLIER_RULES = (
    *_rules(
        SUPPLIER,
        BRONZE,
        {
            "place_and_find": "A purchase is placed as asked, and found by its PO number.",
            "sends_once": "A purchase is sent once, whatever comes back.",
            "lost_answer": "A purchase whose answer is lost is in doubt, and found afterwards.",
            "malformed_answer": "An answer to a purchase that cannot be understood is neither success nor refusal.",
            "not_received": "A purchase that was not received is said to be so.",
            "not_absence": "A look-up that could not be asked is never taken for absence.",
            "test_orders": "A test never becomes a live order, and a live order never a test.",
            "ships_to": "The goods go to the address that was asked for.",
            "secrets": "No secret shows in an error, in a composed body or in the address of a request.",
        },
        exemptable=False,
    ),
    *_rules(
        SUPPLIER,
        SILVER,
        {
            "composes": "compose is pure, and what it composes is what is sent.",
            "refusals": "A refused purchase raises RejectedRequestError with the supplier's words.",
            "unknown_items": "An item that the supplier does not have is left out of a look-up, refused in an order.",
            "partial_lines": "Lines that cannot be filled are named; none is dropped.",
            "several_orders": "A purchase that becomes several orders is told whole.",
            "rate_limits": "A 429 is a RateLimitedError, with the pause that the supplier asks for.",
            "credentials": "Refused credentials are an AuthenticationError.",
            "duplicate_po": "A PO number that is there twice shows twice.",
            "odd_characters": "Names and streets of any kind arrive as they are.",
            "exact_po": "A look-up gives orders of exactly that PO number.",
            "shipments": "A shipped order tells its tracking numbers.",
            "threads": "Every method may be called from several threads.",
            "declares": "SupplierPlugin and gateway declare the same capabilities, and what they declare is there.",
        },
    ),
    *_rules(
        SUPPLIER,
        GOLD,
        {
            "cancels": "What is said to be cancelled is cancelled; what is not, is not said to be.",
            "payment_profiles": "Payment profiles of an e-mail are listed.",
            "stock": "The stock is told as it is, and asked anew when it decides.",
            "lists_orders": "Recent orders are listed whole.",
            "finds_many": "Many PO numbers are found with one question.",
            "prices": "Prices of items are told.",
            "catalogue": "Items that may be meant by an unknown SKU are suggested.",
            "redirects": "A redirect of a purchase is not followed.",
            "bounded": "Every call has a time limit.",
            "names_the_call": "Errors name the service, the operation and, where there is one, the status.",
            "asks_nobody": "Options and addresses are checked without asking anybody.",
            "settings_checked": "Settings that cannot work are refused with a sentence.",
            "tells_the_account": "The check says whose credentials these are.",
        },
    ),
)

SOURCE_RULES = (
    *_rules(
        SOURCE,
        BRONZE,
        {
            "reads_whole": "An order is read whole: every line, its pieces, the address, fulfillments and work.",
            "reads_state": "An order that is unpaid, cancelled or refunded reads as such.",
            "not_found": "An order that does not exist is said not to be found; one that could not be read is not.",
            "lists_changes": "Changed orders are listed, oldest change first, none left out.",
            "broken_list": "A list that breaks off is an error, never the end of the list.",
            "writes_once": "A fulfillment is written once, whatever comes back.",
            "lost_write": "A write whose answer is lost, or cannot be understood, is in doubt.",
            "source_not_received": "A write that was not received is said to be so.",
            "source_secrets": "No secret shows in an error or in the address of a request.",
        },
        exemptable=False,
    ),
    *_rules(
        SOURCE,
        SILVER,
        {
            "reads_money": "What a piece costs, and what the order costs, is read exactly.",
            "shows_writes": "What was written shows when the order is read again.",
            "notifies": "The customer is told exactly when that is asked for.",
            "source_refusals": "A refused write raises RejectedRequestError, and nothing is written.",
            "source_credentials": "Refused credentials are an AuthenticationError.",
            "source_rate_limits": "A 429 is a RateLimitedError, with the pause that the shop asks for.",
            "source_malformed": "An answer that cannot be understood is an error.",
            "names_orders": "Orders are found by exactly their name.",
            "order_ids": "An id in any of its forms means one order, and is told without asking anybody.",
            "source_threads": "Every method may be called from several threads.",
        },
    ),
    *_rules(
        SOURCE,
        GOLD,
        {
            "locations": "The shop's locations are listed.",
            "identifies": "The check says whose credentials these are.",
            "lists_items": "What the shop sells is listed, or said not to be.",
            "source_bounded": "Every call has a time limit.",
            "source_redirects": "A redirect of a write is not followed.",
            "source_names_the_call": "Errors name the service and the operation.",
            "source_settings": "An address that would send the secrets unencrypted is refused.",
        },
    ),
)

STORE_RULES = _rules(STORE, BRONZE, {"settings_store": "It keeps every promise of a settings store."}, exemptable=False)

ALL_RULES = (*PLUGIN_RULES, *SUPPLIER_RULES, *SOURCE_RULES, *STORE_RULES)


def rules_for(kinds: Iterable[str]) -> tuple[Rule, ...]:
    """The rules of a plugin that registers these kinds of things."""
    wanted = {PLUGIN, *kinds}
    return tuple(each for each in ALL_RULES if each.kind in wanted)
