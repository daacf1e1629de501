"""The team's own addresses: the networks from which reps use the console, and leads that have a rep's email address.

Called by workers for verdicts: an open from such a network may be a rep's, and mail to a rep is a test.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from tracker.actions.deps import Deps
from tracker.base.mail_addresses import address_key
from tracker.store.store import WorkspaceStore

_KEPT = timedelta(minutes=1)
_ACTIVE = timedelta(hours=2)
"""An address says nothing of a rep who used the console longer ago."""


class RepNetworks:
    """The public networks from which reps use the console now, by workspace; read once a minute. Two threads may use it at once."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._known: dict[str, tuple[datetime, frozenset[str]]] = {}

    def of(self, workspace: str) -> frozenset[str]:
        """Those of the sessions that were used in the last two hours."""
        now = self._deps.now()
        read_at, found = self._known.get(workspace, (None, frozenset[str]()))
        if read_at is None or not timedelta() <= now - read_at < _KEPT:
            found = frozenset(filter(None, map(public_network, self._deps.store.sessions.addresses_of(workspace, now - _ACTIVE))))
            self._known[workspace] = (now, found)
        return found


@lru_cache(maxsize=4096)
def public_network(address: str) -> str:
    """The public IPv4 address, or the /64 of an IPv6 address, as sessions keep it; empty for a private address or other text."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64)
    return str(parsed) if parsed.is_global else ""


def leads_of_team(store: WorkspaceStore, leads: Iterable[str]) -> frozenset[str]:
    """Those leads that have the email address of an active rep. Asks the store only if there are any leads."""
    names = set(leads)
    if not names:
        return frozenset()
    team = {address_key(rep.email) for rep in store.reps.active()}
    return frozenset(lead.id for lead in store.leads.own_by_ids(names).values() if address_key(lead.email) in team)
