"""Placement: where an element can be added to a message's HTML without changing anything else. Used by `pixel` and `footer`.

An element makes browsers open again what was left open (`<p><b>Hi</p>`), leaves a table that it stands in directly, and ends the head. So it
stands only where it does none of these: before `</body>`, else directly behind the last text, which had the same effects already.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from tracker.links.html_tokens import BLANK, RAW_TEXT, Comment, Rest, Tag, Text, Token, tokens

_HEAD = frozenset(
    ("html", "head", "base", "basefont", "bgsound", "link", "meta", "title", "script", "style", "noframes", "noscript", "template")
)
_FORMATTING = frozenset(("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"))
_MARKERS = frozenset(("applet", "marquee", "object"))
_SECTIONS = frozenset(("tbody", "thead", "tfoot"))
_CELLS = frozenset(("td", "th", "caption"))
_TABLE = frozenset(("table", "tr", "col", "colgroup")) | _SECTIONS | _CELLS
_INLINE = frozenset(("img", "br", "input", "area", "embed", "wbr", "image"))
_CLOSED = frozenset(("select", "svg", "math", "template", "noscript"))
"""Elements in which an image is dropped, is moved out, or depends on the program that reads the message."""
_DRAWINGS = ("svg", "math")
_IN_DRAWINGS = frozenset(("foreignobject", "desc"))
_LEAVES_DRAWING = frozenset(
    (
        *("b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2", "h3", "h4", "h5"),
        *("h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s", "small", "span"),
        *("strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var"),
    )
)
"""Start tags that end `<svg>` and `<math>`."""
_ENDS = frozenset(("body", "html"))


@dataclass(frozen=True, slots=True)
class Places:
    """Offsets where an element may stand; None: there is no such place."""

    top: int | None
    """Where the body begins."""
    end: int | None
    """At the end of the body for an image, which no person sees; None too if the HTML is cut off inside a tag, a comment or a style."""
    block: int | None
    """At the end of the body for text, which would move what follows it: also behind formatting that was left open, which it then has, and
    before cut-off markup."""


def places(html: str) -> Places:
    """Where an element can stand in the HTML."""
    place = _Place(html)
    found = list(tokens(html))
    for token in found:
        if isinstance(token, Rest):
            return Places(place.top, None, place.block(_cut_off_at(found)))
        if isinstance(token, Tag) and token.name == "frameset":
            return Places(None, None, None)
        place.read(token)
    return Places(place.top, place.end(found), place.block(_end_of_body(html, found)))


@dataclass(slots=True)
class _Table:
    section: str = ""
    cell: str = ""


@dataclass(slots=True)
class _Place:
    """Reads tokens and keeps what decides where an image may stand."""

    html: str
    top: int | None = None
    """Where the body begins."""
    _last: int | None = None
    """Past the last text or image in the body, outside of `_CLOSED`."""
    _last_free: int | None = None
    """Past the last token in the body, outside of `_CLOSED`, behind which no formatting is open."""
    _is_fresh: bool = False
    """Whether the last token was such a text or image, or only an end of the body followed it."""
    _tables: list[_Table] = field(default_factory=list)
    _scopes: list[Counter[str]] = field(default_factory=lambda: [Counter()])
    """Formatting elements that may be open: in the body, then in each open cell or object."""
    _closed: list[str] = field(default_factory=list)

    def read(self, token: Token) -> None:
        """Takes the next token."""
        if isinstance(token, Text):
            self._read_text(token)
        elif isinstance(token, Tag):
            self._find_top(token)
            self._is_fresh = self._is_fresh and token.is_end and token.name in _ENDS
            self._read_tag(token)
        if self.top is not None and self._can_hold and not self._has_formatting:
            self._last_free = token.end

    def end(self, found: list[Token]) -> int | None:
        """Where the image stands at the end; None if there is no such place."""
        if self._can_hold and (self._is_fresh or not self._has_formatting):
            return _end_of_body(self.html, found)
        return self._last

    def block(self, end: int) -> int | None:
        """`end`, which is at the end of what was read, if a block can stand there; else behind the last text, its link and paragraph."""
        if self._can_hold:
            return end
        return max((place for place in (self._last, self._last_free) if place is not None), default=None)

    @property
    def _can_hold(self) -> bool:
        """Whether an element can stand at the position."""
        return not self._closed and not self._is_in_table

    @property
    def _has_formatting(self) -> bool:
        """Whether formatting may be open, which an element opens again."""
        return any(scope.total() for scope in self._scopes)

    @property
    def _is_in_table(self) -> bool:
        """Whether the position is directly in a table or a row, where nothing but cells may stand."""
        return bool(self._tables) and not self._tables[-1].cell

    def _read_text(self, token: Text) -> None:
        text = self.html[token.start : token.end]
        content = text.lstrip(BLANK if token.start else f"{BLANK}\ufeff")
        if self.top is None and content and not self._closed:
            self.top = token.end - len(content)
        if self.top is not None and self._can_hold:
            self._is_fresh = True
            self._last = token.end if content else self._last

    def _find_top(self, tag: Tag) -> None:
        if self.top is not None or (self._closed and tag.name != "body"):
            return
        if tag.name == "body" and not tag.is_end:
            self.top = tag.end
        elif (not tag.is_end and tag.name not in _HEAD) or (tag.is_end and tag.name in (*_ENDS, "br")):
            self.top = tag.start

    def _read_tag(self, tag: Tag) -> None:
        name = tag.name
        if not tag.is_end and name in _LEAVES_DRAWING:
            while self._closed and self._closed[-1] in _DRAWINGS:
                self._closed.pop()
        if name in _CLOSED or (self._closed and name in _IN_DRAWINGS):
            self._read_closed(tag)
        elif self._closed:
            if name in _FORMATTING and not tag.is_end:
                self._scopes[-1][name] += 1
        elif name in _TABLE:
            self._read_table(tag)
        elif name in _MARKERS and not tag.is_end:
            self._scopes.append(Counter())  # its end is not followed: more counts as open than is open
        elif name in _FORMATTING:
            self._read_formatting(tag)
        elif name in _INLINE and not tag.is_end and not self._is_in_table:
            self._is_fresh, self._last = True, tag.end

    def _read_closed(self, tag: Tag) -> None:
        if not tag.is_end:
            if self.html[tag.end - 2] != "/" or tag.name not in _DRAWINGS:
                self._closed.append(tag.name)
        elif self._closed[-1:] == [tag.name]:
            self._closed.pop()

    def _read_formatting(self, tag: Tag) -> None:
        scope = self._scopes[-1]
        if scope[tag.name] and not self._is_in_table and (tag.is_end or tag.name in ("a", "nobr")):
            scope[tag.name] -= 1
        if not tag.is_end:
            scope[tag.name] += 1

    def _read_table(self, tag: Tag) -> None:
        name, table = tag.name, self._tables[-1] if self._tables else None
        if name == "table" and not tag.is_end:
            if table and not table.cell:  # a table directly in a table ends it
                self._tables.pop()
            self._tables.append(_Table())
        elif table is None:
            return
        elif name == "table":
            self._leave_cell(table)
            self._tables.pop()
        elif tag.is_end:
            if name == table.cell or (name in ("tr", table.section) and table.cell != "caption"):
                self._leave_cell(table)
        else:
            self._leave_cell(table)
            table.section = name if name in _SECTIONS else table.section or "tbody"
            if name in _CELLS:
                table.cell = name
                self._scopes.append(Counter())

    def _leave_cell(self, table: _Table) -> None:
        if table.cell:
            table.cell = ""
            self._scopes.pop()


def _end_of_body(html: str, found: list[Token]) -> int:
    tail = [token for token in _tail(html, found) if isinstance(token, Tag)]
    return tail[-1].start if tail else len(html)


def _cut_off_at(found: list[Token]) -> int:
    """Where the markup begins that the HTML ends inside of; the last token is a `Rest`."""
    before, rest = found[-2] if len(found) > 1 else None, found[-1]
    is_opened = isinstance(before, Tag) and not before.is_end and before.name in (*RAW_TEXT, "plaintext")
    return before.start if before and is_opened and before.end == rest.start else rest.start


def _tail(html: str, found: list[Token]) -> Iterator[Token]:
    """The last tokens as far as they show nothing, from the last to the first: ends of the body, comments and blanks."""

    def shows_nothing(token: Token) -> bool:
        if isinstance(token, Tag):
            return token.is_end and token.name in _ENDS
        return isinstance(token, Comment) or (isinstance(token, Text) and not html[token.start : token.end].strip(BLANK))

    return takewhile(shows_nothing, reversed(found))
