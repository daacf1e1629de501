"""Rewriting: replaces the links in a message's HTML by tracked links and inserts the pixel. Called by actions.mail."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tracker.base.errors import Invalid
from tracker.links import urls
from tracker.links.html_tokens import Attribute, Tag, Text, decode_text, encode_value, tokens

REASONS = {
    "marked": "You marked this link as untracked.",
    "text_is_address": "Its text is an address. Email programs warn if text and target differ.",
    "merge_tag": "It contains a merge tag of another program.",
    "bad_address": "Its address is not a valid web address.",
    "too_long": "The tracked link would be longer than email programs accept.",
    "declined": "Tracking is off for this link.",
    "consent": "The lead has not allowed tracking.",
}
"""Why a link is not tracked, as text for the rep."""

_LABEL_LONGEST = 80
_BLANK = " \t\n\f\r"
_MERGE_TAG = re.compile(r"\{\{|\}\}|\{%|\*\||<%|\[\[|\$\{|%%[A-Za-z_]+%%|%[A-Z_]{3,}%|%recipient\.")
_ADDRESS_TEXT = re.compile(r"(?:https?:)?//\S+|www\.\S+", re.IGNORECASE)
_OFF = ("off", "false", "no", "0")


@dataclass(frozen=True, slots=True)
class Link:
    """One http(s) link of a message, in the order of the text. `reason` (a key of REASONS) says why it is not tracked."""

    index: int
    url: str
    tracked_url: str | None
    label: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OwnLinks:
    """Recognizes tracked links and pixels in quoted text. `unwrap` returns a click token's destination, or None if it is invalid.

    `keep` holds URLs of this message that must stay, such as its unsubscribe link.
    """

    edge_url: str
    unwrap: Callable[[str], str | None]
    keep: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Anchor:
    tag: Tag
    href: Attribute
    words: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        return " ".join("".join(self.words).split())


@dataclass(slots=True)
class _Edits:
    source: str
    spans: list[tuple[int, int, str]] = field(default_factory=list)

    def replace(self, start: int, end: int, text: str) -> None:
        self.spans.append((start, end, text))

    def drop(self, attribute: Attribute) -> None:
        """Removes an attribute and the whitespace before it."""
        start = attribute.start
        while start and self.source[start - 1] in _BLANK:
            start -= 1
        self.replace(start, attribute.end, "")

    def applied(self) -> str:
        parts, position = [], 0
        for start, end, text in sorted(self.spans):
            parts += [self.source[position:start], text]
            position = end
        return "".join((*parts, self.source[position:]))


def rewrite(html: str, make_link: Callable[[int, str], str | None], own_links: OwnLinks | None = None) -> tuple[str, list[Link]]:
    """The HTML with tracked links, and the result for each http(s) link. All other bytes stay as they are.

    `make_link(index, url)` returns the tracked URL, None to leave that link alone, or raises Invalid if it would be too long.
    """
    edits = _Edits(html)
    found: list[Link] = []
    for anchor in _anchors(html, edits, own_links):
        link = _decide(anchor, len(found), make_link, edits, own_links)
        if link is not None:
            found.append(link)
    return edits.applied(), found


def insert_pixel(html: str, url: str) -> str:
    """The HTML with the pixel at the top of its body, since mail clients clip long mail, and at its end. Both count as one open."""
    pixel = f'<img src={encode_value(url)} width="1" height="1" alt="">'
    head, body, end = 0, None, len(html)
    for token in tokens(html):
        if not isinstance(token, Tag):
            continue
        if token.name == "body" and not token.is_end:
            body = token.end if body is None else body
        elif (token.name in ("html", "head") and not token.is_end) or (token.name == "head" and token.is_end):
            head = token.end
        elif token.is_end and token.name in ("body", "html"):
            end = min(end, token.start) if token.name == "html" else token.start
    top = body if body is not None else _after_doctype(html, head)
    return f"{html[:top]}{pixel}{html[top : max(top, end)]}{pixel}{html[max(top, end) :]}"


def _after_doctype(html: str, position: int) -> int:
    doctype = re.match(r"\s*<!doctype[^>]*>", html, re.IGNORECASE)
    return max(position, doctype.end() if doctype else 0)


def _anchors(html: str, edits: _Edits, own_links: OwnLinks | None) -> Iterable[_Anchor]:
    """Every a[href] and area[href] with its text. Removes Leadlight's own pixels, which occur in quoted text."""
    anchors: list[_Anchor] = []
    current: _Anchor | None = None
    for token in tokens(html):
        if isinstance(token, Text):
            if current is not None:
                current.words.append(decode_text(html[token.start : token.end]))
            continue
        if token.name == "a":
            href = token.get("href")
            current = _Anchor(token, href) if href is not None and not token.is_end else None
            if current is not None:
                anchors.append(current)
        elif token.name == "area" and (href := token.get("href")) is not None:
            anchors.append(_Anchor(token, href, [_value(token, "alt")]))
        elif token.name == "img" and _is_own_pixel(_value(token, "src"), own_links):
            edits.replace(token.start, token.end, "")
        elif current is not None:
            current.words.append(
                f" {_value(token, 'alt')} " if token.name == "img" else " " if token.name in ("br", "p", "div", "td") else ""
            )
    return anchors


