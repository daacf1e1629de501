"""Tokens about the reps' own browsers: one that has the edge mark a browser, and the mark itself, which is a cookie of the edge.

Both have audiences of their own, so that neither can be used as the other or as a link. See docs/decisions/0025-own-browser.md.
"""

from struct import Struct

import msgspec

from tracker.base.errors import BadToken
from tracker.links.keys import Keys
from tracker.links.tokens import LONGEST, VERSION, mint, verify

HOP, MARK = b"leadlight.own.hop", b"leadlight.own.mark"
HOP_SECONDS = 15 * 60
"""How long the console's request to mark a browser is valid."""
MARK_SECONDS = 400 * 24 * 3600
"""How long a mark is valid: browsers keep cookies no longer."""
COOKIE = "ll_own_"
"""The name of the cookie before the workspace, without the prefix `__Host-` that it has on https."""

_HEAD = Struct(">B8s16sQ")
_HOP = Struct(">B8s16sQ?")


class BrowserMark(msgspec.Struct, frozen=True, gc=False):
    """A browser belongs to a rep; `made_at` is in milliseconds since the epoch."""

    workspace: str
    rep: str
    made_at: int


class Hop(msgspec.Struct, frozen=True, gc=False):
    """The console's request to mark a browser, or to remove its mark.

    `target` is where the browser goes next: a path of the console (`/settings/me`), or a page of one of the workspace's sites.
    """

    mark: BrowserMark
    is_removal: bool
    target: str


def mint_mark(keys: Keys, mark: BrowserMark) -> str:
    """The value of the cookie."""
    return mint(keys, MARK, _HEAD.pack(VERSION, bytes.fromhex(mark.workspace), bytes.fromhex(mark.rep), mark.made_at))


def mint_hop(keys: Keys, hop: Hop) -> str:
    """The token of the address that marks the browser which follows it."""
    mark = hop.mark
    head = _HOP.pack(VERSION, bytes.fromhex(mark.workspace), bytes.fromhex(mark.rep), mark.made_at, hop.is_removal)
    return mint(keys, HOP, head + hop.target.encode())


def verify_mark(keys: Keys, token: bytes, now_ms: int) -> BrowserMark:
    """Raises BadToken unless this text was signed as a mark and is not older than `MARK_SECONDS`."""
    _, workspace, rep, made_at = _HEAD.unpack(verify(keys, MARK, token, _HEAD.size, _HEAD.size))
    _check_age(made_at, now_ms, MARK_SECONDS)
    return BrowserMark(workspace.hex(), rep.hex(), made_at)


def verify_hop(keys: Keys, token: bytes, now_ms: int) -> Hop:
    """Raises BadToken unless this text was signed as such a request and is not older than `HOP_SECONDS`."""
    packed = verify(keys, HOP, token, _HOP.size + 1, LONGEST)
    _, workspace, rep, made_at, is_removal = _HOP.unpack_from(packed)
    _check_age(made_at, now_ms, HOP_SECONDS)
    return Hop(BrowserMark(workspace.hex(), rep.hex(), made_at), is_removal, packed[_HOP.size :].decode())


def _check_age(made_at: int, now_ms: int, seconds: int) -> None:
    if now_ms - made_at > seconds * 1000:
        raise BadToken("expired")
