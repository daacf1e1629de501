"""The person of a row: the name from its parts, and the address among several. Pure."""

from collections.abc import Mapping

_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md", "mba", "esq", "dds", "msc", "bsc", "cpa", "jnr", "snr"})
_MOST_WORDS = 4
_PARTS = ("first", "middle", "particle", "last", "second_last", "suffix")
NAME_FIELDS = frozenset({"name", *_PARTS})


def full_name(raw: Mapping[str, str]) -> str:
    """The name in the order in which it is spoken, from a whole name or its parts; empty without any."""
    whole = turned(raw.get("name", ""))
    first, last = raw.get("first", ""), raw.get("last", "")
    if last or not whole:
        parts = " ".join(raw[part] for part in _PARTS if raw.get(part))
        return parts if last or first else whole or parts
    if first and first.casefold() not in whole.casefold():  # `Name` holds the family name, as in `Name;Vorname`
        return f"{first} {whole}"
    return whole


def turned(name: str) -> str:
    """`Whitfield, Dana` as `Dana Whitfield`; other names unchanged."""
    last, comma, first = name.partition(",")
    last, first = last.strip(), first.strip()
    is_person = bool(comma and last and first) and "," not in first and max(len(last.split()), len(first.split())) < _MOST_WORDS
    is_suffix = first.replace(".", "").casefold() in _SUFFIXES
    return f"{first} {last}" if is_person and not is_suffix else name
