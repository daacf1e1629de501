"""HTML tokens: the tags of a document with the exact offset of every attribute, as browsers tokenize. Used by `rewrite`.

The tokenizer changes nothing and builds no tree: edits at these offsets leave every other byte alone. Time is linear in the text.
"""

import html
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.entities import html5

BLANK = " \t\n\f\r"
RAW_TEXT = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))
"""Elements whose content is text up to their end tag."""
_NAME_START = re.compile(r"[A-Za-z]")
_TAG_NAME_END = re.compile(r"[ \t\n\f\r/>]")
_ATTRIBUTE_NAME_END = re.compile(r"[ \t\n\f\r/>=]")
_UNQUOTED_END = re.compile(r"[ \t\n\f\r>]")
_SKIP_BEFORE_NAME = re.compile(r"[ \t\n\f\r/]*")
_SKIP_BLANK = re.compile(r"[ \t\n\f\r]*")
_COMMENT_END = re.compile(r"--!?>")
_CONDITION = re.compile(r"<!--\s*\[\s*if\b[^\]]*\]\s*>", re.IGNORECASE)
_CONDITION_END = re.compile(r"<!\s*\[\s*endif\b", re.IGNORECASE)
_WINDOWS_1252 = range(0x80, 0xA0)
_SURROGATES = range(0xD800, 0xE000)
_MOST_DIGITS = 10
_REFERENCE = re.compile(r"&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*;?)")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its lower-case name, its decoded value, and the offsets from name to value, quotes included."""

    name: str
    value: str
    start: int
    end: int
    value_start: int
    """Offset of the value, its quote included; equals `end` if there is none."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag, or an end tag (then without attributes), from its `<` at `start` to past its `>` at `end`."""

    name: str
    start: int
    end: int
    is_end: bool
    attributes: tuple[Attribute, ...] = ()

    def get(self, name: str) -> Attribute | None:
        """The attribute of that name; the first, as in browsers, if it is given twice."""
        return next((a for a in self.attributes if a.name == name), None)


@dataclass(frozen=True, slots=True)
class Text:
    """A run of text between tags, not decoded."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment from its `<` at `start` to past its end."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rest:
    """What follows markup that the text ends inside of: an open tag, comment, script or the like, or `<plaintext>`."""

    start: int
    end: int


Token = Tag | Text | Comment | Rest


def tokens(source: str) -> Iterator[Token]:
    """Tags, texts and comments in order; declarations, scripts and styles are skipped. A `Rest`, if any, is the last."""
    position = 0
    while (opening := source.find("<", position)) >= 0:
        if opening > position:
            yield Text(position, opening)
        token, position = _markup(source, opening)
        if token is not None:
            yield token
        if not position:
            yield Rest(opening if token is None else token.end, len(source))
            return
    if position < len(source):
        yield Text(position, len(source))


def _markup(source: str, opening: int) -> tuple[Tag | Text | Comment | None, int]:
    """What begins with the `<` at `opening`, if it counts, and where the next token begins; 0 if the text ends inside it."""
    if source.startswith("<!--", opening):
        end = _after_comment(source, opening)
        return (Comment(opening, end) if end else None), end
    is_end = source.startswith("</", opening)
    has_name = _NAME_START.match(source, opening + 1 + is_end)
    if source.startswith(("<!", "<?"), opening) or (is_end and not has_name):
        return None, source.find(">", opening + 2) + 1
    if not has_name:
        return Text(opening, opening + 1), opening + 1
    tag = _tag(source, opening)
    if tag is None:
        return None, 0
    return tag, tag.end if is_end else _after_content(source, tag)


def conditional(source: str, comment: Comment) -> Iterator[Tag | Text]:
    """Tags and texts in a conditional comment, which only Outlook reads; nothing for any other comment."""
    opened = _CONDITION.match(source, comment.start, comment.end)
    if opened is None:
        return
    closed, by = _CONDITION_END.search(source, opened.end(), comment.end), opened.end()
    for token in tokens(source[by : closed.start() if closed else comment.end]):
        if isinstance(token, Tag):
            moved = (replace(a, start=a.start + by, end=a.end + by, value_start=a.value_start + by) for a in token.attributes)
            yield replace(token, start=token.start + by, end=token.end + by, attributes=tuple(moved))
        elif isinstance(token, Text):
            yield Text(token.start + by, token.end + by)


def decode_text(raw: str) -> str:
    """Text with its character references resolved."""
    return _REFERENCE.sub(lambda match: _numeric(match[1]) if match[1].startswith("#") else html.unescape(match[0]), raw)


def decode_value(raw: str) -> str:
    """An attribute's value with its references resolved once, by the rule for attributes: `&copy=1` stays as it is."""
    if "&" not in raw:
        return raw

    def resolved(match: re.Match[str]) -> str:
        body = match[1]
        if body.startswith("#"):
            return _numeric(body)
        if body.endswith(";") and body in html5:
            return html5[body]
        follows = raw[match.end() : match.end() + 1]
        if not body.endswith(";") and body in html5 and follows != "=":
            return html5[body]
        return match[0]

    return _REFERENCE.sub(resolved, raw)


