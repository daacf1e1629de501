"""Addresses of clients as limits count them: an IPv4 address, or the /64 of an IPv6 one, which is one customer's."""

from ipaddress import IPv4Address, IPv6Address, ip_address


def parsed_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address; an IPv4-mapped one such as `::ffff:192.0.2.1` becomes IPv4."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found


def client_key(text: str) -> str:
    """The text by which the client is counted; empty where it is no address."""
    parsed = parsed_address(text)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed or "")
