"""Shortening of a text for a title: at a word or a whole character, with its quotation marks closed. Pure; called by rules.alerting.text."""

import re
import unicodedata

_JOINER = "\u200d"
_OPEN, _CLOSED = "“", "”"
_WORD_FROM = 0.6
"""The share of the allowed length from which a cut at a word is preferred to one inside a word."""
_SEPARATORS = re.compile(r"\s+")


def shorten(text: str, longest: int) -> str:
    """The text in at most that many characters, `longest` being 3 or more; a cut is marked by an ellipsis."""
    if len(text) <= longest:
        return text
    kept = _kept(text, longest - 1)
    if _is_quote_open(kept):
        kept = _kept(text, longest - 2)
    return f"{kept}…{_CLOSED if _is_quote_open(kept) else ''}"


def _kept(text: str, longest: int) -> str:
    """The beginning of a longer text, without separators at its end."""
    end = _character_end(text, longest)
    words = [match.start() for match in _SEPARATORS.finditer(text, 0, end + 1) if match.start() >= longest * _WORD_FROM]
    return text[: words[-1] if words else end].rstrip(" ,;:-–(")


def _character_end(text: str, longest: int) -> int:
    """The last position up to `longest` that does not split a character as readers see it."""
    end = longest
    while end > 1 and _continues(text, end):
        end -= 1
    return end


def _continues(text: str, position: int) -> bool:
    """Whether the code points around the position belong together: accents, emoji sequences, flags."""
    before, after = text[position - 1], text[position]
    if unicodedata.category(after).startswith("M") or _JOINER in (before, after) or _is_skin_tone(after):
        return True
    flags = 0
    while flags < position and _is_flag_part(text[position - 1 - flags]):
        flags += 1
    return _is_flag_part(after) and flags % 2 == 1


def _is_skin_tone(character: str) -> bool:
    return "\U0001f3fb" <= character <= "\U0001f3ff"


def _is_flag_part(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_quote_open(text: str) -> bool:
    return text.count(_OPEN) > text.count(_CLOSED)
