"""Conversion of captures to events, claims and dwell times. Pure. Called by workers.drain.store_batch."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from tracker.actions.team.own_addresses import public_network
from tracker.base.clock import from_ms, to_ms
from tracker.base.errors import Malformed
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.event import Event, EventKind, Verdict
from tracker.domain.activity.own_browser import REP_ADDRESS, marked_at
from tracker.domain.activity.visit import Dwell
from tracker.domain.activity.visitor import Visitor
from tracker.domain.mail.message import MessageBrief
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.forms.guess import guess
from tracker.rules.forms.identity import FormIdentity, identity_of
from tracker.rules.identity import Claim, device_of
from tracker.rules.verdicts.first import PERSON, first_verdict
from tracker.rules.verdicts.networks import Networks, shipped_networks
from tracker.rules.verdicts.reasons import RULES_VERSION

EVENT_KINDS = {
    CaptureKind.OPEN: EventKind.OPEN,
    CaptureKind.CLICK: EventKind.CLICK,
    CaptureKind.VIEW: EventKind.VIEW,
    CaptureKind.PAGE_CLICK: EventKind.CLICK,
    CaptureKind.SUBMIT: EventKind.SUBMIT,
    CaptureKind.DOWNLOAD: EventKind.DOWNLOAD,
    CaptureKind.UNSUBSCRIBE: EventKind.UNSUBSCRIBE,
}
HEARTBEAT_KINDS = frozenset({CaptureKind.BEAT, CaptureKind.LEAVE})

FRESH = timedelta(minutes=10)
"""Of older opens and clicks, the networks that reps use now say nothing."""

_MIN_MS, _MAX_MS = to_ms(datetime.min.replace(tzinfo=UTC)), to_ms(datetime(9999, 12, 31, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class References:
    """The stored records that a workspace's captures refer to."""

    workspace: Workspace
    messages: dict[str, MessageBrief]
    share_leads: dict[str, str]
    visitors: dict[str, Visitor]
    now: datetime | None = None
    is_https: bool = False
    """Whether the edge is reached by https."""
    networks: Networks = field(default_factory=shipped_networks)
    team: frozenset[str] = frozenset()
    """Of the leads of captures with a rep's mark, those that have the address of a rep."""
    trials: frozenset[str] = frozenset()
    """Share links that set-up made for a rep who tries it."""
    rep_networks: frozenset[str] = frozenset()
    """Public networks from which reps use the console at `now`."""


def validated(capture: Capture) -> Capture:
    """The same capture. Raises Malformed if MongoDB could not store it."""
    try:
        bytes.fromhex(capture.workspace)
        for key in (capture.id, capture.message, capture.share, capture.landing, capture.rep):
            if key is not None and len(bytes.fromhex(key)) != 16:  # noqa: PLR2004 - a UUID's length
                raise Malformed("bad_id")
    except ValueError as error:
        raise Malformed("bad_value") from error
    if not (_MIN_MS <= capture.at <= _MAX_MS and _MIN_MS <= capture.received <= _MAX_MS):
        raise Malformed("bad_value")
    if capture.workspace and len(capture.workspace) != 16:  # noqa: PLR2004 - hex digits of a workspace
        raise Malformed("bad_id")
    return capture


def event_of(capture: Capture, sequence: str, references: References) -> Event:
    """The event of a capture whose kind is in EVENT_KINDS, with its first verdict and, if known, its lead."""
    at, kind = from_ms(capture.at), EVENT_KINDS[capture.kind]
    received = at if capture.received == capture.at else from_ms(capture.received)
    event = Event(
        id=capture.id,
        workspace=capture.workspace,
        kind=kind,
        at=at,
        received=received,
        sequence=sequence,
        verdict=PERSON,
        lead=lead_of(capture, at, references),
        reader=_reader_of(capture, at, references),
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
        text=capture.text,
        fields=capture.fields,
        landing=capture.landing,
        landing_at=from_ms(capture.landing_at) if capture.landing_at is not None else None,
        address=capture.address,
        agent=capture.agent,
        headers=capture.headers,
        signs=_signs_of(capture, kind, references),
        rep=capture.rep,
        rules_version=RULES_VERSION,
    )
    return msgspec.structs.replace(event, verdict=_verdict_of(event, references))


def form_identity_of(capture: Capture) -> FormIdentity | None:
    """The form that the capture sent, if it sent one."""
    return identity_of(capture.url, capture.target, capture.form) if capture.kind is CaptureKind.SUBMIT and capture.site else None


def with_form(event: Event, identity: FormIdentity) -> Event:
    """The event with its form and the guessed kind."""
    return msgspec.structs.replace(event, form=identity.key(event.site or ""), form_kind=guess(identity))


def _verdict_of(event: Event, references: References) -> Verdict:
    message = references.messages.get(event.message or "")
    visitor = references.visitors.get(event.visitor or "")
    return first_verdict(
        event,
        references.networks,
        as_of=references.now,
        sent_at=message.sent_at if message else None,
        is_demo=references.workspace.is_demo,
        is_https=references.is_https,
        is_own=(visitor is not None and visitor.is_own_at(event.at)) or marked_at(event.landing or "") is not None,
        is_test=event.lead in references.team or event.share in references.trials,
    )


def _signs_of(capture: Capture, kind: EventKind, references: References) -> tuple[str, ...]:
    """The signs of the capture, and whether a fresh open or click came from where a rep uses the console at this time."""
    if not references.rep_networks or capture.visitor or kind not in (EventKind.OPEN, EventKind.CLICK):
        return capture.signs
    if references.now is None or references.now - from_ms(capture.received) > FRESH:
        return capture.signs
    return (*capture.signs, REP_ADDRESS) if public_network(capture.address) in references.rep_networks else capture.signs


def lead_of(capture: Capture, at: datetime, references: References) -> str | None:
    """The lead of a known visitor, else of the message, else of the share link."""
    if capture.visitor and (visitor := references.visitors.get(capture.visitor)):
        return visitor.lead_at(at)
    message = references.messages.get(capture.message or "")
    return message.lead if message else references.share_leads.get(capture.share or "")


def _reader_of(capture: Capture, at: datetime, references: References) -> str | None:
    """Of a page event: `other` if the browser is someone else's with the lead's mail. Of opens and clicks it is decided later."""
    visitor = references.visitors.get(capture.visitor or "")
    return visitor.reader_at(at) if visitor else None


def claims_of(events: list[Event]) -> list[Claim]:
    """Which browsers presented which landing tokens, whatever the verdicts are: identity binds only through clicks that stand."""
    return [
        Claim(event=e.id, visitor=e.visitor, click=e.landing, at=e.at, device=device_of(e.agent, e.address))
        for e in events
        if e.landing and e.visitor
    ]


def dwells_of(captures: list[Capture]) -> list[Dwell]:
    """Active time, scroll depth and inputs of page views. Views are included, since they may carry all of them."""
    return [
        Dwell(
            visitor=c.visitor,
            page=c.page,
            active_ms=c.active_ms or 0,
            scroll=c.scroll or 0,
            last_at=from_ms(c.at),
            inputs=c.inputs,
            input_ms=c.input_ms,
        )
        for c in captures
        if c.visitor and c.page and (c.kind in HEARTBEAT_KINDS or not (c.active_ms is c.scroll is c.inputs is None))
    ]
