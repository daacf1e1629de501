"""What has to be entered to publish Leadlight under a domain: DNS records, settings, and the lines of a proxy. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tracker.base.network.allowed_addresses import Address
from tracker.base.network.host_names import ascii_host
from tracker.base.network.public_names import unreachable_reason
from tracker.domain.workspace.workspace import Workspace

_IPV4 = 4
_UNKNOWN = "public address of this server"
EXAMPLE = "example.com"


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """One record as a DNS provider takes it."""

    name: str
    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """The texts to paste."""

    domain: str
    edge: str
    console: str
    records: tuple[DnsRecord, ...]
    settings: str
    """Lines for `leadlight.toml`."""
    proxy: str
    """Lines for a Caddyfile."""


def domain_of(typed: str) -> str:
    """The domain in what was typed, which may be a URL or begin with www; empty if there is none that can be public."""
    text = typed.strip()
    try:
        host = ascii_host(urlsplit(text if "://" in text else f"https://{text}").hostname or "")
    except (ValueError, UnicodeError):
        return ""
    host = host.removeprefix("www.")
    return "" if not host or ":" in host or unreachable_reason(f"https://{host}") else host


def suggested_domain(workspace: Workspace) -> str:
    """The domain of the company's website; `example.com` while none is known."""
    urls = [workspace.home_url or "", *(origin for site in workspace.sites for origin in site.origins)]
    return next((domain for url in urls if url and (domain := domain_of(url))), EXAMPLE)


def publishing(domain: str, addresses: Iterable[Address], *, port: int, edge_port: int) -> Publishing:
    """What to enter for the names `links.` and `console.` of the domain; `addresses` are the public ones of this machine."""
    edge, console = f"links.{domain}", f"console.{domain}"
    values = [("A" if address.version == _IPV4 else "AAAA", str(address)) for address in addresses] or [("A", _UNKNOWN)]
    return Publishing(
        domain=domain,
        edge=edge,
        console=console,
        records=tuple(DnsRecord(name, kind, value) for name in (edge, console) for kind, value in values),
        settings=f'PUBLIC_URL = "https://{console}"\nEDGE_URL = "https://{edge}"\nTRUSTED_PROXIES = ["127.0.0.1", "::1"]',
        proxy=(
            f"{console} {{\n\treverse_proxy 127.0.0.1:{port} {{\n\t\tflush_interval -1\n\t}}\n}}\n\n"
            f"{edge} {{\n\treverse_proxy 127.0.0.1:{edge_port}\n}}"
        ),
    )
