"""The check of the tracking address, for set-up: whether leads elsewhere can reach the edge at a URL."""

from urllib.parse import urlsplit

from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import Outbound
from tracker.base.network.allowed_addresses import WEB_PORTS, is_public
from tracker.base.network.public_names import unreachable_reason
from tracker.base.network.resolver import Resolver

_SECONDS = 6.0
_RESOLVE_SECONDS = 4.0
_OK = 200
_HTTPS = 443


def resolver_for(url: str) -> Resolver:
    """A resolver that allows public addresses alone, also at the URL's own port. OUTBOUND_ALLOW does not make an address public."""
    return Resolver((), WEB_PORTS | {_port(url)})


def edge_problem(url: str, resolver: Resolver) -> str:
    """Why leads cannot reach the edge at this URL, as a sentence; empty if they can."""
    if problem := unreachable_reason(url):
        return problem
    host = urlsplit(url).hostname or ""
    try:
        addresses = resolver.resolve(host, _port(url), _RESOLVE_SECONDS)
    except OSError:
        return f"{host} has no address yet. Create the DNS records, then check again; new records can take some minutes."
    if not any(map(is_public, addresses)):
        return f"{host} leads to {addresses[0]}, which is a private address. Its DNS record must have the public address of the server."
    return _answer_problem(url, resolver)


def _answer_problem(url: str, resolver: Resolver) -> str:
    client = Outbound(total=_SECONDS, resolver=resolver)
    try:
        found = client.probe(f"{url}/t.js")
    except DeliveryError as error:
        return f"{str(error).rstrip('.')}."
    finally:
        client.close()
    if found.status != _OK or "javascript" not in found.headers.get("content-type", ""):
        return f"{url} responded with status {found.status}, and not as the edge does. The proxy must pass this name to EDGE_PORT."
    return ""


def _port(url: str) -> int:
    return urlsplit(url).port or _HTTPS
