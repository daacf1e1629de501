"""The evidence around a message: everything that a verdict on its opens and clicks may read. Pure values; loaded by workers."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from tracker.domain.activity.event import Event

_LEAST_SLACK = 5.0
"""Seconds around the delays of earlier scans."""


class ProbeKind(StrEnum):
    """A request that is no event but tells of a machine."""

    HEAD = "head"
    REFUSED = "refused"


class Probe(msgspec.Struct, frozen=True, gc=False):
    """A HEAD request, or a request whose token was refused although it still names the message."""

    kind: ProbeKind
    at: datetime
    address: str
    agent: str = ""


class Landing(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser that followed a click did on the site during the next half hour.

    `inputs` is None where the snippet did not report inputs: missing evidence is no sign of a machine.
    """

    first_view_at: datetime
    pages: int = 1
    inputs: int | None = None
    """Trusted pointer, key, touch and wheel events."""
    submitted: bool = False
    """Whether a form was sent by a trusted submit."""
    signs: frozenset[str] = frozenset()
    last_at: datetime
    """The last sign of the browser."""


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the recipient's mail domain. `scans` is None where its mail exchanger is unknown."""

    domain: str = ""
    scans: bool | None = None
    scan_profile: "ScanProfile | None" = None


class ScanProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What settled verdicts say of one recipient domain's scanner (see `learning`). Delays in seconds after sending."""

    messages: int = 0
    """Messages with settled verdicts."""
    scanned: int = 0
    """Of these, messages that a machine opened or clicked."""
    earliest: float = 0.0
    latest: float = 0.0
    """The delays between which nine of ten machine requests arrived."""
    networks: frozenset[str] = frozenset()
    """`/24` or `/48` prefixes of its requests."""
    families: frozenset[str] = frozenset()
    """Agent families of its requests."""

    def matches(self, delay: float, network: str, family: str) -> int:
        """How many of the three are as in earlier scans. Few scans show less than the whole range of delays, so it is taken wider."""
        slack = max(_LEAST_SLACK, self.latest / 4)
        is_in_time = self.earliest - slack <= delay <= self.latest + slack
        return is_in_time + (network in self.networks) + (family in self.families)


class MessageEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that reached us about one message (or one share link)."""

    events: tuple[Event, ...]
    """Its opens and clicks, in any order."""
    as_of: datetime
    """When the evidence was read: what may still come is no sign until its time is over."""
    sent_at: datetime | None = None
    probes: tuple[Probe, ...] = ()
    landings: Mapping[str, Landing] = {}
    """By click: what the first browser that followed it did."""
    recipient: Recipient = Recipient()
    live_clicks: frozenset[str] = frozenset()
    """Clicks to a site whose snippet had reported a view in the day before."""
    rep_addresses: frozenset[str] = frozenset()
    """Public addresses from which reps used the console. Empty for test mails."""
    is_test: bool = False
    """Whether it was sent to one of the reps: the mark of a rep's browser says nothing then."""
    pinned: Mapping[str, str] = {}
    """By event: `person`, `machine` or `me`, as a rep corrected it."""
    is_demo: bool = False
    is_https: bool = False
    """Whether the edge is reached by https, where every browser sends fetch metadata."""
