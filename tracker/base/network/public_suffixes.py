"""The organisational domain of a host name, by the Public Suffix List that comes with the library. Downloads nothing."""

import functools

from publicsuffixlist import PublicSuffixList


def organisational_domain(host: str) -> str:
    """The domain that an organisation registered (RFC 7489, 3.2): `track.acme.co.uk` gives `acme.co.uk`. A public suffix gives itself."""
    name = host.strip().rstrip(".").lower()
    return _suffixes().privatesuffix(name) or name


@functools.cache
def _suffixes() -> PublicSuffixList:
    """Read at first use: about 40 ms."""
    return PublicSuffixList()
