"""Deciding whose opens and clicks of a lead's mail are: the lead's, or someone else's. Called by `decide`.

The rule needs all messages of the lead. They are read only if the messages at hand may show another reader, or if one is stored.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from tracker.domain.activity.event import OTHER_READER, Event, Verdict
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.identity import Claim
from tracker.rules.readers.decide import may_have_other_reader, other_readings
from tracker.rules.verdicts.networks import Networks
from tracker.store.store import WorkspaceStore
from workers.recompute.verdicts.message_evidence import MessageRows


@dataclass(slots=True)
class ReaderChanges:
    """What follows from the decision."""

    events: dict[str, Event] = field(default_factory=dict)
    """The opens and clicks whose reader changed, as they are now."""
    claims: list[Claim] = field(default_factory=list)
    """All claims on the clicks that were decided."""

    @property
    def readers(self) -> dict[str, str | None]:
        """The new readers by event."""
        return {name: event.reader for name, event in self.events.items()}


def decide_readers(
    workspace: Workspace, store: WorkspaceStore, networks: Networks, rows: MessageRows, verdicts: Mapping[str, Verdict]
) -> ReaderChanges:
    """The readers that differ from the stored ones. In the demo, every address is the same machine's: nothing is decided."""
    by_lead: dict[str, list[Event]] = {}
    for event in _judged((e for events in rows.events.values() for e in events), verdicts):
        if event.lead and event.message:
            by_lead.setdefault(event.lead, []).append(event)
    if not by_lead or workspace.is_demo:
        return ReaderChanges()
    known = store.events.leads_with_other_readers(by_lead)
    leads = [lead for lead, events in by_lead.items() if lead in known or may_have_other_reader(events, networks)]
    return _decided(workspace, store, networks, leads, verdicts) if leads else ReaderChanges()


def _decided(
    workspace: Workspace, store: WorkspaceStore, networks: Networks, leads: Iterable[str], verdicts: Mapping[str, Verdict]
) -> ReaderChanges:
    sealed = workspace.sealed_before
    # Of messages from before, the first events may be deleted: their readers stay as they are.
    briefs = [b for b in store.messages.briefs_of_leads(leads) if not sealed or (b.sent_at and b.sent_at >= sealed)]
    events = _judged(store.events.of_messages(brief.id for brief in briefs), verdicts)
    claims, changes = store.claims.on_clicks(event.id for event in events), ReaderChanges()
    browsers = _first_browsers(claims)
    by_lead: dict[str, list[Event]] = {}
    for event in events:
        by_lead.setdefault(event.lead or "", []).append(event)
    for own in by_lead.values():
        others = other_readings(own, browsers, networks)
        for event in own:
            reader = OTHER_READER if event.id in others else None
            if reader != event.reader:
                changes.events[event.id] = msgspec.structs.replace(event, reader=reader)
    changes.claims = claims
    return changes


def _judged(events: Iterable[Event], verdicts: Mapping[str, Verdict]) -> list[Event]:
    """The events with their newest verdicts."""
    return [msgspec.structs.replace(e, verdict=verdicts[e.id]) if e.id in verdicts else e for e in events]


def _first_browsers(claims: Iterable[Claim]) -> dict[str, str]:
    """By click: the browser that presented its landing token first."""
    found: dict[str, str] = {}
    for claim in sorted(claims, key=lambda each: each.order):
        found.setdefault(claim.click, claim.visitor)
    return found
