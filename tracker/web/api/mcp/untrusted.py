"""Texts that leads and others wrote, made harmless for assistants: one line, cut, and nothing that cannot be seen. Called by results."""

import unicodedata

from tracker.rules.alerting.shorten import shorten

LINE, PASSAGE = 200, 2_000
"""The longest name or title, and the longest message, in characters."""
_JOINERS = frozenset("\u200c\u200d")
"""Scripts and emoji need them."""
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")
_VARIATIONS = range(0xE0100, 0xE01F0)
"""Variation selectors that are no part of common text; like tag characters, they can carry a text that no one sees."""


def safe_text(text: str | None, longest: int = LINE) -> str | None:
    """The text in one line of at most that many characters, without invisible and direction-changing ones; None for no text."""
    if not text:
        return None
    seen = "".join(c if _is_seen(c) else " " if c.isspace() or unicodedata.category(c) == "Cc" else "" for c in text[: longest * 4])
    return shorten(" ".join(seen.split()), longest) or None


def _is_seen(character: str) -> bool:
    if character in _JOINERS:
        return True
    return unicodedata.category(character) not in _HIDDEN and ord(character) not in _VARIATIONS
