"""Anchors: what can be followed in a message, with the text the reader sees. Used by `rewrite`."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tracker.links.html_tokens import Attribute, Comment, Rest, Tag, Text, Token, conditional, decode_text

_VML = "v:"
_OFF = ("off", "false", "no", "0")


@dataclass(slots=True)
class Anchor:
    """An element with an address, and the words in it."""

    tag: Tag
    href: Attribute
    words: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The words on one line."""
        return " ".join("".join(self.words).split())

    @property
    def markers(self) -> list[Attribute]:
        """The attributes that switch tracking off for this link."""
        attributes = self.tag.attributes
        marked = [a for a in attributes if a.name in ("data-no-track", "data-notrack")]
        return marked + [a for a in attributes if a.name == "clicktracking" and a.value.strip().lower() in _OFF]


def anchors(html: str, found: Iterable[Token]) -> list[Anchor]:
    """Of a message's HTML and its tokens: every a[href], area[href] and VML shape with an address, in order, also in conditional comments of Outlook."""
    reader = _Reader(html)
    for token in found:
        if isinstance(token, Comment):
            inner = _Reader(html, reader.all)
            for each in conditional(html, token):
                inner.read(each)
        elif not isinstance(token, Rest):
            reader.read(token)
    return reader.all


def value_of(tag: Tag, name: str) -> str:
    """The value of an attribute; empty if there is none."""
    attribute = tag.get(name)
    return attribute.value if attribute is not None else ""


@dataclass(slots=True)
class _Reader:
    """Collects anchors and their texts."""

    html: str
    all: list[Anchor] = field(default_factory=list)
    _current: Anchor | None = None

    def read(self, token: Tag | Text) -> None:
        """Takes the next token."""
        if isinstance(token, Text):
            self._add(decode_text(self.html[token.start : token.end]))
        elif token.name == "a" or token.name.startswith(_VML):
            self._read_anchor(token)
        elif token.name == "area" and (href := token.get("href")) is not None:
            self.all.append(Anchor(token, href, [value_of(token, "alt")]))
        elif token.name == "img":
            self._add(f" {value_of(token, 'alt')} ")
        elif token.name in ("br", "p", "div", "td"):
            self._add(" ")

    def _read_anchor(self, tag: Tag) -> None:
        href = tag.get("href")
        if href is not None:  # an end tag has none
            self._current = Anchor(tag, href)
            self.all.append(self._current)
        elif tag.name == "a" or (self._current is not None and tag.is_end and tag.name == self._current.tag.name):
            self._current = None

    def _add(self, words: str) -> None:
        if self._current is not None:
            self._current.words.append(words)
