"""Events and evidence for tests of verdicts: one message, a browser of a person, a scanner."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.scenarios.addresses import networks
from tests.scenarios.browsers import NEWEST, brands, chromium, navigation
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.rules.verdicts.classify import Classified, classify
from tracker.rules.verdicts.evidence import Landing, MessageEvidence

SENT = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOME, CLOUD, EOP, VENDOR, RELAY = "198.51.7.20", "3.70.1.2", "40.94.34.9", "209.222.82.7", "172.225.170.4"
CHROME, HEADERS = chromium(NEWEST), navigation("en-US,en;q=0.9", hints=brands(NEWEST))
SITE = "https://www.acme.test"


def event(seconds: float, kind: EventKind = EventKind.CLICK, **more: Any) -> Event:
    """A click of a complete browser, so many seconds after sending."""
    at = SENT + timedelta(seconds=seconds)
    values = {"agent": CHROME, "headers": HEADERS, "address": HOME, "link": 1, "url": f"{SITE}/1", "message": "m", "lead": "l"}
    values = values | {"id": f"{kind.value}{seconds}-{more.get('link', 1)}"} | more
    return Event(workspace="w", kind=kind, at=at, received=at, verdict=Verdict(Label.UNKNOWN, 0), **values)


def evidence(*events: Event, after: float = 86400, **more: Any) -> MessageEvidence:
    """All that is known of the message `after` seconds from its last event."""
    as_of = max((e.at for e in events), default=SENT) + timedelta(seconds=after)
    return MessageEvidence(events=events, **{"as_of": as_of, "sent_at": SENT, "is_https": True} | more)


def classified(*events: Event, after: float = 86400, **more: Any) -> Classified:
    """The verdicts on these events."""
    return classify(evidence(*events, after=after, **more), networks())


def verdict(*events: Event, after: float = 86400, **more: Any) -> Verdict:
    """The verdict of the last of these events."""
    return classified(*events, after=after, **more).verdicts[events[-1].id]


def landing(click: Event, inputs: int | None = 0, **more: Any) -> dict[str, Landing]:
    """What the browser did that followed the click, for ten seconds."""
    seen = {"first_view_at": click.at + timedelta(seconds=1), "last_at": click.at + timedelta(seconds=11)} | more
    return {click.id: Landing(inputs=inputs, **seen)}
