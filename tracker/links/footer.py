"""The footer of a message: one element as the last content of its HTML, so that nothing before it changes. Called by actions.mail.compose."""

from html import escape

from tracker.links.html_tokens import Rest, Tag, tokens

_STYLE = "display:block;margin:16px 0 0;font:12px/1.4 Arial,Helvetica,sans-serif;color:#6b7280"
_UNSAFE = frozenset(("frameset", "plaintext"))


def choice_link(url: str, label: str, language: str) -> str:
    """The tracking-choice link."""
    return f'<a href="{escape(url)}" lang="{language}" style="{_STYLE}">{escape(label)}</a>'


def choice_question(url: str, question: str, label: str, language: str) -> str:
    """The sentence that asks for permission, with the link to the answer."""
    link = f'<a href="{escape(url)}">{escape(label)}</a>'
    return f'<p lang="{language}" style="margin:16px 0 0">{escape(question)} {link}</p>'


def append(html: str, element: str) -> str:
    """The HTML with the element before the end of its body. Unchanged where a document cannot show it there."""
    end = len(html)
    for token in tokens(html):
        if isinstance(token, Rest):
            return html
        if not isinstance(token, Tag):
            continue
        if token.name in _UNSAFE:
            return html
        if token.is_end and token.name in ("body", "html"):
            end = min(end, token.start) if token.name == "html" else token.start
    return f"{html[:end]}{element}{html[end:]}"
