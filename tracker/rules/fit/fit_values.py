"""Values of the four fields that count for fit: the lists to pick from, and how free text is matched with them. Pure.

Lists are English in store and interface. Text that was typed or imported is matched where its meaning is clear: `51-200`, `120 staff`
and `50k` lie in a range, `Deutschland` is Germany. Anything else stays as it is and equals only itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from types import MappingProxyType

from tracker.base.countries import code_of, countries, name_of

FIT_FIELDS = ("industry", "size", "budget", "location")
"""The fields in the order of the interface; `location` is shown as *Country*."""
FIT_LABELS: Mapping[str, str] = MappingProxyType({"industry": "Industry", "size": "Employees", "budget": "Budget", "location": "Country"})

INDUSTRIES = (
    "Agriculture", "Automotive", "Construction", "Consulting", "Consumer goods", "Education", "Energy", "Financial services",
    "Food & beverage", "Government", "Healthcare", "Hospitality", "Insurance", "IT & software", "Legal services", "Logistics",
    "Manufacturing", "Marketing & media", "Non-profit", "Pharma & biotech", "Real estate", "Retail", "Services", "Telecommunications",
    "Travel", "Wholesale",
)  # fmt: skip
SIZES = ("1–10", "11–50", "51–200", "201–500", "501–1,000", "1,001–5,000", "More than 5,000")
BUDGETS = ("Up to 1,000", "1,000–5,000", "5,000–20,000", "20,000–50,000", "50,000–100,000", "More than 100,000")

_LONGEST = 120
_NUMBER = re.compile(
    r"(\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d+)?)\s*(k|m|mio|million|thousand|tsd)?(?![^\W\d_])",
    re.IGNORECASE,
)
_FACTORS = {"k": 1e3, "tsd": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6}
_AT_MOST = re.compile(r"<|≤|\b(up to|under|below|less than|at most|bis|unter|max)\b", re.IGNORECASE)
_AT_LEAST = re.compile(r">|≥|\+|\b(over|above|more than|at least|from|ab|über|ueber|mehr als|min)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A range of numbers, both ends included; one number is a range of that number."""

    low: float
    high: float

    def holds(self, other: "NumberRange") -> bool:
        """Whether the middle of the other range lies in this one; of an open range, its closed end."""
        middle = other.low if other.high == inf else (other.low + other.high) / 2
        return self.low <= middle <= self.high


def choices(field: str) -> tuple[str, ...]:
    """The values to pick from for a field, in the order of the list."""
    if field == "location":
        return tuple(country.name for country in countries().values())
    return {"industry": INDUSTRIES, "size": SIZES, "budget": BUDGETS}[field]


@lru_cache(maxsize=4096)
def matched(field: str, text: str) -> str:
    """The value of the list that the text means, else the text without outer blanks."""
    text = text.strip()
    if field == "location":
        return name_of(code_of(text)) or text
    key = _key(text)
    for choice in choices(field):
        if _key(choice) == key:
            return choice
    if field == "industry" or (found := range_of(text)) is None:
        return text
    return next((choice for choice in choices(field) if (known := range_of(choice)) and known.holds(found)), text)


def profile_key(field: str, value: str) -> str:
    """One value of a profile; free text in any case is the same."""
    return f"{field}:{matched(field, value).casefold()[:120]}"


@lru_cache(maxsize=4096)
def is_wanted(field: str, text: str, wanted: str) -> bool:
    """Whether a known value is one that the company wants: the same value, or a number or range within the wanted range."""
    if _key(matched(field, text)) == _key(matched(field, wanted)):
        return True
    if field not in ("size", "budget"):
        return False
    known, asked = range_of(text), range_of(wanted)
    return known is not None and asked is not None and asked.holds(known)


@lru_cache(maxsize=4096)
def range_of(text: str) -> NumberRange | None:
    """The range of numbers that a text states; None if it states none or more than two numbers."""
    numbers = [_number(digits, unit) for digits, unit in _NUMBER.findall(text[:_LONGEST])]
    if len(numbers) == 2:  # noqa: PLR2004 - from, to
        return NumberRange(min(numbers), max(numbers))
    if len(numbers) != 1:
        return None
    if _AT_MOST.search(text):
        return NumberRange(0, numbers[0])
    if _AT_LEAST.search(text):
        return NumberRange(numbers[0], inf)
    return NumberRange(numbers[0], numbers[0])


def _number(digits: str, unit: str) -> float:
    whole = re.sub(r"[.,'’\s](?=\d{3}(?:\D|$))", "", digits)
    return float(whole.replace(",", ".")) * _FACTORS.get(unit.casefold(), 1)


def _key(text: str) -> str:
    """The text without case, doubled blanks and kinds of dashes and ampersands."""
    plain = re.sub(r"\s*[-–—]\s*", "-", text.casefold().replace("&", " and "))
    return " ".join(plain.split())
