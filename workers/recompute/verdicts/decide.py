"""Deciding verdicts, readers and the kinds of sent forms: the first step of a batch, before identity. Called by workers.recompute.batch.

A verdict is a function of all that is stored about its message, or about its browser's visit. Safe to repeat: what follows from a
changed verdict is marked before the verdict is saved.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import redis
from msgspec.structs import replace

from tracker.actions.deps import Deps
from tracker.domain.activity.event import Event, EventKind, Verdict
from tracker.domain.workspace.workspace import Workspace
from tracker.live_bus import event_payload
from tracker.rules.identity import Claim, is_test
from tracker.rules.verdicts.classify import changed, classify
from tracker.rules.verdicts.pages import VisitorEvidence, classify_pages, next_look
from tracker.rules.verdicts.reasons import RULES_VERSION
from tracker.store.activity.mark import Look, Mark
from tracker.store.store import WorkspaceStore
from workers.recompute.identity import rep_browsers
from workers.recompute.inquiries.senders import SentInquiry, sent_inquiries
from workers.recompute.verdicts.form_kinds import changed_form_kinds
from workers.recompute.verdicts.message_evidence import MessageRows, evidence_of, load_message_rows
from workers.recompute.verdicts.page_rows import VISIT, PageRows, load_page_rows, shifted
from workers.recompute.verdicts.ranges import joined, visitor_ranges
from workers.recompute.verdicts.readers import decide_readers
from workers.recompute.visit_history import BEGINNING, END, Range

_WINDOW = timedelta(minutes=1)
"""Opens and clicks so close to a marked one may get another verdict by it."""
_CLOCK_SKEW = timedelta(seconds=1)
_HOLD_REACH = timedelta(minutes=1)
_MAIL_KINDS = frozenset({EventKind.OPEN, EventKind.CLICK})


@dataclass(slots=True)
class VerdictChanges:
    """What follows from changed verdicts."""

    leads: dict[str, datetime] = field(default_factory=dict)
    """The first moment concerned, by lead."""
    visitors: dict[str, Range] = field(default_factory=dict)
    """The browsers to recompute: their clicks or pages have another verdict."""
    claimed: list[Mark] = field(default_factory=list)
    """The marks of further leads whose events were decided too."""
    inquiries: list[SentInquiry] = field(default_factory=list)
    """The inquiries in the browsers that were decided, as they are now."""


def recompute_verdicts(deps: Deps, workspace: Workspace, store: WorkspaceStore, marks: Collection[Mark]) -> VerdictChanges:
    """Decides the verdicts that the marks may have changed, and saves those that differ."""
    starts: dict[str, datetime] = {}
    for mark in marks:
        if mark.kind == "lead":
            starts[mark.subject] = min(starts.get(mark.subject, END), mark.start)
    ranges = visitor_ranges(marks)
    touched, claims, claimed = _touched(deps, store, starts, ranges)
    rows = load_message_rows(deps, workspace, store, touched, ranges)
    now = deps.now()
    verdicts, looks = _message_verdicts(deps, workspace, rows, now)
    own = {event.id: event for events in rows.events.values() for event in events}
    found = changed(own.values(), verdicts)
    readers = decide_readers(workspace, store, deps.networks, rows, verdicts)
    rebound = _visitors_of(found, rows.claims)
    mail = {name: replace(own[name], verdict=verdict) for name, verdict in verdicts.items()}
    visits = _visits(deps, workspace, rows, (ranges, rebound), [*claims, *rows.claims], mail)
    own |= visits.events
    found |= changed(visits.events.values(), visits.verdicts)
    kinds = changed_form_kinds(store, visits.events.values(), workspace.sealed_before)
    if workspace.sealed_before:
        found = {name: verdict for name, verdict in found.items() if own[name].at >= workspace.sealed_before}
    now_are = {name: replace(own[name], verdict=verdict, rules_version=RULES_VERSION) for name, verdict in found.items()}
    now_are |= {name: replace(now_are.get(name, event), reader=event.reader) for name, event in readers.events.items()}
    now_are |= {name: replace(now_are.get(name, own[name]), form_kind=kind) for name, kind in kinds.items()}
    changes = _changes(now_are.values(), joined(rebound, _visitors_of(readers.events, readers.claims)))
    changes.claimed = claimed
    changes.inquiries = sent_inquiries({name: now_are.get(name, event) for name, event in visits.events.items()}.values())
    _mark(deps, workspace.id, changes, starts.keys(), ranges.keys())
    deps.store.dirty.look_again([*looks, *visits.looks])
    store.events.reclassify(found, RULES_VERSION)
    store.events.set_readers(readers.readers)
    store.events.set_form_kinds(kinds)
    _publish(deps, workspace.id, list(now_are.values()))
    return changes


def _touched(
    deps: Deps, store: WorkspaceStore, starts: dict[str, datetime], ranges: Mapping[str, Range]
) -> tuple[list[Event], list[Claim], list[Mark]]:
    """The opens and clicks around the marked moments, and the clicks that brought the marked browsers, with their claims.

    The marks of the leads of these clicks are claimed before the events are read, and added to `starts`.
    """
    claims = store.claims.of_visitors(ranges) if ranges else []
    near = [c for c in claims if shifted(ranges[c.visitor][0], -VISIT) <= c.at <= ranges[c.visitor][1]]
    clicks = store.events.by_ids({claim.click for claim in near})
    claimed = deps.store.dirty.claim_leads(store.workspace, {e.lead for e in clicks if e.lead} - starts.keys(), deps.now())
    for mark in claimed:
        starts[mark.subject] = mark.start
    events = store.events.of_leads_since({lead: shifted(start, -_WINDOW) for lead, start in starts.items()}, _MAIL_KINDS)
    found = {event.id: event for event in [*clicks, *events]}.values()
    return [e for e in found if e.kind in _MAIL_KINDS and e.is_from_mail], near, claimed


def _message_verdicts(deps: Deps, workspace: Workspace, rows: MessageRows, now: datetime) -> tuple[dict[str, Verdict], list[Look]]:
    """The verdicts by event, and the looks to take later."""
    verdicts: dict[str, Verdict] = {}
    looks = []
    is_https = deps.settings.edge_url.startswith("https:")
    for key, events in rows.events.items():
        as_of = _as_of(events, now)
        classified = classify(evidence_of(key, rows, workspace, as_of, is_https=is_https), deps.networks)
        verdicts |= classified.verdicts
        lead = next((event.lead for event in events if event.lead), None)
        if classified.look_again_at and lead:
            moment = max(event.at for event in events) - _HOLD_REACH
            looks.append(Look(workspace.id, "lead", lead, moment, now + (classified.look_again_at - as_of)))
    return verdicts, looks


def _as_of(events: Iterable[Event], now: datetime) -> datetime:
    """The moment at which these events are looked at. Where an edge's clock is far ahead of ours, their holds are over at once."""
    newest = max(event.at for event in events)
    return max(now, newest) if newest - now < _CLOCK_SKEW else newest + _HOLD_REACH


