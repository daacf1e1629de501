"""Client fingerprints: agents and headers are stored once and cached."""

from tracker.base.clock import utc_now
from tracker.domain.activity.event import Event, EventKind
from tracker.rules.verdicts.first import PERSON
from tracker.store.activity.client_fingerprints import ClientFingerprints
from tracker.store.activity.event_codec import fingerprint_of
from tracker.store.core.cache import BoundedCache
from tracker.store.core.repository import Connection


def event(agent: str) -> Event:
    now = utc_now()
    return Event(id="a" * 32, workspace="b" * 16, kind=EventKind.OPEN, at=now, received=now, verdict=PERSON, agent=agent)


def test_a_small_cache_does_not_change_the_result(deps):
    """An entry that the cache drops during the query is still returned."""
    events = [event(f"agent {number}") for number in range(6)]
    fingerprints = ClientFingerprints(Connection(deps.store.database, deps.store.keyring, BoundedCache(3)))
    fingerprints.save(events)
    fingerprints.find({fingerprint_of(events[0])})

    found = fingerprints.find({fingerprint_of(one) for one in events})
    assert {agent for agent, _ in found.values()} == {one.agent for one in events}
