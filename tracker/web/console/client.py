"""Where a request comes from: only proxies in TRUSTED_PROXIES may speak for a client's address."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from flask import request

from tracker.web.console.access import deps


def address() -> str:
    """The client's address; IPv6 cut to its /64, since one household has all of those."""
    trusted = deps().settings.trusted_proxies
    found = request.remote_addr or ""
    for hop in reversed([part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]):
        here = _parsed(found)
        if here is None or not any(here in network for network in trusted if network.version == here.version):
            break
        found = hop
    parsed = _parsed(found)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed or "")


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
