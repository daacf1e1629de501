"""Normalization of host names typed by users. Resolves nothing."""

import re
from ipaddress import IPv6Address

_MAX_LENGTH = 253
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def ascii_host(host: str) -> str:
    """The host in ASCII: a name (IDNA) or an address, IPv6 without brackets. Raises ValueError."""
    if host.startswith("[") and host.endswith("]"):
        return str(IPv6Address(host[1:-1]))
    if ":" in host:
        return str(IPv6Address(host))
    name = host.encode("idna").decode("ascii").lower()
    if not _NAME.fullmatch(name) or len(name) > _MAX_LENGTH:
        raise ValueError("not a host name")
    return name
