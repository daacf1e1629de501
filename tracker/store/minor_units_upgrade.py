"""The step to the decimals of each currency: until then every amount was stored in hundredths, of yen and dinars as of euros."""

from typing import Any

from pymongo.collection import Collection

from tracker.base.money import UNUSUAL, decimals_of
from tracker.store.core.client import Document
from tracker.store.core.stamps import stamped
from tracker.store.store import Store

MINOR_UNITS = 46
"""The number of the step."""
_DONE = "in_minor_units"
"""Marks amounts that were converted, since a step that broke off is repeated."""


def amounts_to_convert(store: Store) -> list[str]:
    """The currencies in which there are amounts that the step changes, before it has run."""
    database, found = store.database, set[str]()
    for name, path in (("leads", "value.currency"), ("sales", "currency"), ("costs", "currency"), ("workspaces", "currency")):
        found |= set(database[name].distinct(path, {path: {"$in": list(UNUSUAL)}, _DONE: {"$exists": False}}))
    return sorted(found)


def store_minor_units(store: Store) -> None:
    """Stores amounts in currencies without cents in their minor units. What was shown as `1,500.00 JPY` reads `1,500 JPY` then."""
    database = store.database
    for currency in UNUSUAL:
        for name, its_currency, amounts in (
            ("leads", "value.currency", ("value.amount",)),
            ("sales", "currency", ("amount", "void_amount")),
        ):
            matching = {its_currency: currency, _DONE: {"$exists": False}}
            _convert(database[name], matching, currency, *amounts)
            database[name].update_many({its_currency: currency, _DONE: True}, stamped({}))
        _convert(database["costs"], {"currency": currency, _DONE: {"$exists": False}}, currency, "amount")
        homes = [row["_id"] for row in database["workspaces"].find({"currency": currency}, {"_id": 1})]
        _convert(database["targets"], {"ws": {"$in": homes}, "measure": "amount", _DONE: {"$exists": False}}, currency, "value")
    _convert_remains(database["report_remains"])
    database["board_totals"].delete_many({})
    database["report_blocks"].delete_many({})


def _convert(rows: Collection[Document], matching: Document, currency: str, *paths: str) -> None:
    """No amount stays none: MongoDB makes null of null."""
    rows.update_many(matching, [{"$set": {path: _converted(f"${path}", currency) for path in paths} | {_DONE: True}}])


def _converted(amount: Any, currency: str) -> Document:
    """MongoDB rounds half to even, as amounts are."""
    power = 10.0 ** (decimals_of(currency) - 2)
    return {"$toLong": {"$round": [{"$multiply": [amount, power]} if power > 1 else {"$divide": [amount, 1 / power]}, 0]}}


def _convert_remains(rows: Collection[Document]) -> None:
    branches = [{"case": {"$eq": ["$$one.currency", name]}, "then": _converted("$$one.amount", name)} for name in UNUSUAL]
    amount = {"$switch": {"branches": branches, "default": "$$one.amount"}}
    sales = {"$map": {"input": "$sales", "as": "one", "in": {"$mergeObjects": ["$$one", {"amount": amount}]}}}
    matching = {"sales.currency": {"$in": list(UNUSUAL)}, _DONE: {"$exists": False}}
    rows.update_many(matching, [{"$set": {"sales": sales, _DONE: True}}])
