"""Whether a URL can be public at all, by its text: no localhost, no private name or address, https. Resolves nothing."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from tracker.base.network.allowed_addresses import is_public

_PRIVATE_ENDS = frozenset(
    {"localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "private", "test", "example", "invalid", "onion"}
)
"""Last labels that no public name server knows (RFC 2606, 6761, 6762, 7686; ICANN's `internal`, and names of routers)."""
_PRIVATE_ZONES = ("home.arpa",)


def unreachable_reason(url: str) -> str:
    """Why people elsewhere cannot reach the URL, as a sentence; empty if its text allows it."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if problem := _host_problem(host):
        return problem
    if parts.scheme != "https":
        return f"{url} is plain http: browsers warn of it, and mail programs block it."
    return ""


def _host_problem(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        labels = host.split(".")
        if labels[-1] == "localhost":
            return f"{host} is this machine only."
        if len(labels) == 1 or labels[-1] in _PRIVATE_ENDS or host.endswith(tuple(f".{zone}" for zone in _PRIVATE_ZONES)):
            return f"{host} is no public name: it is known in your own network at most."
        return ""
    if address.is_loopback:
        return f"{host} is this machine only."
    return "" if is_public(address) else f"{host} is a private address: it is known in your own network at most."
