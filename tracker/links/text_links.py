"""Addresses of this edge in plain text, such as the text of an earlier email that an answer quotes. Called by actions.mail.compose."""

import re

from tracker.links import urls
from tracker.links.rewrite import OwnLinks

_URL = re.compile(r"https?://[^\s<>\"(){}\[\]]+", re.IGNORECASE)
_AFTER = ".,;:!?'’”*"
"""Characters after an address that belong to the sentence; no address of the edge ends with one."""


def without_own_links(text: str, own_links: OwnLinks) -> str:
    """The text with destinations in place of tracked links, and without pixels and the choices of other messages."""
    return _URL.sub(lambda found: _plain(found[0], own_links), text)


def _plain(found: str, own_links: OwnLinks) -> str:
    url = found.rstrip(_AFTER)
    own = None if url in own_links.keep else urls.own(url, own_links.edge_url)
    if own is None or own.kind == "other":
        return found
    destination = (own_links.unwrap(own.token) or url) if own.kind == "click" else ""
    return destination + found[len(url) :]
