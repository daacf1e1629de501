"""Entries: the texts, numbers and days of a lead in one form that sorts, so that one index answers every comparison of them. Pure.

Store and rules compare the same entries, so a list in the database and a rule in memory agree. An entry is the field's name, a
separator that no value contains, and the value without case; only its first 200 characters count. Strings sort by code point.
"""

import re
import struct
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tracker.domain.leads.field_value import FieldValue, text_of
from tracker.rules.conditions.fields import CUSTOM

TEXT, NUMBER, DAY = "\x1f", "\x1e", "\x1d"
"""The separators after the field's name, by what follows."""
LAST = "\U0010ffff"
"""Sorts after every character of a value."""
_LONGEST = 200
_MOST = 300
_LINES = ("name", "email", "company", "job_title", "phone", "source_detail", "external_url", "buying_role", "need", "timeline")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?", re.ASCII)
_DAY_LENGTH = len("2027-03-01")


def entries_of(values: Mapping[str, Any]) -> list[str]:
    """The entries of a lead, given its values by name: `fields` as a mapping, `next_action` as its text, `referred_by` as its key."""
    found = [text_entry(name, str(values[name])) for name in (*_LINES, "next_action") if values.get(name)]
    found += [text_entry("category", category) for category in values.get("categories") or ()]
    if values.get("away_until"):
        found.append(day_entry("away_until", str(values["away_until"])))
    if values.get("referred_by"):
        found.append(text_entry("referred_by", values["referred_by"]))
    found += [text_entry("tags", tag) for tag in values.get("tags") or ()]
    for name, value in (values.get("fields") or {}).items():
        found += _custom(CUSTOM + name, value)
    return list(dict.fromkeys(found))[:_MOST]


def text_entry(field: str, value: str) -> str:
    """The entry of a text."""
    return f"{plain_text(field)}{TEXT}{plain_text(value)}"


def number_entry(field: str, value: float) -> str:
    """The entry of a number: 16 hex digits that sort as the numbers do."""
    bits = int(struct.unpack(">Q", struct.pack(">d", float(value) + 0.0))[0])
    ordered = bits ^ (0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else 1 << 63)
    return f"{plain_text(field)}{NUMBER}{ordered:016x}"


def day_entry(field: str, day: str) -> str:
    """The entry of a day, or the beginning of one."""
    return f"{plain_text(field)}{DAY}{day}"


def plain_text(text: str) -> str:
    """The form in which two spellings are equal: NFKC, without case, with single spaces and no other control characters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not folded.isprintable():  # rare, and slow
        folded = "".join(c if c.isprintable() else " " for c in folded)
    return " ".join(folded.split())[:_LONGEST]


def _custom(field: str, value: FieldValue) -> Iterable[str]:
    text = text_of(value).strip()
    if text:
        yield text_entry(field, text)
    if _NUMBER.fullmatch(text):
        yield number_entry(field, float(text))
    if len(text) == _DAY_LENGTH and _is_day(text):
        yield day_entry(field, text)


def _is_day(text: str) -> bool:
    try:
        return text == date.fromisoformat(text).isoformat()
    except ValueError:
        return False
