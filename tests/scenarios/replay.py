"""Plays an episode through the rules as workers do: evidence grows with each arrival, holds end, loud alerts stand or are withdrawn."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from tests.scenarios.addresses import networks
from tests.scenarios.language import NOON, SITE, Act, Episode, Step
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.alerting.alert import Priority
from tracker.domain.workspace.workspace import Policy
from tracker.links.urls import origin
from tracker.rules.alerting.episodes import episodes_of
from tracker.rules.alerting.rules import LeadHistory, decide
from tracker.rules.identity import Claim, Span, identities, spans
from tracker.rules.verdicts.classify import Classified, classify
from tracker.rules.verdicts.evidence import Landing, MessageEvidence, Probe, ProbeKind, Recipient
from tracker.rules.verdicts.pages import VisitorEvidence, classify_pages

PROCESSING = timedelta(milliseconds=50)
"""From a request to the recomputation that includes it."""
LANDED = timedelta(minutes=30)
"""How long after a click its landing page counts."""
AFTERWARDS = timedelta(days=1)
LEAD, MESSAGE = "lead", "message"
_KINDS = {act: EventKind(act) for act in (Act.OPEN, Act.CLICK, Act.VIEW, Act.SUBMIT, Act.DOWNLOAD)}
_UNDECIDED = Verdict(Label.UNKNOWN, 0.0)


@dataclass(frozen=True)
class State:
    """What follows from the steps that have arrived by a moment."""

    verdicts: Mapping[str, Verdict]
    loud: frozenset[str]
    """The events that cause a loud alert."""
    standing: tuple[Event, ...]
    """Events of the lead that count."""
    look_again_at: datetime | None


@dataclass(frozen=True)
class Outcome:
    """All that an episode led to."""

    episode: Episode
    raised: Mapping[str, datetime]
    """By causing event: when a loud alert was first raised, also if it was withdrawn later."""
    final: State
    first_seen: Mapping[str, Verdict] = field(default_factory=dict)


def replay(episode: Episode) -> Outcome:
    """Plays the whole episode."""
    arrivals = sorted({moment(step.at) + PROCESSING for step in episode.steps})
    queue, raised, seen = list(arrivals), {}, set()
    heapq.heapify(queue)
    while queue:
        now = heapq.heappop(queue)
        if now in seen:
            continue
        seen.add(now)
        state = state_at(episode, now)
        for cause in state.loud:
            raised.setdefault(cause, now)
        if state.look_again_at is not None and state.look_again_at > now:
            heapq.heappush(queue, state.look_again_at)
    final = state_at(episode, max(arrivals) + AFTERWARDS)
    for cause in final.loud:
        raised.setdefault(cause, max(arrivals) + AFTERWARDS)
    return Outcome(episode, raised, final)


def state_at(episode: Episode, as_of: datetime, order: Callable[[list[Step]], list[Step]] = list) -> State:
    """The state at a moment; `order` is the order in which the steps arrived."""
    steps = order([step for step in episode.steps if moment(step.at) <= as_of])
    events = {step.id: _event(step) for step in steps if step.is_event}
    classified = _mail_verdicts(episode, steps, events, as_of)
    verdicts = dict(classified.verdicts)
    for visitor in {step.visitor for step in steps if step.visitor}:
        verdicts |= _page_verdicts(episode, [step for step in steps if step.visitor == visitor], events, verdicts, as_of)
    decided = [msgspec.structs.replace(event, verdict=verdicts[event.id]) for event in events.values()]
    standing = tuple(event for event in sorted(_bound(decided), key=lambda event: event.order) if event.stands)
    drafts = decide(episodes_of(LEAD, standing, {}, None), LeadHistory(), Policy())
    loud = frozenset(draft.cause.id for draft in drafts if draft.priority is Priority.LOUD)
    return State(verdicts, loud, standing, classified.look_again_at)


def moment(seconds: float) -> datetime:
    """The moment so many seconds after sending, to the millisecond."""
    return NOON + timedelta(milliseconds=round(seconds * 1000))


def _event(step: Step) -> Event:
    is_mail = step.act in (Act.OPEN, Act.CLICK)
    return Event(
        id=step.id,
        workspace="w",
        kind=_KINDS[step.act],
        at=moment(step.at),
        received=moment(step.at),
        verdict=_UNDECIDED,
        lead=LEAD if is_mail else None,
        message=MESSAGE if is_mail else None,
        link=step.link,
        url=step.url,
        visitor=step.visitor or None,
        page=step.page,
        landing=step.click,
        address=step.client.address,
        agent=step.client.agent,
        headers=dict(step.headers),
        signs=step.signs,
    )


def _mail_verdicts(episode: Episode, steps: Iterable[Step], events: Mapping[str, Event], as_of: datetime) -> Classified:
    steps = list(steps)
    kinds = {Act.HEAD: ProbeKind.HEAD, Act.REFUSED: ProbeKind.REFUSED}
    return classify(
        MessageEvidence(
            events=tuple(event for event in events.values() if event.is_from_mail),
            as_of=as_of,
            sent_at=NOON if episode.is_sent_known else None,
            probes=tuple(Probe(kinds[s.act], moment(s.at), s.client.address, s.client.agent) for s in steps if s.act in kinds),
            landings=_landings(steps, events),
            recipient=Recipient(domain="customer.test", scans=episode.scans, scan_profile=episode.profile),
            live_clicks=frozenset(e.id for e in events.values() if episode.is_live and origin(e.url or "") == SITE),
            rep_addresses=episode.rep_addresses,
            pinned=episode.pinned,
            is_demo=episode.is_demo,
            is_https=episode.is_https,
        ),
        networks(),
    )


def _landings(steps: list[Step], events: Mapping[str, Event]) -> dict[str, Landing]:
    found: dict[str, Landing] = {}
    for click in {step.click for step in steps if step.click in events}:
        seen = sorted((s for s in steps if s.click == click), key=lambda s: (s.at, s.id))
        start = events[click].at
        own = [s for s in seen if s.visitor == seen[0].visitor and moment(s.at) - start <= LANDED]
        if not any(s.act is Act.VIEW for s in own):
            continue
        found[click] = Landing(
            first_view_at=moment(next(s.at for s in own if s.act is Act.VIEW)),
            pages=len({s.page for s in own if s.act is Act.VIEW}),
            inputs=_inputs(own),
            submitted=any(s.act is Act.SUBMIT and "trusted" in s.signs for s in own),
            signs=frozenset(sign for s in own for sign in s.signs),
            last_at=moment(own[-1].at),
        )
    return found


def _inputs(steps: Iterable[Step]) -> int | None:
    by_page = _inputs_by_page(steps)
    return sum(by_page.values()) if by_page else None


def _inputs_by_page(steps: Iterable[Step]) -> dict[str, int]:
    found: dict[str, int] = {}
    for step in steps:
        if step.page and step.inputs is not None:
            found[step.page] = max(found.get(step.page, 0), step.inputs)
    return found


def _page_verdicts(
    episode: Episode, steps: list[Step], events: Mapping[str, Event], mail: Mapping[str, Verdict], as_of: datetime
) -> dict[str, Verdict]:
    own = tuple(events[step.id] for step in steps if step.id in events)
    if not own:
        return {}
    brought = {step.click: mail[step.click].label for step in steps if step.click in mail}
    evidence = VisitorEvidence(
        events=own, inputs=_inputs_by_page(steps), brought=brought, pinned=episode.pinned, as_of=as_of, is_demo=episode.is_demo
    )
    return classify_pages(evidence, networks())


def _bound(events: list[Event]) -> list[Event]:
    """The events with the leads to which their browsers are bound."""
    by_id = {event.id: event for event in events}
    claims = [Claim(event=e.id, visitor=e.visitor, click=e.landing, at=e.at) for e in events if e.visitor and e.landing in by_id]
    visitors = {event.visitor for event in events if event.visitor}
    known = {name: spans(identity.bindings) for name, identity in identities(visitors, claims, by_id).items()}
    return [msgspec.structs.replace(e, lead=_lead_at(e, known[e.visitor])) if e.visitor else e for e in events]


def _lead_at(event: Event, bound: list[Span]) -> str | None:
    return next((s.lead for s in bound if (not s.start or event.at >= s.start) and (not s.end or event.at < s.end)), None)
