"""The footer of a message: one element as the last content of its HTML, so that nothing before it changes. Called by actions.mail.compose."""

from html import escape

from tracker.links.placement import places

_BLOCK = "display:block;margin:0;padding:16px 0 0"
"""With padding, since a margin would also move the element that it stands first in."""
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
    return html if end is None else f"{html[:end]}{element}{html[end:]}"
