"""Rate limits on captures per client address. They shed captures, never responses, and never an opt-out. Used by web.edge."""

import time
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

_MOST_ADDRESSES = 10_000
_NETWORK_BITS = 64


class Bucket:
    """A token bucket: `burst` at once, `rate` per second in the long run."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst, self._left = rate, burst, burst
        self._at = time.monotonic()

    def take(self) -> bool:
        """Takes one token; False if there is none."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class PerAddress:
    """A bucket for each address (each /64 of IPv6), for the ten thousand most recent.

    With `spare_private`, private and loopback addresses are never limited: those are the company's own proxies and load balancers,
    which all leads share when TRUSTED_PROXIES is not set.
    """

    def __init__(self, rate: float, burst: float, *, spare_private: bool) -> None:
        self._rate, self._burst, self._spare_private = rate, burst, spare_private
        self._buckets: OrderedDict[str, Bucket | None] = OrderedDict()

    def allow(self, address: str) -> bool:
        """Whether one more capture from this address may be kept."""
        buckets = self._buckets
        try:
            bucket = buckets[address]
        except KeyError:
            bucket = self._new(address)
        return bucket is None or bucket.take()

    def _new(self, address: str) -> Bucket | None:
        is_private, network = _network_of(address)
        bucket = None if is_private and self._spare_private else self._buckets.get(network) or Bucket(self._rate, self._burst)
        for key in {address, network}:
            self._buckets[key] = bucket
        while len(self._buckets) > _MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return bucket


class Limits:
    """The rate limits of one process."""

    def __init__(self) -> None:
        self.signed = PerAddress(200, 5_000, spare_private=True)
        """Opens and clicks: a mail gateway may fetch thousands of links in a minute."""
        self.collected = PerAddress(50, 1_000, spare_private=True)
        """Page events: a whole office may share one address."""
        self._rejected = PerAddress(1, 20, spare_private=False)
        self._all_rejected = Bucket(20, 200)

    def allow_rejected(self, address: str) -> bool:
        """Whether one more capture of a refused token may be kept: limited per address and in total."""
        return self._rejected.allow(address) and self._all_rejected.take()


def _network_of(address: str) -> tuple[bool, str]:
    try:
        parsed = ip_address(address)
    except ValueError:
        return True, address
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        if mapped is not None:
            return not mapped.is_global, str(mapped)
        return not parsed.is_global, f"{int(parsed) >> _NETWORK_BITS:x}/64"
    return not parsed.is_global, address