def encode_value(value: str) -> str:
    """A value in double quotes, to be written after `=`."""
    return f'"{html.escape(value, quote=False).replace(chr(34), "&quot;")}"'


def _numeric(body: str) -> str:
    """The character of `#10` or `#xA;`. Browsers keep control characters, which `html.unescape` drops."""
    is_hexadecimal, digits = body[1] in "xX", body.removesuffix(";").lstrip("#xX0")[:_MOST_DIGITS]
    number = int(digits or "0", 16 if is_hexadecimal else 10)
    if number in _WINDOWS_1252:
        return html.unescape(f"&#{number};")
    return chr(number) if 0 < number <= sys.maxunicode and number not in _SURROGATES else "\ufffd"


def _after_comment(source: str, opening: int) -> int:
    """Past the comment at `opening`; 0 if the text ends inside it."""
    for short in ("<!-->", "<!--->"):
        if source.startswith(short, opening):
            return opening + len(short)
    found = _COMMENT_END.search(source, opening + 4)
    return found.end() if found else 0


def _after_content(source: str, tag: Tag) -> int:
    """Past a start tag and, for scripts and the like, past its text; 0 if the text has no end."""
    if tag.name == "plaintext":
        return 0
    if tag.name not in RAW_TEXT:
        return tag.end
    closing = re.compile(rf"</{tag.name}(?=[ \t\n\f\r/>])", re.IGNORECASE).search(source, tag.end)
    return closing.start() if closing else 0


def _tag(source: str, opening: int) -> Tag | None:
    """The tag at `opening`; None if the text ends inside it."""
    is_end = source.startswith("</", opening)
    start = opening + (2 if is_end else 1)
    name_end = _TAG_NAME_END.search(source, start)
    if name_end is None:
        return None
    name = source[start : name_end.start()].lower()
    attributes = []
    position = _skip(_SKIP_BEFORE_NAME, source, name_end.start())
    while position < len(source) and source[position] != ">":
        attribute = _attribute(source, position)
        if attribute is None:
            return None
        attributes.append(attribute)
        position = _skip(_SKIP_BEFORE_NAME, source, attribute.end)
    if position >= len(source):
        return None
    return Tag(name, opening, position + 1, is_end, () if is_end else tuple(attributes))


def _attribute(source: str, start: int) -> Attribute | None:
    name_end = _ATTRIBUTE_NAME_END.search(source, start + 1)
    if name_end is None:
        return None
    end = name_end.start()
    name = source[start:end].lower()
    equals = _skip(_SKIP_BLANK, source, end)
    if not source.startswith("=", equals):
        return Attribute(name, "", start, end, end)
    value_start = _skip(_SKIP_BLANK, source, equals + 1)
    quote = source[value_start : value_start + 1]
    if quote in ('"', "'") and quote:
        closing = source.find(quote, value_start + 1)
        if closing < 0:
            return None
        return Attribute(name, decode_value(source[value_start + 1 : closing]), start, closing + 1, value_start)
    unquoted = _UNQUOTED_END.search(source, value_start)
    if unquoted is None:
        return None
    return Attribute(name, decode_value(source[value_start : unquoted.start()]), start, unquoted.start(), value_start)


def _skip(pattern: re.Pattern[str], source: str, position: int) -> int:
    match = pattern.match(source, position)
    return match.end() if match else position
