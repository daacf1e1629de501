"""HTML tokens: the tags of a document with the exact offset of every attribute, as browsers tokenize. Used by `rewrite`.

The tokenizer changes nothing and builds no tree: edits at these offsets leave every other byte alone. Time is linear in the text.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5

_BLANK = " \t\n\f\r"
_RAW_TEXT = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))
_NAME_START = re.compile(r"[A-Za-z]")
_TAG_NAME_END = re.compile(r"[ \t\n\f\r/>]")
_ATTRIBUTE_NAME_END = re.compile(r"[ \t\n\f\r/>=]")
_UNQUOTED_END = re.compile(r"[ \t\n\f\r>]")
_SKIP_BEFORE_NAME = re.compile(r"[ \t\n\f\r/]*")
_SKIP_BLANK = re.compile(r"[ \t\n\f\r]*")
_COMMENT_END = re.compile(r"--!?>")
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


def tokens(source: str) -> Iterator[Tag | Text]:
    """Tags and texts in order; comments, declarations, scripts and styles are skipped."""
    position = 0
    while (opening := source.find("<", position)) >= 0:
        if opening > position:
            yield Text(position, opening)
        if source.startswith("<!--", opening):
            position = _after_comment(source, opening)
        elif source.startswith(("<!", "<?"), opening) or (source.startswith("</", opening) and not _NAME_START.match(source, opening + 2)):
            position = _after(source, ">", opening + 2)
        elif not _NAME_START.match(source, opening + (2 if source.startswith("</", opening) else 1)):
            yield Text(opening, opening + 1)
            position = opening + 1
        else:
            tag = _tag(source, opening)
            if tag is None:
                return
            yield tag
            position = tag.end
            if tag.name in _RAW_TEXT and not tag.is_end:
                position = _raw_text_end(source, tag)
    if position < len(source):
        yield Text(position, len(source))


def decode_text(raw: str) -> str:
    """Text with its character references resolved."""
    return html.unescape(raw)


def decode_value(raw: str) -> str:
    """An attribute's value with its references resolved once, by the rule for attributes: `&copy=1` stays as it is."""
    if "&" not in raw:
        return raw

    def resolved(match: re.Match[str]) -> str:
        body = match[1]
        if body.startswith("#") or (body.endswith(";") and body in html5):
            return html.unescape(match[0])
        follows = raw[match.end() : match.end() + 1]
        if not body.endswith(";") and body in html5 and follows != "=":
            return html5[body]
        return match[0]

    return _REFERENCE.sub(resolved, raw)


def encode_value(value: str) -> str:
    """A value in double quotes, to be written after `=`."""
    return f'"{html.escape(value, quote=False).replace(chr(34), "&quot;")}"'


def _after(source: str, mark: str, position: int) -> int:
    found = source.find(mark, position)
    return len(source) if found < 0 else found + len(mark)


def _after_comment(source: str, opening: int) -> int:
    for short in ("<!-->", "<!--->"):
        if source.startswith(short, opening):
            return opening + len(short)
    found = _COMMENT_END.search(source, opening + 4)
    return found.end() if found else len(source)


def _raw_text_end(source: str, tag: Tag) -> int:
    closing = re.compile(rf"</{tag.name}(?=[ \t\n\f\r/>])", re.IGNORECASE).search(source, tag.end)
    return closing.start() if closing else len(source)


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
