"""Confidential parts of web addresses: removed before an address is stored. The snippet has the same rule (`snippet/confidential.js`).

Removed are: values of parameters with a listed word in their name, in query, fragment and path; parts of a path in which 16 or more
characters without hyphen mix letters and digits; user names and passwords; values that hold such an address themselves. Names stay.
`utm_*` and the click ids of advertising networks stay. A test compares this module with the script, case by case.
"""

import re
from functools import lru_cache

MARK = "…"
"""Stands for what was removed. Browsers percent-encode this character, so that no reported address contains it otherwise."""

_URL = re.compile(r"(?s)([A-Za-z][A-Za-z0-9+.-]*:)?(//[^/?#]*)?([^?#]*)(\?[^#]*)?(#.*)?")
_AUTHORITY = re.compile(r"^[A-Za-z]+://[^/?]*")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_DECODINGS = 4
_DEEPEST = 5
_KEPT = re.compile(r"utm_(?s:.*)|[a-z]+clk?id|[gw]braid|gclsrc|gad_[a-z]+|li_fat_id|igshid|epik", re.IGNORECASE)
_HUMPS = (re.compile(r"([a-z])([A-Z])"), re.compile(r"([A-Z])([A-Z][a-z])"))
_NO_LETTERS = re.compile(r"[^A-Za-z\x80-\U0010ffff]+")
_SEPARATORS = str.maketrans("-/?#&=", "      ")
_RUN = re.compile(r"[!-~]{16,}")
_LETTER, _DIGIT = re.compile(r"[A-Za-z]"), re.compile(r"[0-9]")
_NESTING = re.compile(r"[/?#&=]")
_EXTENSION = re.compile(r"\.(?:[A-Za-z]{2,4}|mp[34]|7z)\Z")
_SUSPICIOUS = re.compile(r"[=%]|[^/;&-]{16}")
_PIECES = re.compile(r"[/;&]|[^/;&]+")
_ROUTE = re.compile(r"!?/")
_PLAIN_SCHEMES = ("mailto:", "tel:", "sms:")


class Confidential:
    """The rule with the words of one workspace; made by `confidential`. Calls with the same address are answered from memory."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = frozenset(words_as_decoded(words))
        self._is_listed = lru_cache(maxsize=2048)(self._has_listed_word)
        self.cleaned = lru_cache(maxsize=4096)(self._cleaned)
        """The address without its confidential parts. Any text is accepted, also a relative address; a second call changes nothing."""

    def _cleaned(self, url: str, depth: int = 0) -> str:
        found = _URL.fullmatch(url)
        if found is None:  # cannot happen: every part of the pattern is optional
            return MARK
        scheme, authority, path, query, fragment = (part or "" for part in found.groups())
        if "@" in authority:
            authority = f"//{MARK}@{authority.rpartition('@')[2]}"
        is_web = scheme.lower() in ("", "http:", "https:")
        if scheme.lower() not in _PLAIN_SCHEMES:
            path = self._path(path, depth)
        if query:
            query = "?" + self._query(query[1:], depth, is_all=not is_web)
        if fragment:
            fragment = "#" + self._fragment(fragment[1:], depth)
        return f"{scheme}{authority}{path}{query}{fragment}"

    def _path(self, path: str, depth: int) -> str:
        if not _SUSPICIOUS.search(path):
            return path
        return "".join(self._pair(piece, depth, in_path=True) for piece in _PIECES.findall(path))

    def _query(self, query: str, depth: int, *, is_all: bool = False) -> str:
        return "&".join(";".join(self._pair(pair, depth, is_all=is_all) for pair in _pairs(part)) for part in query.split("&"))

    def _fragment(self, fragment: str, depth: int) -> str:
        if "=" in fragment and not _ROUTE.match(fragment):
            return self._query(fragment, depth)
        path, mark, query = fragment.partition("?")
        return self._path(path, depth) + mark + (self._query(query, depth) if query else "")

    def _pair(self, pair: str, depth: int, *, in_path: bool = False, is_all: bool = False) -> str:
        """`name=value`, or a part of a path or a query without `=`."""
        name, _, value = pair.partition("=")
        plain = _decoded(name)
        if not value.strip("="):
            if not (_has_run(plain) or (plain != name and self._holds(name, depth))):
                return pair
            extension = _EXTENSION.search(name) if in_path else None
            return MARK + (extension[0] if extension else "")
        if _is_kept(plain):
            return pair
        if plain != name and _NESTING.search(plain) and self._holds(f"{name}=x", depth):
            return MARK
        is_confidential = is_all or self._is_listed(plain) or (in_path and _has_run(_decoded(value))) or self._holds(value, depth)
        return f"{name}={MARK}" if is_confidential else pair

    def _holds(self, text: str, depth: int) -> bool:
        """Whether the text, decoded, is or contains an address with confidential parts."""
        plain = _decoded(text)
        if not _NESTING.search(plain):
            return False
        return depth >= _DEEPEST or self._cleaned(plain, depth + 1) != plain

    def _has_listed_word(self, name: str) -> bool:
        for hump in _HUMPS:
            name = hump.sub(r"\1 \2", name)
        return any(word in self._words or (word[-1:] == "s" and word[:-1] in self._words) for word in _NO_LETTERS.split(name.lower()))


@lru_cache(maxsize=256)
def confidential(words: tuple[str, ...]) -> Confidential:
    """The rule with these words."""
    return Confidential(words)


@lru_cache(maxsize=4096)
def page_mark(url: str) -> int:
    """A hash of 32 bits of the page's path and query, decoded, by which a landing token names the page that its link leads to.

    It is the same for the address as a rep wrote it and as a browser reports it. The snippet computes it too.
    """
    text = url.partition("#")[0].encode("utf-8", "surrogatepass").decode("latin-1")
    path, _, query = _AUTHORITY.sub("", text).partition("?")
    mark = 0
    for byte in _decoded((path or "/") + (f"?{query}" if query else "")).encode("latin-1"):
        mark = (mark * 31 + byte) & 0xFFFFFFFF
    return mark


def has_removed_parts(url: str) -> bool:
    """Whether parts of a stored address were removed, so that it leads nowhere."""
    return MARK in url


def words_as_decoded(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words as names are compared: in lower case, each byte of UTF-8 a character, because names are decoded byte by byte."""
    return tuple(word.lower().encode("utf-8", "surrogatepass").decode("latin-1").lower() for word in words)


@lru_cache(maxsize=1024)
def _is_kept(name: str) -> bool:
    return _KEPT.fullmatch(name) is not None


def _pairs(part: str) -> list[str]:
    """The pairs of a part of a query, separated by `;`. A piece without `=` belongs to the value before it."""
    if ";" not in part:
        return [part]
    pairs: list[str] = []
    for piece in part.split(";"):
        if pairs and "=" not in piece:
            pairs[-1] += f";{piece}"
        else:
            pairs.append(piece)
    return pairs


def _decoded(text: str) -> str:
    """Decodes until nothing is encoded, four times at most: software on the way encodes what is encoded already."""
    for _ in range(_DECODINGS):
        if "%" not in text:
            break
        text = _ENCODED.sub(lambda found: chr(int(found[1], 16)), text)
    return text


def _has_run(text: str) -> bool:
    if len(text) < 16:  # noqa: PLR2004 - the shortest run
        return False
    return any(_LETTER.search(run) and _DIGIT.search(run) for run in _RUN.findall(text.translate(_SEPARATORS)))
