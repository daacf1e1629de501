"""Rewriting: replaces the links in a message's HTML by tracked links. Called by actions.mail."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tracker.base.errors import Invalid
from tracker.base.network.host_names import ascii_name
from tracker.links import urls
from tracker.links.anchors import Anchor, anchors, value_of
from tracker.links.html_tokens import BLANK, Attribute, Tag, Token, encode_value, tokens

REASONS = {
    "marked": "You marked this link as untracked.",
    "text_is_address": "Its text is an address. Email programs warn if text and target differ.",
    "merge_tag": "It contains a merge tag of another program.",
    "bad_address": "Its address is not a valid web address.",
    "too_long": "The tracked link would be longer than email programs accept.",
    "declined": "Tracking is off for this link.",
    "not_web": "It does not lead to a web page. Email programs block such links.",
    "too_many": "This email has more links than Leadlight tracks.",
    "consent": "The lead has not allowed tracking.",
}
"""Why a link is not tracked, as text for the rep."""

MOST_TRACKED = 1_000
"""Links of one message. The others stay as they are."""
MOST_LISTED = 2_000

_LABEL_LONGEST = 80
_HARMFUL = frozenset(("javascript", "vbscript", "data", "file"))
_REMOVED_BY_BROWSERS = str.maketrans("", "", "\t\n\r")
_CONTROLS = "".join(map(chr, range(33)))
_MERGE_TAG = re.compile(r"\{\{|\}\}|\{%|\*\||<%|\[\[|\$\{|%%[A-Za-z_]+%%|%[A-Z_]{3,}%|%recipient\.")
_ADDRESS_TEXT = re.compile(r"(?:https?:)?//\S+|www\.\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a message, in the order of the text. `reason` (a key of REASONS) says why it is not tracked.

    Addresses such as mailto: and relative ones are not listed.
    """

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
class _Edits:
    source: str
    spans: dict[tuple[int, int], str] = field(default_factory=dict)

    def replace(self, start: int, end: int, text: str) -> None:
        self.spans[start, end] = text

    def drop(self, attribute: Attribute) -> None:
        """Removes an attribute and the whitespace before it."""
        start = attribute.start
        while start and self.source[start - 1] in BLANK:
            start -= 1
        self.replace(start, attribute.end, "")

    def applied(self) -> str:
        parts, position = [], 0
        for (start, end), text in sorted(self.spans.items()):
            parts += [self.source[position:start], text]
            position = end
        return "".join((*parts, self.source[position:]))


def rewrite(
    html: str, make_link: Callable[[int, str], str | None], own_links: OwnLinks | None = None, *, merge_tags: bool = True
) -> tuple[str, list[Link]]:
    """The HTML with tracked links, and the result for its links. All other bytes stay as they are.

    `make_link(index, url)` returns the tracked URL, None to leave that link alone, or raises Invalid if it would be too long.
    With `merge_tags`, another program sends the message and may fill merge tags in its addresses, so that such links stay.
    """
    edits = _Edits(html)
    found: list[Link] = []
    markup = list(tokens(html))
    if own_links is not None:
        _drop_own_pixels(markup, edits, own_links)
    for anchor in anchors(html, markup):
        url = _address(anchor, edits, own_links)
        if url is None:
            continue
        reason = "too_many" if len(found) >= MOST_TRACKED else _reason(url, anchor, is_filled_later=merge_tags)
        tracked = None
        if reason is None:
            reason, tracked = _tracked(make_link, len(found), url)
        if tracked is not None:
            _set_href(anchor, tracked, edits)
        if len(found) < MOST_LISTED:
            found.append(Link(len(found), url, tracked, anchor.label[:_LABEL_LONGEST].strip(), reason))
    return edits.applied(), found


def _drop_own_pixels(markup: Iterable[Token], edits: _Edits, own_links: OwnLinks) -> None:
    """Removes Leadlight's own pixels, which occur in quoted text."""
    for token in markup:
        if isinstance(token, Tag) and token.name == "img" and _is_own_pixel(value_of(token, "src"), own_links):
            edits.replace(token.start, token.end, "")


def _address(anchor: Anchor, edits: _Edits, own_links: OwnLinks | None) -> str | None:
    """The address as written, own tracked links replaced by their destinations. None if it is no link to be listed."""
    for marker in anchor.markers:
        edits.drop(marker)
    written = anchor.href.value.strip(BLANK)
    url = _unwrapped(written, own_links)
    if url is None:
        return None
    if url != written:
        _set_href(anchor, url, edits)
    return url if _scheme(url) in ("http", "https", *_HARMFUL) else None


def _tracked(make_link: Callable[[int, str], str | None], index: int, url: str) -> tuple[str | None, str | None]:
    try:
        tracked = make_link(index, url)
    except Invalid:
        return "too_long", None
    if tracked is None:
        return "declined", None
    return ("too_long", None) if len(tracked) > urls.LONGEST_TRACKED else (None, tracked)


def _reason(url: str, anchor: Anchor, *, is_filled_later: bool) -> str | None:
    if _scheme(url) in _HARMFUL:
        return "not_web"
    if anchor.markers:
        return "marked"
    if is_filled_later and _MERGE_TAG.search(url):
        return "merge_tag"
    if _is_address(anchor.label, url):
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
    try:
        named = ascii_name(label.split("/", 1)[0].removesuffix("."))
    except ValueError:
        return False
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


def _set_href(anchor: Anchor, url: str, edits: _Edits) -> None:
    edits.replace(anchor.href.value_start, anchor.href.end, encode_value(url))


def _is_own_pixel(src: str, own_links: OwnLinks) -> bool:
    found = urls.own(src.strip(BLANK), own_links.edge_url)
    return found is not None and found.kind == "open"


def _scheme(url: str) -> str:
    """The scheme that browsers see, in lower case; empty for relative, malformed or schemeless addresses."""
    scheme, colon, _ = url.lstrip(_CONTROLS).translate(_REMOVED_BY_BROWSERS).partition(":")
    return scheme.lower() if colon else ""
