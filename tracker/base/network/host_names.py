"""Host names as a person types them, in the form that goes over the wire. Pure: nothing is looked up."""

import re
from ipaddress import IPv6Address

_LONGEST_NAME = 253
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def ascii_host(host: str) -> str:
    """A host as it goes over the wire: a name in ASCII (IDNA), or an address; IPv6 without brackets. Raises ValueError."""
    if host.startswith("[") and host.endswith("]"):
        return str(IPv6Address(host[1:-1]))
    if ":" in host:
        return str(IPv6Address(host))
    name = host.encode("idna").decode("ascii").lower()
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise ValueError("not a host name")
    return name
