"""Captures: the facts of one HTTP request, and the `Capture` made from them. Called by web.edge."""

import time
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

import msgspec

from tracker.base.ids import new_id
from tracker.base.setting_parsers import Network
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.own_browser import OWN
from tracker.domain.workspace.address_privacy import DEFAULT_WORDS
from tracker.links.confidential import confidential

AGENT_LONGEST = 512
HEADER_LONGEST = 256
_FORWARDED_LONGEST = 1024

_REFERRERS = confidential(DEFAULT_WORDS)
"""The referrer of a request is cleaned before its workspace is known."""

_KEPT: dict[bytes, str] = {
    name.encode(): name
    for name in (
        *("accept", "accept-encoding", "accept-language", "referer", "dnt", "sec-gpc"),
        *("via", "x-native-host", "x-requested-with"),
        *("sec-purpose", "purpose", "x-purpose", "x-moz"),
        *("sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user"),
        *("sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-ch-ua-platform-version", "sec-ch-ua-full-version-list"),
        *("sec-ch-ua-arch", "sec-ch-ua-bitness", "sec-ch-ua-model", "sec-ch-ua-wow64", "sec-ch-ua-form-factors"),
    )
}
"""The headers that a verdict may need. Nothing that identifies a person further: no cookies, no authorization."""


class RequestFacts(msgspec.Struct, frozen=True, gc=False):
    """The facts of one request. `received` is in milliseconds since the epoch, by this machine's clock."""

    received: int
    address: str
    agent: str
    method: str
    headers: dict[str, str]
    signs: tuple[str, ...] = ()
    """What else the request shows, by name (see `Capture.signs`)."""
    cookie: bytes = b""
    """The Cookie header. It is read for the mark of a rep's browser, and kept nowhere."""

    @property
    def refuses_tracking(self) -> bool:
        """Global Privacy Control or Do Not Track: only explicit acts are recorded."""
        return self.headers.get("sec-gpc") == "1" or self.headers.get("dnt") == "1"


def request_facts(scope: dict[str, Any], trusted: tuple[Network, ...]) -> RequestFacts:
    """The facts of an ASGI request. Only peers in `trusted` may name the client's address."""
    agent, kept, forwarded, cookie = "", {}, None, b""
    for name, value in scope["headers"]:
        known = _KEPT.get(name)
        if known is not None:
            kept[known] = _clean(value, HEADER_LONGEST)
            if known == "referer":
                kept[known] = _REFERRERS.cleaned(kept[known])
        elif name == b"user-agent":
            agent = _clean(value, AGENT_LONGEST)
        elif name == b"cookie":
            cookie = value
        elif name == b"x-forwarded-for" and trusted:
            forwarded = value if forwarded is None else forwarded + b"," + value
    client = scope["client"]
    address = client[0] if client else ""
    if forwarded is not None:
        # Cut before it becomes a cache key: a direct client may send long headers.
        address = _forwarded_for(address, forwarded[-_FORWARDED_LONGEST:], trusted)
    signs = ("http1.0",) if scope.get("http_version") == "1.0" and not _is_proxy(client, trusted) else ()
    return RequestFacts(time.time_ns() // 1_000_000, address, agent, scope["method"], kept, signs, cookie)


def capture(
    facts: RequestFacts,
    kind: CaptureKind,
    workspace: str,
    *,
    event: str | None = None,
    message: str | None = None,
    share: str | None = None,
    link: int = 0,
    url: str | None = None,
    reason: str | None = None,
    is_repaired: bool = False,
    rep: str | None = None,
) -> Capture:
    """The capture of a request: an open, a click, an opt-out, or evidence. HEAD is always only evidence.

    `is_repaired`: its token was read only after appended characters were removed. `rep`: whose browser it is, by its signed mark.
    """
    if facts.method == "HEAD" and kind is not CaptureKind.REJECTED:
        kind = CaptureKind.HEAD
    more = ("repaired",) * is_repaired + (OWN,) * (rep is not None)
    return Capture(
        id=event or new_id(),
        kind=kind,
        workspace=workspace,
        received=facts.received,
        at=facts.received,
        address=facts.address,
        agent=facts.agent,
        method=facts.method,
        headers=facts.headers,
        message=message,
        share=share,
        link=link,
        url=url,
        reason=reason,
        signs=facts.signs + more,
        rep=rep,
    )


def _clean(value: bytes, longest: int) -> str:
    text = value[:longest].decode("latin-1")
    if text.isprintable():
        return text
    return "".join(c for c in text if c >= " " and not "\x7f" <= c <= "\x9f")


@lru_cache(maxsize=4096)
def _forwarded_for(peer: str, forwarded: bytes, trusted: tuple[Network, ...]) -> str:
    """The last address named by a trusted proxy: the list is read from its end while the address that named it is trusted."""
    found = peer
    for part in _addresses(forwarded):
        if not _is_trusted(found, trusted) or part is None:
            break
        found = part
    return found


def _addresses(forwarded: bytes) -> Iterable[str | None]:
    for raw in reversed(forwarded.decode("latin-1").split(",")):
        text = raw.strip()
        if text.startswith("["):
            text = text[1:].partition("]")[0]
        elif text.count(":") == 1:
            text = text.partition(":")[0]
        try:
            yield str(ip_address(text))
        except ValueError:
            yield None


def _is_proxy(client: tuple[str, int] | None, trusted: tuple[Network, ...]) -> bool:
    """Whether the HTTP version is that of a trusted proxy, which says nothing of the client."""
    return client is not None and _is_trusted(client[0], trusted)


def _is_trusted(address: str, trusted: tuple[Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in trusted)
