"""Signatures: plain HTML of the rep, reduced to harmless elements. Called when a profile is saved."""

from html import escape
from html.parser import HTMLParser

_KEPT = frozenset({"p", "div", "b", "strong", "i", "em", "u", "small", "ul", "ol", "li", "a"})
_DROPPED_WITH_TEXT = frozenset({"script", "style", "title", "head", "template", "textarea", "noscript", "iframe", "svg", "math"})
_SCHEMES = ("https://", "http://", "mailto:", "tel:")


def clean_signature(html: str) -> str:
    """The text with paragraphs, emphasis, lists and links; every other element is removed, its text stays. Always well-formed."""
    parser = _Cleaner()
    parser.feed(html.replace("\x00", ""))
    parser.close()
    return parser.result()


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._open: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WITH_TEXT:
            self._hidden.append(tag)
        elif self._hidden:
            return
        elif tag == "br":
            self._parts.append("<br>")
        elif tag == "a":
            self._start("a", _href(dict(attrs).get("href") or ""))
        elif tag in _KEPT:
            self._start(tag, "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        elif not self._hidden and tag in self._open:
            while (closed := self._open.pop()) != tag:
                self._parts.append(f"</{closed}>")
            self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(escape(data, quote=False))

    def result(self) -> str:
        """What was kept, with all elements closed."""
        return "".join([*self._parts, *(f"</{tag}>" for tag in reversed(self._open))]).strip()

    def _start(self, tag: str, attributes: str) -> None:
        self._parts.append(f"<{tag}{attributes}>")
        self._open.append(tag)


def _href(address: str) -> str:
    bare = "".join(c for c in address if c.isprintable() and not c.isspace())
    return f' href="{escape(bare)}"' if bare.lower().startswith(_SCHEMES) else ""
