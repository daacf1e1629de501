"""Cells of imported files: addresses, numbers and yes or no as products and spreadsheets write them. Pure."""

import re
from collections.abc import Iterable

from tracker.rules.imports.encodings import double_encoded

_ERRORS = frozenset({"#n/a", "#na", "#ref!", "#name?", "#value!", "#div/0!", "#null!", "#num!", "#nv", "(null)", "-", "--", "—"})
_NOTHING = frozenset({"null", "none", "nan", "n/a", "na"})
"""Empty, but in names: persons are called so."""
_FORMULA_TEXT = re.compile(r'="((?:[^"]|"")*)"')
_ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))
SCIENTIFIC = re.compile(r"([+-]?\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_TRAILING_ZERO = re.compile(r"(\+?\d{6,})[.,]0+")
_LOST_DIGITS = 10
"""A scientific notation of a number this long stands for a telephone number, not for a quantity."""
_HASHES = re.compile("#{3,}")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]|]+@[^\s@<>,;:\"()\[\]|/]+")
_WRAPPED = re.compile(r"^\s*\"?(?P<name>[^<\"]*?)\"?\s*<(?P<address>[^<>]+)>\s*$")
_MULTIPLE = re.compile(r"\s*:::\s*|\s*[;,|\n]\s*|\s+/\s+")
_YES = frozenset(
    [
        "yes",
        "y",
        "true",
        "t",
        "1",
        "x",
        "✓",
        "✔",
        "on",
        "ja",
        "j",
        "wahr",
        "oui",
        "o",
        "vrai",
        "si",
        "sì",
        "sí",
        "s",
        "vero",
        "verdadero",
        "sim",
        "verdadeiro",
        "waar",
        "optout",
        "optedout",
        "unsubscribed",
        "abgemeldet",
        "desinscrit",
        "désinscrit",
        "dadodebaja",
        "disiscritto",
        "descadastrado",
        "uitgeschreven",
        "bounced",
        "hard",
        "hardbounce",
        "cleaned",
    ]
)
_NO = frozenset(
    [
        "no",
        "n",
        "false",
        "f",
        "0",
        "off",
        "nein",
        "falsch",
        "non",
        "faux",
        "falso",
        "não",
        "nao",
        "nee",
        "onwaar",
        "never",
        "none",
        "subscribed",
        "optedin",
    ]
)
_UNSUBSCRIBED = frozenset(
    [
        "unsubscribed",
        "optedout",
        "optout",
        "unsubscribe",
        "abgemeldet",
        "desinscrit",
        "désinscrit",
        "desabonne",
        "désabonné",
        "dadodebaja",
        "baja",
        "disiscritto",
        "cancelado",
        "descadastrado",
        "uitgeschreven",
        "afgemeld",
        "complained",
        "complaint",
        "spamcomplaint",
        "donotcontact",
        "donotmail",
        "suppressed",
        "nonsubscribed",
    ]
)
_BOUNCED = frozenset(["bounced", "bounce", "hardbounce", "hardbounced", "cleaned", "invalid", "undeliverable", "unzustellbar", "rebotado"])


def clean(cell: str, *, is_name: bool = False) -> str:
    """The cell without what a spreadsheet put around it: `="0123"`, marks without width, error values; empty for `#N/A` and the like."""
    text = double_encoded(cell).translate(_ZERO_WIDTH).replace("\u00a0", " ").strip()
    if found := _FORMULA_TEXT.fullmatch(text):
        text = found[1].replace('""', '"').strip()
    plain = text.casefold()
    return "" if plain in _ERRORS or (plain in _NOTHING and not is_name) else text


def word(text: str) -> str:
    """Letters and digits in lower case, to compare with lists of words."""
    return "".join(c for c in text.casefold() if c.isalnum() or c in "✓✔")


def addresses(text: str) -> tuple[list[str], str]:
    """The addresses in a cell, and the name written with them: `Dana <dana@x.example>; d@y.example`."""
    text = text.removeprefix("mailto:").strip()
    if wrapped := _WRAPPED.match(text):
        return [wrapped["address"].removeprefix("mailto:").strip()], wrapped["name"].strip()
    found = [one.removeprefix("mailto:").strip(".,;'") for one in _ADDRESS.findall(text.replace("mailto:", " "))]
    is_list = bool(_MULTIPLE.search(text)) or "<" in text
    return (list(dict.fromkeys(found)), "") if found and (is_list or found[0] == text.strip(".,;'")) else ([text], "")


def has_more_than(text: str, found: Iterable[str]) -> bool:
    """Whether a cell says more than these addresses, such as `dana@x.example (private)`."""
    for address in found:
        text = text.replace(address, " ")
    return any(c.isalnum() for c in text.replace("mailto:", " "))


def parts(text: str) -> list[str]:
    """The values of a cell that holds several, as Google (` ::: `) and others join them."""
    return [one for one in (part.strip() for part in re.split(r"\s*:::\s*", text)) if one]


def phone(text: str) -> str | None:
    """A telephone number; None where a spreadsheet rounded it, so that its digits are lost, or where it is no number."""
    if _HASHES.fullmatch(text):
        return None
    if found := SCIENTIFIC.fullmatch(text):
        return whole(found)
    if found := _TRAILING_ZERO.fullmatch(text):
        return found[1]
    return text if any(c.isdigit() for c in text) else None


def whole(found: re.Match[str]) -> str | None:
    """The whole number of a scientific notation that kept all its digits; None otherwise."""
    digits, exponent = found[2] or "", int(found[3])
    if len(digits.rstrip("0")) > exponent:
        return None
    is_exact = len(digits) >= exponent
    return found[1] + digits.ljust(exponent, "0")[:exponent] if is_exact else None


def is_rounded(text: str) -> bool:
    """Whether a spreadsheet wrote the number so that digits are lost: `4.917E+11`, `#####`."""
    found = SCIENTIFIC.fullmatch(text)
    return bool(_HASHES.fullmatch(text)) or (found is not None and int(found[3]) >= _LOST_DIGITS and whole(found) is None)


def yes_or_no(text: str) -> bool | None:
    """What a cell answers; None for any other word."""
    plain = word(text)
    return True if plain in _YES else False if plain in _NO else None


def mail_status(text: str) -> str:
    """`unsubscribed`, `bounced`, or empty for any other state of a subscription."""
    plain = word(text)
    return "unsubscribed" if plain in _UNSUBSCRIBED else "bounced" if plain in _BOUNCED else ""
