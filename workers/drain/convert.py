"""Captures read: what a row of the spool says, as event, claim and dwell, with what the store knows of the things it names. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tracker.base.clock import from_ms, to_ms
from tracker.base.errors import Malformed
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import Dwell
from tracker.domain.activity.visitor import Visitor
from tracker.domain.mail.message import MessageBrief
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.identity import Claim
from tracker.rules.verdicts.first import RequestFacts, first_verdict

KINDS = {
    CaptureKind.OPEN: EventKind.OPEN,
    CaptureKind.CLICK: EventKind.CLICK,
    CaptureKind.VIEW: EventKind.VIEW,
    CaptureKind.PAGE_CLICK: EventKind.CLICK,
    CaptureKind.SUBMIT: EventKind.SUBMIT,
    CaptureKind.DOWNLOAD: EventKind.DOWNLOAD,
    CaptureKind.UNSUBSCRIBE: EventKind.UNSUBSCRIBE,
}
BEATS = frozenset({CaptureKind.BEAT, CaptureKind.LEAVE})

_FIRST_MS, _LAST_MS = to_ms(datetime.min.replace(tzinfo=UTC)), to_ms(datetime(9999, 12, 31, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of the things a workspace's captures name."""

    workspace: Workspace
    messages: dict[str, MessageBrief]
    share_leads: dict[str, str]
    visitors: dict[str, Visitor]


def checked(capture: Capture) -> Capture:
    """Raises Malformed for what MongoDB could not keep."""
    try:
        bytes.fromhex(capture.workspace)
        for key in (capture.id, capture.message, capture.share, capture.landing):
            if key is not None and len(bytes.fromhex(key)) != 16:  # noqa: PLR2004 - a UUID's length
                raise Malformed("bad_id")
    except ValueError as error:
        raise Malformed("bad_value") from error
    if not (_FIRST_MS <= capture.at <= _LAST_MS and _FIRST_MS <= capture.received <= _LAST_MS):
        raise Malformed("bad_value")
    if capture.workspace and len(capture.workspace) != 16:  # noqa: PLR2004 - hex digits of a workspace
        raise Malformed("bad_id")
    return capture


def event_of(capture: Capture, sequence: str, known: Known) -> Event:
    """The event that a capture of one of KINDS tells, with its first verdict and, where known, its lead."""
    message = known.messages.get(capture.message or "")
    at, kind = from_ms(capture.at), KINDS[capture.kind]
    received = at if capture.received == capture.at else from_ms(capture.received)
    lead = message.lead if message else known.share_leads.get(capture.share or "")
    if capture.visitor and (visitor := known.visitors.get(capture.visitor)):
        lead = visitor.lead_at(at)
    facts = RequestFacts(
        kind=kind,
        agent=capture.agent,
        headers=capture.headers,
        at=at,
        sent_at=message.sent_at if message else None,
        is_demo=known.workspace.is_demo,
    )
    return Event(
        id=capture.id,
        workspace=capture.workspace,
        kind=kind,
        at=at,
        received=received,
        sequence=sequence,
        verdict=first_verdict(facts),
        lead=lead,
        message=capture.message,
        share=capture.share,
        link=capture.link,
        url=capture.url,
        site=capture.site,
        visitor=capture.visitor,
        page=capture.page,
        title=capture.title,
        referrer=capture.referrer,
        target=capture.target,
        fields=capture.fields,
        landing=capture.landing,
        landing_at=from_ms(capture.landing_at) if capture.landing_at is not None else None,
        address=capture.address,
        agent=capture.agent,
        headers=capture.headers,
    )


def claims_of(events: list[Event]) -> list[Claim]:
    """Which browsers showed which landing tokens."""
    return [Claim(event=e.id, visitor=e.visitor, click=e.landing, at=e.at) for e in events if e.landing and e.visitor and e.stands]


def dwells_of(captures: list[Capture]) -> list[Dwell]:
    """What all rows together say of each page view; views count too, since they may carry times of their own."""
    return [
        Dwell(visitor=c.visitor, page=c.page, active_ms=c.active_ms or 0, scroll=c.scroll or 0, last_at=from_ms(c.at))
        for c in captures
        if c.visitor and c.page and (c.kind in BEATS or c.active_ms is not None or c.scroll is not None)
    ]
