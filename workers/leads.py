"""Recounting leads: facts, score, stage, reactions and alerts, from stored events. Called by workers.recount.

Safe to run twice and beside itself: everything is decided from what is stored, ids come from content, and a lead that
changed meanwhile is not saved over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from tracker.actions.deps import Deps
from tracker.base.metrics import SCORED
from tracker.domain.events import Event, EventKind, Verdict
from tracker.domain.leads import Company, Derived, Lead
from tracker.domain.messages import MessageBrief, Reaction
from tracker.domain.scores import DayFacts
from tracker.domain.stages import Move, standing_stage
from tracker.domain.visits import Dwell
from tracker.domain.workspaces import Workspace
from tracker.rules.alerting.words import zone_of
from tracker.rules.reactions import reactions_of, with_sealed
from tracker.rules.scoring.course import Course
from tracker.rules.scoring.facts import BY_LEAD, day_of, first_day, last_standing, totals
from tracker.rules.scoring.score import score_of, total_of
from tracker.rules.stages import rule_moves
from tracker.rules.verdicts.repeats import judged
from tracker.store.leads import DerivedSave
from tracker.store.stores import WorkspaceStore
from tracker.store.together import together
from workers.alerts import AlertBatch

MARGIN = timedelta(days=1)
"""Events are read from a day before the first dirty one, so that an episode across midnight is whole."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LeadFile:
    """Everything the decisions about one lead need. `events` are those since `since`; `past` the facts of earlier days."""

    lead: Lead
    company: Company | None
    start: datetime
    since: datetime
    events: list[Event]
    past: list[DayFacts]
    fresh: list[DayFacts]
    former: list[DayFacts]
    """All day facts as they were kept."""
    messages: list[MessageBrief]
    moves: list[Move]
    dwells: dict[tuple[str, str], Dwell]
    verdicts: dict[str, Verdict]
    """New verdicts of some of the events, which have them already."""
    course: Course
    """The day facts along `events`, with those of the days before `since`."""
    before: list[DayFacts]
    """The days before `since`."""
    older: list[Event]
    """Opens and clicks before `since` of messages that were opened or clicked again since."""

    @property
    def days(self) -> list[DayFacts]:
        """All day facts as they are now."""
        return [*self.past, *self.fresh]


def recount_leads(deps: Deps, workspace: Workspace, store: WorkspaceStore, starts: dict[str, datetime]) -> bool:
    """Recounts these leads, each because of events from the given moment on; false if one changed meanwhile."""
    sealed = workspace.sealed_before
    files = open_files(workspace, store, {lead: max(start, sealed) for lead, start in starts.items()} if sealed else starts)
    now = deps.now()
    alerts = AlertBatch(deps, workspace, store)
    saves, moves, facts = [], [], []
    verdicts: dict[str, Verdict] = {}
    reactions: dict[str, Reaction] = {}
    for file in files:
        made = rule_moves(file.lead.id, file.messages, file.moves, workspace, workspace.stages[0].name)
        moves += [move for move in made if move not in file.moves]
        facts += file.fresh
        verdicts |= file.verdicts
        reactions |= _changed_reactions(file, sealed)
        save = _derived(file, workspace, made, now)
        saves.append(save)
        alerts.decide(file, save)
    alerts.commit(now)
    store.events.judge(verdicts)
    saved, *_ = together(
        lambda: store.leads.save_derived(saves),
        lambda: store.facts.save(facts, [day for file in files for day in file.former]),
        lambda: store.moves.save_rule_moves(moves, [move.id for file in files for move in file.moves]),
        lambda: store.messages.save_reactions(reactions),
    )
    SCORED.inc(len(saves))
    return saved == len(saves)


