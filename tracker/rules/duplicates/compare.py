"""Whether two leads may be the same person, and why. Pure. Never a proof: people decide."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

import msgspec
import phonenumbers
from rapidfuzz import fuzz

from tracker.base.countries import code_of
from tracker.rules.duplicates.keys import company_words, digits_of, name_words, plain_address

_ALIKE = 88
"""Of 100, for names of persons and companies: one letter more or less in a usual name."""
_CLEARLY_OTHER = 60
_SHORTEST_NUMBER = 7


class SameReason(StrEnum):
    """Why two leads may be the same person. Values are stored and part of the API."""

    ADDRESS = "address"
    """The addresses differ in `+tag`, or in dots at Gmail."""
    PHONE = "phone"
    COLLEAGUE = "name_and_company"
    NAME = "name"
    """The same name, where the company of one of them is not known."""


REASON_WORDS: Mapping[SameReason, str] = {
    SameReason.ADDRESS: "Nearly the same email address",
    SameReason.PHONE: "Same phone number",
    SameReason.COLLEAGUE: "Similar name and company",
    SameReason.NAME: "Same name",
}


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared of a lead. `id` is empty before it is added."""

    id: str = ""
    email: str
    name: str
    company: str | None = None
    phone: str | None = None
    country: str | None = None
    owner: str | None = None


def reasons(one: Person, other: Person, region: str, *, is_shared_line: bool = False) -> tuple[SameReason, ...]:
    """Why they may be the same person; empty: no reason. `region`: the company's country, for numbers of leads without one.

    `is_shared_line`: many leads have this phone number, so that it counts only where the names do not differ clearly.
    """
    found = []
    if plain_address(one.email) == plain_address(other.email):
        found.append(SameReason.ADDRESS)
    if is_same_phone(one, other, region) and not (is_shared_line and _differ(one.name, other.name)):
        found.append(SameReason.PHONE)
    firm, others = company_words(one.company), company_words(other.company)
    if firm and others:
        if _alike(firm, others) and is_same_name(one.name, other.name):
            found.append(SameReason.COLLEAGUE)
    elif (words := sorted(name_words(one.name))) == sorted(name_words(other.name)) and len(words) > 1:
        found.append(SameReason.NAME)
    return tuple(found)


def is_same_name(one: str, other: str) -> bool:
    """Whether the names are nearly equal, in any order, or an initial stands for a name."""
    words, others = name_words(one), name_words(other)
    if not words or not others:
        return False
    return _alike(words, others) or _has_initial(words, others) or _has_initial(others, words)


def _has_initial(short: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """`d whitfield` for `dana whitfield`."""
    if len(short) != len(whole) or len(short) < 2 or not any(len(word) == 1 for word in short):  # noqa: PLR2004 - name and initial
        return False
    return all(word == other or (len(word) == 1 and other.startswith(word)) for word, other in zip(short, whole, strict=True))


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return fuzz.token_sort_ratio(" ".join(one), " ".join(other), score_cutoff=_ALIKE) > 0


def _differ(one: str, other: str) -> bool:
    words, others = name_words(one), name_words(other)
    return bool(words and others) and fuzz.token_sort_ratio(" ".join(words), " ".join(others)) < _CLEARLY_OTHER


def is_same_phone(one: Person, other: Person, region: str) -> bool:
    """Whether both have the same number, however it is written; numbers without a country code are of the lead's country, else of `region`."""
    if not one.phone or not other.phone:
        return False
    first, second = _number(one.phone, _region(one, region)), _number(other.phone, _region(other, region))
    if first[0] and second[0]:
        return first == second
    # Where the country of one is not known, the number within the country has to be the same.
    digits, more = first[1] or _within(one.phone), second[1] or _within(other.phone)
    return len(digits) >= _SHORTEST_NUMBER and digits == more


def _within(phone: str | None) -> str:
    return digits_of(phone).lstrip("0")


def _region(person: Person, region: str) -> str:
    return code_of(person.country) or region


@lru_cache(maxsize=4096)
def _number(phone: str, region: str) -> tuple[str, str]:
    """The number in E.164 without extension, and within its country; both empty where it is no possible one."""
    try:
        found = phonenumbers.parse(phone[:60], region or None)
    except phonenumbers.NumberParseException:
        return "", ""
    if not phonenumbers.is_possible_number(found):
        return "", ""
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164), phonenumbers.national_significant_number(found)
