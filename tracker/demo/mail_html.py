"""Prepares an email's HTML for the sandboxed frame: links open a new tab. Called by demo.inbox_pages.

This is for convenience only. POLICY, sent with every such page, blocks scripts and forms.
"""

import lxml.html
from lxml import etree

POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src http: https: data:; "
    "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""Images load from anywhere, because of the tracking pixel. Inline styles are allowed, all else is blocked."""

_DROPPED = ("script", "base", "iframe", "frame", "object", "embed", "form", "link")


def framed(html: str) -> str:
    """The HTML for the frame; an empty page for unreadable email."""
    try:
        root = lxml.html.document_fromstring(
            html.replace("\x00", "").encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8")
        )
    except (etree.ParserError, ValueError):
        return "<!doctype html><title>Empty email</title>"
    for element in list(root.iter(*_DROPPED)):
        if element.tag == "form":
            element.drop_tag()
        else:
            element.drop_tree()
    for meta in list(root.iter("meta")):
        if meta.get("http-equiv"):
            meta.drop_tree()
    for element in root.iter(etree.Element):
        for name in [
            name for name in element.attrib if str(name).lower().startswith("on") or str(name).lower() in ("href", "src", "xlink:href")
        ]:
            if str(name).lower().startswith("on") or not _is_harmless(str(element.attrib[name])):
                del element.attrib[name]
    for link in root.iter("a", "area"):
        link.set("target", "_blank")
        link.set("rel", "noopener noreferrer")
    text = lxml.html.tostring(root, encoding="unicode", doctype="<!doctype html>")
    return str(text)


def _is_harmless(address: str) -> bool:
    scheme, colon, _ = "".join(address.split()).partition(":")
    return not colon or scheme.lower() not in ("javascript", "vbscript")