def open_files(workspace: Workspace, store: WorkspaceStore, starts: dict[str, datetime]) -> list[LeadFile]:
    """Reads what the leads' decisions need, all leads together, one query a collection, what can be asked for at once at once."""
    zone = zone_of(workspace.timezone)
    leads = store.leads.by_ids(starts)
    sealed = workspace.sealed_before
    sinces = {lead: _midnight(starts[lead], zone) - MARGIN for lead in leads}
    first = first_day(workspace, zone)
    if sealed:
        # Before that there may be no events any more; the facts of those days are complete. Of the first day after, all are read.
        sinces = {lead: since if day_of(since, zone, first) > first else sealed for lead, since in sinces.items()}
    happened, kept, briefs, moved = together(
        lambda: store.events.of_leads_since(sinces),
        lambda: store.facts.of_leads(leads),
        lambda: store.messages.briefs_of_leads(leads),
        lambda: store.moves.of_leads(leads),
    )
    events = _by_lead(happened)
    messages: dict[str, list[MessageBrief]] = {}
    for brief in briefs:
        messages.setdefault(brief.lead, []).append(brief)
    moves: dict[str, list[Move]] = {}
    for move in moved:
        moves.setdefault(move.lead, []).append(move)
    older, dwells, companies = together(
        lambda: _older(store, sinces, events),
        lambda: store.dwell.of((e.visitor, e.page) for e in happened if e.visitor and e.page),
        lambda: store.companies.by_ids({lead.company_id for lead in leads.values() if lead.company_id}),
    )
    found = []
    for key, lead in leads.items():
        own = events.get(key, [])
        sent = {message.id: message.sent_at for message in messages.get(key, [])}
        verdicts = judged(own, sent, workspace.sealed_before, is_demo=workspace.is_demo)
        own = [msgspec.structs.replace(e, verdict=verdicts[e.id]) if e.id in verdicts else e for e in own] if verdicts else own
        day = first if sealed and starts[key] <= sealed else day_of(starts[key], zone, first)
        before = [facts for facts in kept[key] if facts.day < day_of(sinces[key], zone, first)]
        course = Course(key, before, own, zone, workspace.policy, first)
        rebuilt = [facts for facts in course.days if facts.day >= day]
        gone = {facts.day for facts in kept[key] if facts.day >= day} - {facts.day for facts in rebuilt}
        found.append(
            LeadFile(
                lead=lead,
                company=companies.get(lead.company_id or ""),
                start=starts[key],
                since=sinces[key],
                events=own,
                past=[facts for facts in kept[key] if facts.day < day],
                fresh=[*rebuilt, *(DayFacts(lead=key, day=one, counts={}) for one in gone)],
                former=kept[key],
                messages=messages.get(key, []),
                moves=moves.get(key, []),
                dwells=dwells,
                verdicts=verdicts,
                course=course,
                before=before,
                older=older.get(key, []),
            )
        )
    return found


def _midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _by_lead(events: list[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.lead or "", []).append(event)
    return found


def _older(store: WorkspaceStore, sinces: dict[str, datetime], events: dict[str, list[Event]]) -> dict[str, list[Event]]:
    touched: dict[str, str] = {
        e.message: lead for lead, own in events.items() for e in own if e.message and e.kind in (EventKind.OPEN, EventKind.CLICK)
    }
    found: dict[str, list[Event]] = {}
    for event in store.events.of_messages(touched):
        lead = touched[event.message or ""]
        if event.at < sinces[lead]:
            found.setdefault(lead, []).append(event)
    return found


def _changed_reactions(file: LeadFile, sealed: datetime | None) -> dict[str, Reaction]:
    known = {message.id: message.reaction for message in file.messages}
    found = reactions_of([*file.older, *file.events])
    if sealed:
        found = {key: with_sealed(known[key], reaction, sealed) for key, reaction in found.items() if key in known}
    return {message: reaction for message, reaction in found.items() if message in known and known[message] != reaction}


def _derived(file: LeadFile, workspace: Workspace, made: list[Move], now: datetime) -> DerivedSave:
    lead = file.lead
    # An edge on another host may have a clock that is ahead of ours: what it has seen counts at once all the same.
    as_of = max([now, *(event.at for event in file.events[-1:])])
    score = score_of(lead, file.company, file.days, file.messages, workspace, as_of)
    before = total_of(lead, file.company, file.days, file.messages, workspace, as_of - DAY)
    last = next((e for e in reversed(file.events) if e.stands and e.kind in BY_LEAD), None)
    counted = totals(file.days)
    derived = Derived(
        score=score.total,
        fit=score.fit,
        engagement=score.engagement,
        change=score.total - before,
        scored_at=now,
        quadrant=score.quadrant,
        last_seen_at=last.at if last else last_standing(file.days),
        last_kind=last.kind.value if last else lead.derived.last_kind,
        last_title=last.title if last else lead.derived.last_title,
        last_url=last.url if last else lead.derived.last_url,
        **counted,
    )
    all_moves = {move.id: move for move in [*file.moves, *made]}.values()
    stage = standing_stage(all_moves, workspace.stages[0].name) if all_moves else lead.stage
    since = max((m.at for m in all_moves if not m.withdrawn and m.stage == stage), default=lead.stage_since or lead.created_at)
    return DerivedSave(lead=lead, derived=derived, stage=stage, stage_since=since)