def _decide(
    anchor: _Anchor, index: int, make_link: Callable[[int, str], str | None], edits: _Edits, own_links: OwnLinks | None
) -> Link | None:
    markers = _markers(anchor.tag)
    for marker in markers:
        edits.drop(marker)
    written = anchor.href.value.strip(_BLANK)
    url = _unwrapped(written, own_links)
    if url is None:
        return None
    if url != written:
        _set_href(anchor, url, edits)
    if _scheme(url) not in ("http", "https"):
        return None
    reason, tracked = _reason(url, anchor.label, markers), None
    if reason is None:
        reason, tracked = _tracked(make_link, index, url)
    if tracked is not None:
        _set_href(anchor, tracked, edits)
    return Link(index, url, tracked, anchor.label[:_LABEL_LONGEST].strip(), reason)


def _tracked(make_link: Callable[[int, str], str | None], index: int, url: str) -> tuple[str | None, str | None]:
    try:
        tracked = make_link(index, url)
    except Invalid:
        return "too_long", None
    if tracked is None:
        return "declined", None
    return ("too_long", None) if len(tracked) > urls.LONGEST_TRACKED else (None, tracked)


def _reason(url: str, label: str, markers: list[Attribute]) -> str | None:
    if markers:
        return "marked"
    if _MERGE_TAG.search(url):
        return "merge_tag"
    if _is_address(label, url):
        return "text_is_address"
    try:
        urls.destination(url)
    except Invalid:
        return "bad_address"
    return None


def _is_address(label: str, url: str) -> bool:
    """Whether the visible text is a web address: a whole URL, or the host of the link."""
    if not label or " " in label:
        return False
    if _ADDRESS_TEXT.fullmatch(label):
        return True
    host = urls.origin(url).partition("://")[2].partition(":")[0]
    named = label.lower().split("/", 1)[0].removesuffix(".")
    return "." in named and (named == host or host.endswith(f".{named}") or named.endswith(f".{host}"))


def _unwrapped(url: str, own_links: OwnLinks | None) -> str | None:
    """The real destination of a URL. None: leave the link unchanged. Another message's unsubscribe and tracking-choice links are replaced by `#`."""
    if own_links is None or url in own_links.keep:
        return url if own_links is None else None
    found = urls.own(url, own_links.edge_url)
    if found is None:
        return url
    if found.kind in ("unsubscribe", "choice"):
        return "#"
    return own_links.unwrap(found.token) if found.kind == "click" else None


def _set_href(anchor: _Anchor, url: str, edits: _Edits) -> None:
    start, end = anchor.href.value_start, anchor.href.end
    edits.spans = [span for span in edits.spans if span[:2] != (start, end)]
    edits.replace(start, end, encode_value(url))


def _markers(tag: Tag) -> list[Attribute]:
    marked = [a for a in tag.attributes if a.name in ("data-no-track", "data-notrack")]
    return marked + [a for a in tag.attributes if a.name == "clicktracking" and a.value.strip().lower() in _OFF]


def _is_own_pixel(src: str, own_links: OwnLinks | None) -> bool:
    found = urls.own(src.strip(_BLANK), own_links.edge_url) if own_links is not None else None
    return found is not None and found.kind == "open"


def _value(tag: Tag, name: str) -> str:
    attribute = tag.get(name)
    return attribute.value if attribute is not None else ""


def _scheme(url: str) -> str:
    """The scheme in lower case; empty for relative, malformed or schemeless addresses."""
    try:
        return urlsplit(url).scheme
    except ValueError:
        return url.partition(":")[0].lower() if "://" in url else ""
