"""The inquiries of a batch of leads: made of their events, withdrawn with them, and answered by the company's first contact.

Called by workers.recompute.leads before alerts are decided, because these say when an answer is due.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tracker.actions.activity.lead_contexts import LeadContext
from tracker.actions.deps import Deps
from tracker.actions.inquiries.record import inquiry_of
from tracker.actions.inquiries.withdrawn import follow_inquiry
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.inquiries.clock import answer_of
from tracker.rules.pipeline.contacts import INQUIRIES, contacts_by_company
from tracker.store.store import WorkspaceStore


@dataclass(slots=True)
class InquiryChanges:
    """What is to be stored, and the standing inquiries by id."""

    standing: dict[str, Inquiry] = field(default_factory=dict)
    new: list[Inquiry] = field(default_factory=list)
    changed: list[tuple[Inquiry, dict[str, Any]]] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    """The ids of those that do not stand."""

    def save(self, store: WorkspaceStore) -> None:
        """Stores the differences."""
        if self.new or self.changed:
            store.inquiries.keep(self.new, self.changed)


def follow_leads(deps: Deps, contexts: Iterable[LeadContext], found: InquiryChanges) -> None:
    """Archives the leads that only a withdrawn inquiry made, and restores those whose inquiry stands again."""
    for context in contexts:
        made = context.lead.made_by
        if made is None or context.notes or context.messages:
            continue
        stands = any(one.lead in context.ids for one in found.standing.values())
        if stands or made.inquiry in found.withdrawn:
            follow_inquiry(deps, context.lead, stands=stands)


def decide_inquiries(workspace: Workspace, store: WorkspaceStore, contexts: Iterable[LeadContext], now: datetime) -> InquiryChanges:
    """The inquiries of these leads, as their events and contacts have them. Reads nothing where no lead ever inquired."""
    found = InquiryChanges()
    concerned = [context for context in contexts if _has_inquired(context)]
    if not concerned:
        return found
    sent = {event.id: event for context in concerned for event in context.events if _counts(event, context.ids)}
    stored = {one.id: one for one in store.inquiries.of_leads(context.lead.id for context in concerned)}
    stored |= store.inquiries.by_ids(sent.keys() - stored.keys())
    zones = _zones(workspace, store, {one.owner for one in stored.values()} | {context.lead.owner for context in concerned})
    forms = store.forms.by_ids({event.form for event in sent.values() if event.form and event.id not in stored})
    for context in concerned:
        lead = context.lead
        own = {
            one.id: one for one in stored.values() if one.lead in context.ids and (one.id not in sent or sent[one.id].lead in context.ids)
        }
        fresh = [event for event in context.events if event.id in sent and event.id not in own]
        for event in fresh:
            made = inquiry_of(workspace, lead, event, forms.get(event.form or ""), zones[lead.owner], now)
            own[event.id] = stored.get(event.id) or msgspec.structs.replace(made, lead=event.lead or lead.id)
        _decide(found, context, list(own.values()), {event.id for event in fresh} - stored.keys(), (workspace, zones, sent, now))
    return found


def _decide(
    found: InquiryChanges,
    context: LeadContext,
    own: list[Inquiry],
    new: set[str],
    given: tuple[Workspace, Mapping[str | None, ZoneInfo], Mapping[str, Event], datetime],
) -> None:
    """Whether each inquiry of the lead stands, and how it was answered. What was read before `since` stays as it is."""
    workspace, zones, sent, now = given
    since = max(context.since, workspace.sealed_before) if workspace.sealed_before else context.since
    contacts = contacts_by_company(context.notes, context.messages)
    for one in own:
        withdrawn = one.withdrawn_at if one.at < since or one.is_imported else None if one.id in sent else one.withdrawn_at or now
        values = {
            "lead": (sent[one.id].lead if one.id in sent else None) or one.lead,
            "withdrawn_at": withdrawn,
            **answer_of(one, contacts, workspace, zones[one.owner]),
        }
        after = msgspec.structs.replace(one, **values)
        if withdrawn is None:
            found.standing[one.id] = after
        else:
            found.withdrawn.add(one.id)
        if one.id in new:
            found.new.append(after)
        elif after != one:
            found.changed.append((one, values))


def _has_inquired(context: LeadContext) -> bool:
    days = (*context.former, *context.fresh)
    return any(name in day.counts for day in days for name in INQUIRIES) or any(event.is_inquiry for event in context.events)


def _counts(event: Event, ids: Collection[str]) -> bool:
    """Whether the lead in person sent it."""
    return event.is_inquiry and event.stands and event.reader is None and event.lead in ids


def _zones(workspace: Workspace, store: WorkspaceStore, owners: Iterable[str | None]) -> Mapping[str | None, ZoneInfo]:
    wanted = set(owners)
    reps = store.reps.by_ids({owner for owner in wanted if owner})
    return {owner: zone_of(reps[owner].timezone if owner in reps else None, workspace.timezone) for owner in wanted}
