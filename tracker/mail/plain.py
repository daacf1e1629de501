"""The plain-text part of a message, generated from its HTML with links after their texts."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    (
        "p",
        "div",
        "br",
        "tr",
        "li",
        "ul",
        "ol",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "blockquote",
        "section",
        "header",
        "footer",
    )
)
_SILENT = frozenset(("script", "style", "title", "template"))
_LONGEST_TAG = 5_000
_MANY_LINES = re.compile(r"\n{3,}")


def text_of(html: str) -> str:
    """The plain text of the HTML."""
    reader = _Reader()
    reader.feed(_without_long_tags(html))
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def _without_long_tags(html: str) -> str:
    """The HTML without tags that are too long: the time of the standard library's parser grows with the square of their length."""
    pieces, position = [], 0
    while (start := html.find("<", position)) >= 0:
        end = html.find(">", start)
        end = len(html) if end < 0 else end + 1
        pieces.append(html[position : end if end - start <= _LONGEST_TAG else start])
        position = end
    return "".join((*pieces, html[position:]))


class _Reader(HTMLParser):
    """Collects texts, line breaks and URLs in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Starts a line for a block, adds a dash for a list item, and stores a link."""
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            self.parts.append("\n\n" if tag in ("p", "h1", "h2", "h3") else "\n")
            if tag == "li":
                self.parts.append("- ")
        elif tag == "a":
            self._link = (dict(attrs).get("href") or "", len(self.parts))
        elif tag == "img" and (alt := dict(attrs).get("alt")):
            self.parts.append(alt)

    def handle_endtag(self, tag: str) -> None:
        """Adds a link's URL after its text, unless they are equal."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "a" and self._link:
            href, start = self._link
            self._link = None
            label = "".join(self.parts[start:]).strip()
            if href.startswith(("http://", "https://", "mailto:")) and href.removeprefix("mailto:") != label:
                self.parts.append(f" ({href})" if label else href)

    def handle_data(self, data: str) -> None:
        """Adds text; line breaks of the source are ignored."""
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))
