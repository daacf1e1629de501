"""Whether a page allows the console to frame it. Cached in Redis for a day per page."""

import contextlib
import hashlib
from collections.abc import Mapping
from urllib.parse import urlsplit

import redis

from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import Outbound
from tracker.links.confidential import has_removed_parts

_DAY = 86400
_SHORT = 300
ANSWERS = ("yes", "no", "ask")
"""`ask`: the server cannot tell. The browser tries, and waits for the snippet's message from inside the frame."""


def framing_of(url: str, console: str, outbound: Outbound, cache: redis.Redis) -> str:
    """One of ANSWERS for a page and the console's own address. An address with removed parts is not requested."""
    if has_removed_parts(url):
        return "no"
    key = f"framing:{hashlib.blake2b(f'{console} {url}'.encode(), digest_size=16).hexdigest()}"
    try:
        kept = cache.get(key)
    except redis.RedisError:
        kept = None
    known = kept.decode() if isinstance(kept, bytes) else kept
    if known in ANSWERS:
        return known
    answer = _check(url, console, outbound)
    with contextlib.suppress(redis.RedisError):
        cache.set(key, answer, ex=_SHORT if answer == "ask" else _DAY)
    return answer


def _check(url: str, console: str, outbound: Outbound) -> str:
    try:
        reply = outbound.probe(url, method="HEAD")  # a GET might do what the address is for, such as confirming or unsubscribing
    except DeliveryError:
        return "ask"
    if reply.status >= 400:  # noqa: PLR2004 - an error page may have another policy than the page
        return "ask"
    return "yes" if is_allowed(reply.headers, console) else "no"


def is_allowed(headers: Mapping[str, str], console: str) -> bool:
    """Whether these response headers (lower-case names) let the console frame the page; frame-ancestors takes precedence over X-Frame-Options."""
    directives = [part.split() for policy in headers.get("content-security-policy", "").split(",") for part in policy.split(";")]
    ancestors = [sources for name, *sources in filter(None, directives) if name.lower() == "frame-ancestors"]
    if ancestors:
        return all(any(_matches(source, console) for source in sources) for sources in ancestors)
    return headers.get("x-frame-options", "").strip().lower() not in ("deny", "sameorigin")


def _matches(source: str, console: str) -> bool:
    own, source = urlsplit(console), source.lower()
    if source in ("*", f"{own.scheme}:"):
        return True
    host = source.split("://", 1)[-1].rstrip("/")
    if "://" in source and not source.startswith(f"{own.scheme}://"):
        return False
    return host == own.netloc or (host.startswith("*.") and (own.hostname or "").endswith(host[1:]))
