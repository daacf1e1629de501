"""Our messages that the web addresses in a received mail name: a quoted mail still has its tracked links, pixel and unsubscribe address."""

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

from tracker.base.errors import BadToken
from tracker.links.keys import Keys
from tracker.links.tokens import verify_choice, verify_click, verify_open, verify_unsubscribe

_TOKEN = re.compile(r"[A-Za-z0-9_-]{30,3000}\.[A-Za-z0-9_-]{43}")
_MOST = 60
_LONGEST = 4_000


def quoted_messages(keys: Keys, workspace: str, addresses: Iterable[str]) -> tuple[str, ...]:
    """The messages of the workspace whose signed tokens stand in the addresses, in order. Rewritten addresses hold them percent-encoded."""
    found: dict[str, None] = {}
    for count, token in enumerate(_tokens(addresses)):
        if count >= _MOST:
            break
        named = _message_of(keys, token)
        if named and named[0] == workspace:
            found[named[1]] = None
    return tuple(found)


def _tokens(addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        yield from dict.fromkeys(_TOKEN.findall(unquote(unquote(address[:_LONGEST]))))


def _message_of(keys: Keys, token: str) -> tuple[str, str] | None:
    """Workspace and message of a token of any audience; None for a share link, or where it is none of ours."""
    readers: tuple[Callable[[Keys, str], object], ...] = (verify_click, verify_open, verify_unsubscribe, verify_choice)
    for read in readers:
        try:
            claims = read(keys, token)
        except BadToken:
            continue
        message = getattr(claims, "message", None)
        return (str(getattr(claims, "workspace", "")), str(message)) if message else None
    return None
