"""What automations are decided from, loaded for many leads at once; and which leads an automation has to look at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from tracker.actions.assignment.assign import Assigner
from tracker.actions.deps import Deps
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event
from tracker.domain.leads.company import Company
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.automation import AutomationContent, AutomationTrigger
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.score import DayFacts
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.automations.lead_then import ScorePast, needs_score
from tracker.rules.automations.starts import MOST_REPEATS, AutomationSubject
from tracker.rules.conditions.entries import day_entry
from tracker.rules.conditions.fields import CUSTOM
from tracker.rules.pipeline.contacts import contact_times, contacts_by_company, response_times
from tracker.rules.pipeline.today import BY_NAME, stages_of
from tracker.rules.scoring.daily_facts import STANDING
from tracker.rules.scoring.rules import rules_of
from tracker.rules.sources.names import present_names
from tracker.store.merged_ids import as_asked
from tracker.store.pipeline.automation_leads import CONTACT, CREATED, SEEN, STAGED, AutomationLeads

_T = AutomationTrigger
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_CLOSED = timedelta(days=8)
"""The longest time between working hours."""
_SLACK = timedelta(hours=26)
"""A start follows its anchor by up to a day more than `number` days, and an hour where a clock changes."""
_BY_EVENTS: Mapping[AutomationTrigger, tuple[str, ...]] = {
    _T.OPEN: ("opened",),
    _T.CLICK: ("clicked",),
    _T.VIEW: ("page_view",),
    _T.FORM: ("form", "consultation_form"),
    _T.REPLY: ("reply",),
}
"""The scoring rules that tell of each kind of activity."""
MOST_LEADS = 20_000
_SALES = 200


@dataclass(frozen=True, slots=True)
class AutomationWorld:
    """What all leads of a workspace share."""

    workspace: Workspace
    reps: Mapping[str, Rep]
    """Active ones, by id."""
    sources: Mapping[str, str]
    assigner: Assigner
    """Takes turns."""
    named: Mapping[str, str]
    """The names of templates, webhooks and sequences, by id."""

    @property
    def admin(self) -> str | None:
        """The admin who has been there longest."""
        found = sorted((rep.created_at, rep.id) for rep in self.reps.values() if rep.role is Role.ADMIN)
        return found[0][1] if found else None


def load_world(deps: Deps, workspace: Workspace) -> AutomationWorld:
    """Reads it once for all automations."""
    here = deps.store.of(workspace.id)
    named = {template.id: template.name for template in here.templates.briefs()}
    named |= {hook.id: hook.name for hook in here.hooks.all()} | {one.id: one.name for one in here.sequences.all()}
    reps = {rep.id: rep for rep in here.reps.active()}
    return AutomationWorld(workspace, reps, present_names(here.sources.all()), Assigner(deps, workspace), named)


def load_histories(
    deps: Deps, world: AutomationWorld, leads: Iterable[str], content: AutomationContent, after: datetime
) -> list[AutomationSubject]:
    """The histories of those leads that exist, with one query for each collection, as the content needs them for starts after `after`."""
    here, is_scored = deps.store.of(world.workspace.id), needs_score(content)
    known = here.leads.by_ids(here.leads.kept_ids(leads).values())
    ids = list(known)
    briefs = as_asked(here.messages.briefs_of_leads(ids), here.leads.ids_with_merged(ids))
    notes, messages, facts = _by_lead(here.notes.of_leads(ids)), _by_lead(briefs), here.facts.of_leads(ids)
    events = _events(deps, world, ids, after - _SLACK) if is_scored or content.trigger in _BY_EVENTS else {}
    companies = here.companies.by_ids({lead.company_id for lead in known.values() if lead.company_id}) if is_scored else {}
    moves, sales = _by_lead(here.moves.of_leads(ids)), _by_lead(here.sales.of_leads(ids))
    return [
        AutomationSubject(
            lead=lead,
            zone=zone_of(owner.timezone if (owner := world.reps.get(lead.owner or "")) else None, world.workspace.timezone),
            moves=tuple(moves.get(key, ())),
            contacts=tuple(contact_times(notes.get(key, ()), messages.get(key, ()), facts[key])),
            ours=tuple(contact.at for contact in contacts_by_company(notes.get(key, ()), messages.get(key, ()))),
            responses=tuple(response_times(notes.get(key, ()), facts[key])),
            activity=_activity(world, facts[key], notes.get(key, ()), events.get(key, ())),
            sales={sale.id: sale.created_at for sale in sales.get(key, ()) if not sale.is_imported and sale.refund_of is None},
            past=_past(companies.get(lead.company_id or ""), facts[key], messages.get(key, ()), events.get(key, ())) if is_scored else None,
        )
        for key, lead in known.items()
    ]


def _past(company: Company | None, days: Sequence[DayFacts], messages: Sequence[MessageBrief], events: Sequence[Event]) -> ScorePast:
    return ScorePast(company=company, days=days, messages=messages, events=events)


def _events(deps: Deps, world: AutomationWorld, leads: Sequence[str], since: datetime) -> dict[str, list[Event]]:
    """What counts of these leads since that moment, in canonical order."""
    found, here = dict[str, list[Event]](), deps.store.of(world.workspace.id)
    ids = here.leads.ids_with_merged(leads)
    for event in here.events.of_leads_since(dict.fromkeys(ids, since)):
        if event.lead and event.stands and not event.is_imported:
            found.setdefault(ids[event.lead], []).append(event)
    return found


def _activity(
    world: AutomationWorld, days: Sequence[DayFacts], notes: Iterable[Note], events: Iterable[Event]
) -> dict[AutomationTrigger, tuple[datetime, ...]]:
    found: dict[AutomationTrigger, list[datetime]] = {}
    for event in events:
        names = {rule.name for rule in rules_of(event, world.workspace.policy)}
        for trigger, wanted in _BY_EVENTS.items():
            if not names.isdisjoint(wanted):
                found.setdefault(trigger, []).append(event.at)
    times = {trigger: tuple(sorted(moments)) for trigger, moments in found.items()}
    quiet = tuple(day.counts[STANDING].last_at for day in days if STANDING in day.counts)
    meetings = tuple(note.at for note in notes if note.kind == "meeting" and not note.is_imported)
    return times | {_T.QUIET: quiet, _T.MEETING: meetings}


def candidates(deps: Deps, workspace: Workspace, content: AutomationContent, after: datetime, until: datetime) -> list[str]:
    """The leads for which it may start in this range, and some more; `MOST_LEADS` at most of each kind."""
    leads, here = AutomationLeads(deps.store.database, workspace.id), deps.store.of(workspace.id)
    stages = [content.text] if content.text else [stage.id for stage in workspace.stages]
    found: list[str] = []
    match content.trigger:
        case _T.STAGE:
            found = [move.lead for move in here.moves.since(after)]
        case _T.SALE:
            found = [sale.lead for sale in here.sales.page(limit=_SALES).items if sale.created_at > after]
        case _T.DATE:
            first, last = ((moment - content.number * _DAY).date() for moment in (after - _SLACK, until + _SLACK))
            field = f"{CUSTOM}{content.text}"
            found = leads.with_entry(day_entry(field, first.isoformat()), day_entry(field, (last + _DAY).isoformat()), limit=MOST_LEADS)
        case _T.UNCONTACTED | _T.UNANSWERED:
            low, high = after - content.number * _HOUR - _CLOSED, until - content.number * _HOUR
            if content.trigger is _T.UNCONTACTED:
                found = leads.new_in(stages_of(BY_NAME["new"], workspace), low, high, limit=MOST_LEADS)
            else:
                found = leads.waiting_in(stages_of(BY_NAME["no_response"], workspace), low, high, limit=MOST_LEADS)
        case _T.NO_CONTACT | _T.QUIET | _T.IN_STAGE:
            for turn in range(1, MOST_REPEATS + 1 if content.repeats else 2):
                low, high = (moment - turn * content.number * _DAY for moment in (after - _SLACK, until + _SLACK))
                found += _anchored(leads, content.trigger, low, high, stages)
        case trigger:
            field = CREATED if trigger is _T.CREATED else CONTACT if trigger is _T.MEETING else SEEN
            found = leads.timed(field, after, until + _DAY, limit=MOST_LEADS)
    return list(dict.fromkeys(found))


def _anchored(leads: AutomationLeads, trigger: AutomationTrigger, low: datetime, high: datetime, stages: Sequence[str]) -> list[str]:
    if trigger is _T.IN_STAGE:
        return [
            *leads.timed(STAGED, low, high, stages=stages, limit=MOST_LEADS),
            *leads.timed(CREATED, low, high, stages=stages, limit=MOST_LEADS),
        ]
    fields = (CONTACT, CREATED) if trigger is _T.NO_CONTACT else (CONTACT, SEEN, CREATED)
    return [lead for field in fields for lead in leads.timed(field, low, high, limit=MOST_LEADS)]


def newest_leads(deps: Deps, workspace: Workspace, limit: int) -> list[str]:
    """The leads that were added last, without archived ones."""
    return AutomationLeads(deps.store.database, workspace.id).newest(limit)


class _RowOfLead(Protocol):
    @property
    def lead(self) -> str: ...


_Row = TypeVar("_Row", bound=_RowOfLead)


def _by_lead(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.lead, []).append(row)
    return found
