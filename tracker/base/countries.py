"""Countries by ISO 3166 code or by name in English, German, French, Spanish, Italian, Portuguese, Dutch and the country's own language.

The list is `data/countries.csv`: code, language, English name, other names. Pure apart from reading it once.
"""

import csv
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

import msgspec

EEA = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IS",
        "IE",
        "IT",
        "LV",
        "LI",
        "LT",
        "LU",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
    ]
)
"""The European Economic Area: the European Union, Iceland, Liechtenstein and Norway."""
EU_REGIONS = frozenset(["AX", "GF", "GP", "MF", "MQ", "RE", "YT"])
"""Parts of the European Union with a code of their own: Åland and the French overseas departments."""

_SEPARATORS = re.compile(r"[/,;()|]")
_SHORTEST_PART = 3
"""Letters. In `Dover, DE` the last part is a state, so that codes of two letters count only as the whole text."""


class Country(msgspec.Struct, frozen=True):
    """One country: its code of two letters, the language most people read there, and its English name."""

    code: str
    language: str
    name: str
    others: tuple[str, ...] = ()


def code_of(text: str | None) -> str:
    """The code of the country that a person or program wrote; empty where the text names none that is known."""
    if not text:
        return ""
    whole = _codes().get(_key(text))
    if whole is not None:
        return whole
    keys = (_key(part) for part in _SEPARATORS.split(text[:200]))
    parts = {_codes()[key] for key in keys if len(key) >= _SHORTEST_PART and key in _codes()}
    return parts.pop() if len(parts) == 1 else ""


def name_of(code: str) -> str:
    """The English name; empty for an unknown code."""
    found = countries().get(code)
    return found.name if found else ""


def language_of(code: str) -> str:
    """The language most people read there, such as `de`; empty for an unknown code."""
    found = countries().get(code)
    return found.language if found else ""


@lru_cache(maxsize=1)
def countries() -> dict[str, Country]:
    """All countries by code, in the order of their English names."""
    text = files("tracker.base").joinpath("data/countries.csv").read_text("utf-8")
    rows = [Country(row[0], row[1], row[2], tuple(name for name in row[3].split("|") if name)) for row in csv.reader(text.splitlines())]
    return {row.code: row for row in sorted(rows, key=lambda row: _key(row.name))}


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """The code by each name. English names go before others, since `Niger` in one language is not `Niger` in another."""
    found: dict[str, str] = {}
    for country in countries().values():
        found |= {_key(country.code): country.code, _key(country.name): country.code}
    for country in countries().values():
        for name in country.others:
            found.setdefault(_key(name), country.code)
    return found


def _key(text: str) -> str:
    """The text without case, accents, punctuation and blanks."""
    plain = unicodedata.normalize("NFKD", text[:200].replace("ß", "ss")).casefold()
    return "".join(c for c in plain if c.isalnum())
