"""The text of an HTML mail, with `>` before the lines of quoted mails as in a plain text. Used by `parts`.

Mail programs mark a quoted mail by an element (`<blockquote type="cite">`), by an element that ends the sender's own part (Outlook), or
only by its look: those count where an attribution or header lines stand beside them. Other indented text is the sender's own.
"""

import re

from tracker.mail.inbound.quote_lines import ORIGINAL, attribution, is_foreign_head, is_head
from tracker.mail.plain import text_of

_TAG = re.compile(r"<(/?)(blockquote|div|hr|p|table)\b([^<>]{0,2000})>", re.IGNORECASE)
_CITED = re.compile(
    r"\bcite\b|\bid=[\"']?(?:isreplycontent|qt\b)|(?:gmail|spark|tutanota|missive|protonmail|front|zmail|mailbird)[-_]?(?:block)?_?quote",
    re.IGNORECASE,
)
_QUOTED_DIV = re.compile(r"yahoo_quoted|\bname=[\"']?quote\b|olk_src_body_section", re.IGNORECASE)
_END_OF_OWN = re.compile(r"divrplyfwdmsg|mail-editor-reference-message-container|zwchr|\bdata-marker=[\"']?__divider__", re.IGNORECASE)
_MAYBE_END = re.compile(r"appendonsend|border-top(?:-\w+)?\s*:\s*(?!\s|none|0|medium none)", re.IGNORECASE)
_BORDER_LEFT = re.compile(r"border-left(?:-\w+)?\s*:\s*(?!\s|none|0|medium none)", re.IGNORECASE)
_QUOTE, _INDENT, _END, _OVER, _LINE = "\x02", "\x04", "\x03", "\x05", "\x06"
"""Marks: a quoted mail begins, an indented text begins, either ends; a quoted mail follows, a line is drawn."""
_MARKS = str.maketrans("", "", f"{_QUOTE}{_INDENT}{_END}{_OVER}{_LINE}")
_FOLLOWING = 8


def quoted_text(html: str) -> str:
    """The text with `>` before each quoted line. Raises what the standard library's parser raises by broken declarations."""
    return _marked(text_of(_with_marks(html.translate(_MARKS))).split("\n"))


def _with_marks(html: str) -> str:
    opened: dict[str, list[bool]] = {"blockquote": [], "div": []}
    """Elements that are open, and whether each was marked."""

    def mark(found: re.Match[str]) -> str:
        is_end, tag = bool(found[1]), found[2].lower()
        if is_end:
            was_marked = opened[tag].pop() if opened.get(tag) else False
            return f"<p>{_END}</p>{found[0]}" if was_marked else found[0]
        kind = _mark_of(tag, found[3])
        if tag in opened:
            opened[tag].append(kind in (_QUOTE, _INDENT))
        return f"{found[0]}<p>{kind}</p>" if kind else found[0]

    return _TAG.sub(mark, html)


def _mark_of(tag: str, attributes: str) -> str:
    """The mark behind the tag; empty: none."""
    if tag == "blockquote":
        return _QUOTE if _CITED.search(attributes) or _BORDER_LEFT.search(attributes) else _INDENT
    if _END_OF_OWN.search(attributes):
        return _OVER
    if tag == "div" and (_QUOTED_DIV.search(attributes) or _BORDER_LEFT.search(attributes)):
        return _QUOTE if _QUOTED_DIV.search(attributes) else _INDENT
    return _LINE if tag == "hr" or _MAYBE_END.search(attributes) else ""


def _marked(lines: list[str]) -> str:
    made: list[str] = []
    opened: list[bool] = []
    depth = 0
    for at, line in enumerate(lines):
        mark = line.strip()
        if mark in (_QUOTE, _INDENT):
            opened.append(mark == _QUOTE or _is_attributed(made, lines, at))
            depth += opened[-1]
        elif mark == _END:
            depth -= opened.pop() if opened else 0
        elif mark in (_OVER, _LINE):
            if mark == _OVER or _is_head_below(lines, at):
                made.append(f"> {ORIGINAL}" if depth else ORIGINAL)
        else:
            made.append(f"> {line}" if depth else line)
    return "\n".join(made)


def _is_attributed(made: list[str], lines: list[str], at: int) -> bool:
    """Whether the text above an indented one says whose it is, or the first lines in it."""
    above = [line for line in made[-2 * _FOLLOWING :] if line.strip()][-3:]
    for count in range(1, len(above) + 1):
        if any(c.isdigit() or c == "@" for line in above[-count:] for c in line) and attribution([*above[-count:], ">"], 0) == count:
            return True
    below = _below(lines, at)
    return attribution(below, 0) > 0 or is_head(below, 0) or is_foreign_head(below, 0)


def _is_head_below(lines: list[str], at: int) -> bool:
    below = _below(lines, at)
    return is_head(below, 0) or is_foreign_head(below, 0)


def _below(lines: list[str], at: int) -> list[str]:
    """The next lines that hold text, within the element."""
    found: list[str] = []
    depth = 0
    for line in lines[at + 1 : at + 1 + 4 * _FOLLOWING]:
        mark = line.strip()
        depth += (mark in (_QUOTE, _INDENT)) - (mark == _END)
        if depth < 0 or len(found) == _FOLLOWING:
            break
        if mark and mark.translate(_MARKS):
            found.append(line)
    return found
