"""The footer of a message: one element as the last content of its HTML, so that nothing before it changes. Called by actions.mail.compose."""

import re
from html import escape

from tracker.links.html_tokens import Tag, tokens
from tracker.links.placement import places

_BLOCK = "display:block;margin:0;padding:16px 0 0"
"""With padding, since a margin would also move the element that it stands first in."""
_BELOW = "display:block;position:absolute;align-self:flex-end;margin:0 0 -3em;padding:16px 0 0"
"""In a body that arranges its children in a row or a grid, where a block would take a place beside them: below, without a place."""
_BODY_RULE = re.compile(r"(?:^|[\s},;>])body\s*(?:,[^{}]*)?\{([^{}]*)\}", re.IGNORECASE)
_ROW = re.compile(r"display\s*:\s*(?:inline-)?(?:flex|grid)", re.IGNORECASE)
_COLUMN = re.compile(r"(?:flex-direction|flex-flow)\s*:[^;]*column", re.IGNORECASE)
_STYLE = f"{_BLOCK};font:12px/1.4 Arial,Helvetica,sans-serif;color:#6b7280"


def choice_link(url: str, label: str, language: str) -> str:
    """The tracking-choice link."""
    return f'<a href="{escape(url)}" lang="{language}" style="{_STYLE}">{escape(label)}</a>'


def choice_question(url: str, question: str, label: str, language: str) -> str:
    """The sentence that asks for permission, with the link to the answer. No `<p>`, which would end the paragraph that it may stand in."""
    link = f'<a href="{escape(url)}">{escape(label)}</a>'
    return f'<span lang="{language}" style="{_BLOCK}">{escape(question)} {link}</span>'


def append(html: str, element: str) -> str:
    """The HTML with the element at the end of its body. Unchanged where a document cannot show it, such as in frames."""
    end = places(html).block
    element = element.replace(_BLOCK, _BELOW) if _is_row(html) else element
    return html if end is None else f"{html[:end]}{element}{html[end:]}"


def _is_row(html: str) -> bool:
    """Whether the body is a flexible row or a grid, by its own style or the style sheet."""
    if not _ROW.search(html):
        return False
    bodies = (token for token in tokens(html) if isinstance(token, Tag) and token.name == "body" and not token.is_end)
    body = next(bodies, None)
    style = body.get("style") if body else None
    rules = ";".join((*_BODY_RULE.findall(html), style.value if style else ""))
    return bool(_ROW.search(rules)) and not _COLUMN.search(rules)
