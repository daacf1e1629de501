"""Host names: their one spelling in ASCII, by which origins, email domains and servers are stored and compared. Resolves nothing."""

import re
from functools import lru_cache
from ipaddress import IPv6Address

import idna

_MAX_LENGTH = 253
_MAX_LABEL = 63
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def ascii_host(host: str) -> str:
    """The host in ASCII: a name (`ascii_name`) or an address, IPv6 without brackets. Raises ValueError."""
    if host.startswith("[") and host.endswith("]"):
        return str(IPv6Address(host[1:-1]))
    if ":" in host:
        return str(IPv6Address(host))
    name = ascii_name(host)
    labels = name.removesuffix(".").split(".")
    if not _NAME.fullmatch(name) or len(name) > _MAX_LENGTH or any(not 0 < len(label) <= _MAX_LABEL for label in labels):
        raise ValueError("not a host name")
    return name


@lru_cache(maxsize=4096)
def ascii_name(name: str) -> str:
    """A host name in lower case, its international labels as A-labels: UTS 46 without transitional processing, so `ß` is not `ss`.

    A name in ASCII is not checked. Symbols that IDNA 2008 excludes and browsers accept, such as `☃.net`, are encoded like in browsers.
    Raises ValueError for what no browser accepts as a name.
    """
    if name.isascii():
        return name.lower()
    mapped = idna.uts46_remap(name, std3_rules=False, transitional=False)
    return ".".join(label if label.isascii() else _a_label(label) for label in mapped.split("."))


def _a_label(label: str) -> str:
    try:
        return idna.alabel(label).decode("ascii")
    except idna.InvalidCodepoint:
        encoded = "xn--" + label.encode("punycode").decode("ascii")
        if len(encoded) > _MAX_LABEL:
            raise
        return encoded
