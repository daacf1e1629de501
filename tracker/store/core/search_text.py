"""Search text: normalized copies of names and addresses, and the terms under which a search finds them."""

import re
import unicodedata

_WORD = re.compile(r"\w+")
_SHORTEST = 3
_LONGEST = 24
_MOST = 120


def normalized(text: str) -> str:
    """The form in which two spellings of the same name or address are equal: NFKC, trimmed, without case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def search_terms(*texts: str | None) -> list[str]:
    """What an indexed prefix search needs to find any part of any word: each word and its endings of three characters or more."""
    found: dict[str, None] = {}
    for text in texts:
        plain = normalized(text or "")
        for word in [plain, *_WORD.findall(plain)]:
            cut = word[:64]
            found[cut] = None
            found.update(dict.fromkeys(cut[i:][:_LONGEST] for i in range(1, len(cut) - _SHORTEST + 1)))
    found.pop("", None)
    return list(found)[:_MOST]


def search_patterns(text: str) -> list[str]:
    """Escaped, anchored patterns, one per word of a search; each must match a search term of the record."""
    plain = "".join(c if c.isprintable() else " " for c in normalized(text)[:200])
    return ["^" + re.escape(word[:_LONGEST]) for word in plain.split()[:8]]
