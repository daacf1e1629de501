"""Which name servers are asked for mail exchangers: the value of the setting DNS_SERVERS."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

_PORT, _MAX_PORT = 53, 65535


@dataclass(frozen=True, slots=True)
class DnsServer:
    """One name server."""

    address: str
    port: int = _PORT

    def __str__(self) -> str:
        """As in the setting: the port is left out where it is 53."""
        if self.port == _PORT:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class DnsServers:
    """The name servers; none: the system's own. With `is_off`, nothing is looked up."""

    servers: tuple[DnsServer, ...] = ()
    is_off: bool = False

    def __str__(self) -> str:
        """The text that `parse_dns_servers` reads back."""
        return "off" if self.is_off else ",".join(map(str, self.servers))


def parse_dns_servers(raw: str) -> DnsServers:
    """Addresses with an optional port separated by commas, IPv6 ones with a port in brackets; `off`; or an empty text. Raises ValueError."""
    if raw.strip().lower() == "off":
        return DnsServers(is_off=True)
    return DnsServers(tuple(_server(part.strip()) for part in raw.split(",") if part.strip()))


def _server(text: str) -> DnsServer:
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return DnsServer(str(IPv6Address(host)), _port(port.removeprefix(":")))
    host, _, port = text.partition(":") if text.count(":") == 1 else (text, "", "")
    try:
        return DnsServer(str(ip_address(host)), _port(port))
    except ValueError as error:
        raise ValueError(f"{text!r} is not the address of a name server, optionally with a port; or give off") from error


def _port(text: str) -> int:
    if not text:
        return _PORT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MAX_PORT:
        raise ValueError(f"{text!r} is not a port")
    return int(text)