def _visitors_of(found: Collection[str], claims: Iterable[Claim]) -> dict[str, Range]:
    """The browsers that followed clicks whose verdicts or readers changed."""
    ranges: dict[str, Range] = {}
    for claim in claims:
        if claim.click in found:
            start, end = ranges.get(claim.visitor, (claim.at, claim.at))
            ranges[claim.visitor] = (min(start, claim.at), max(end, claim.at))
    return ranges


class _Visits(NamedTuple):
    """The decided page events, their verdicts by event, and the looks to take later."""

    events: dict[str, Event]
    verdicts: dict[str, Verdict]
    looks: list[Look]


def _visits(
    deps: Deps,
    workspace: Workspace,
    rows: MessageRows,
    ranges: tuple[Mapping[str, Range], Mapping[str, Range]],
    claims: Collection[Claim],
    mail: Mapping[str, Event],
) -> _Visits:
    """The verdicts on what the browsers did around their marks and around clicks whose verdicts changed.

    `mail` are opens and clicks with their verdicts. Of browsers that became or no longer are a rep's, everything is decided.
    """
    store = deps.store.of(workspace.id)
    near = joined(*ranges)
    reps = rep_browsers(store, near.keys(), claims, mail)
    every = dict.fromkeys(reps.reread, (BEGINNING, END))
    site = rows.pages.joined(load_page_rows(store, (), every)) if every else rows.pages
    pages = site.of(near.keys() | every.keys())
    verdicts, looks = _page_verdicts(deps, workspace, site, pages, mail, reps.own, deps.now())
    return _Visits({event.id: event for events in pages.values() for event in events}, verdicts, looks)


def _page_verdicts(
    deps: Deps,
    workspace: Workspace,
    site: PageRows,
    pages: Mapping[str, list[Event]],
    mail: Mapping[str, Event],
    reps: Collection[str],
    now: datetime,
) -> tuple[dict[str, Verdict], list[Look]]:
    """The verdicts by page event, and the looks to take later. `mail` are opens and clicks with their verdicts, `reps` reps' browsers."""
    unknown = {event.landing for own in pages.values() for event in own if event.landing} - mail.keys()
    brought = {**mail, **{click.id: click for click in deps.store.of(workspace.id).events.by_ids(unknown)}}
    labels = {click: event.verdict.label for click, event in brought.items()}
    tests = frozenset(event.id for event in brought.values() if is_test(event)) if reps else frozenset[str]()
    found: dict[str, Verdict] = {}
    looks: list[Look] = []
    for visitor, own in pages.items():
        evidence = VisitorEvidence(
            events=tuple(own),
            inputs={e.page: dwell.inputs for e in own if e.page and (dwell := site.dwells.get((visitor, e.page)))},
            brought=labels,
            pinned={event.id: event.correction for event in own if event.correction},
            is_own=visitor in reps,
            tests=tests,
            as_of=_as_of(own, now),
            is_demo=workspace.is_demo,
        )
        found |= classify_pages(evidence, deps.networks)
        if due := next_look(evidence, deps.networks):
            looks.append(Look(workspace.id, "visitor", visitor, own[-1].at, now + (due - evidence.as_of)))
    return found, looks


def _changes(changed_events: Iterable[Event], rebound: dict[str, Range]) -> VerdictChanges:
    changes = VerdictChanges(visitors=dict(rebound))
    for event in changed_events:
        if event.lead:
            changes.leads[event.lead] = min(changes.leads.get(event.lead, END), event.at)
        if event.visitor:
            changes.visitors = joined(changes.visitors, {event.visitor: (event.at, event.at)})
    return changes


def _mark(
    deps: Deps,
    workspace: str,
    changes: VerdictChanges,
    leads: Collection[str],
    visitors: Collection[str],
) -> None:
    """Marks what this batch does not hold already: if the process is killed after the verdicts are saved, nothing else says what is due."""
    marks = [(workspace, "lead", lead, at) for lead, at in changes.leads.items() if lead not in leads]
    marks += [(workspace, "visitor", name, start) for name, (start, _) in changes.visitors.items() if name not in visitors]
    if marks:
        deps.store.dirty.mark_many(marks)
        deps.wake.live()


def _publish(deps: Deps, workspace: str, events: list[Event]) -> None:
    """A changed verdict is told as the same event again."""
    try:
        if events:
            deps.bus.publish_many(workspace, [event_payload(event) for event in events])
    except (redis.RedisError, OSError):
        return
