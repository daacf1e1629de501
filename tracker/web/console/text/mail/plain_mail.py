"""Converts plain text to email HTML: paragraphs, line breaks, lists and `[label](https://…)` links. Used by compose. Pure."""

import re
from html import escape

_LINK = re.compile(
    r"\[(?P<label>[^\[\]\n]{1,300})\]\((?P<url>(?:https?://|mailto:|tel:|\{\{)[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)\)|(?P<bare>https?://[^\s<>\"]+)"
)
_BULLET = re.compile(r"[-*•] +")
_TRAILING = ".,;:!?)'\""


def html_of(text: str) -> str:
    """The HTML of plain text. Merge fields stay as they are; everything else is escaped."""
    blocks = re.split(r"\n[ \t]*\n+", text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"))
    return "\n".join(_block(block) for block in blocks if block.strip())


def _block(block: str) -> str:
    lines = [line.rstrip() for line in block.split("\n")]
    if all(_BULLET.match(line.lstrip()) for line in lines):
        return "<ul>" + "".join(f"<li>{_inline(_BULLET.sub('', line.lstrip(), count=1))}</li>" for line in lines) + "</ul>"
    return f"<p>{'<br>'.join(_inline(line) for line in lines)}</p>"


def _inline(line: str) -> str:
    parts, end = [], 0
    for found in _LINK.finditer(line):
        parts.append(escape(line[end : found.start()], quote=False))
        if found["bare"]:
            url = found["bare"].rstrip(_TRAILING)
            parts.append(_anchor(url, url) + escape(found["bare"][len(url) :], quote=False))
        else:
            parts.append(_anchor(found["url"], found["label"]))
        end = found.end()
    return "".join(parts) + escape(line[end:], quote=False)


def _anchor(url: str, label: str) -> str:
    return f'<a href="{escape(url)}">{escape(label, quote=False)}</a>'
