"""Recomputing leads: day facts, score, stage, message engagement and alerts, from stored events. Called by workers.recompute.batch.

Safe to run twice and concurrently: everything is decided from what is stored, ids come from content, and a lead that
changed meanwhile is not overwritten.
"""

from dataclasses import asdict
from datetime import datetime, timedelta

import msgspec

from tracker.actions.activity.lead_contexts import LeadContext, load_contexts
from tracker.actions.activity.rule_books import load_book
from tracker.actions.deps import Deps
from tracker.base.metrics import SCORED
from tracker.domain.leads.lead import Derived
from tracker.domain.mail.message import Reaction
from tracker.domain.pipeline.move import Move, standing_stage
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.message_engagement import reactions_of, with_sealed
from tracker.rules.pipeline.contacts import contacts_of
from tracker.rules.scoring.daily_facts import is_by_lead, last_standing, totals
from tracker.rules.scoring.fit import profile_of
from tracker.rules.scoring.score import score_of, total_of
from tracker.rules.sources.touches import touch_entries, touch_of
from tracker.rules.stages import rule_moves
from tracker.store.core.run_parallel import run_parallel
from tracker.store.leads.leads import DerivedSave
from tracker.store.store import WorkspaceStore
from workers.recompute.alerts import AlertBatch
from workers.recompute.form_consent import record_form_consents, take_back_form_consents
from workers.recompute.hooks.records import write_hook_events
from workers.recompute.inquiries.records import decide_inquiries, follow_leads

DAY = timedelta(days=1)


def recompute_leads(deps: Deps, workspace: Workspace, store: WorkspaceStore, starts: dict[str, datetime]) -> bool:
    """Recomputes these leads, each because of events from the given moment on. False if one changed meanwhile."""
    sealed = workspace.sealed_before
    starts = {lead: max(start, sealed) for lead, start in starts.items()} if sealed else starts
    contexts = load_contexts(workspace, store, starts, load_book(workspace, store))
    now = deps.now()
    inquiries = decide_inquiries(workspace, store, contexts, now)
    alerts = AlertBatch(deps, workspace, store, inquiries.standing)
    saves, moves, facts = [], [], []
    reactions: dict[str, Reaction] = {}
    for context in contexts:
        made = rule_moves(context.messages, context.moves, workspace, workspace.stages[0].id)
        moves += [move for move in made if move not in context.moves]
        facts += context.to_store
        reactions |= _changed_reactions(context, sealed)
        save = _derived(context, workspace, made, now)
        saves.append(save)
        alerts.decide(context, save, list({move.id: move for move in [*context.moves, *made]}.values()))
    alerts.decide_companies(contexts, now)
    alerts.commit(now)
    store.facts.save(facts, [day for context in contexts for day in context.former])  # before the leads, whose stamps tell reports
    saved, *_ = run_parallel(
        lambda: store.leads.save_derived(saves),
        lambda: store.moves.save_rule_moves(moves, [move.id for context in contexts for move in context.moves]),
        lambda: store.messages.save_reactions(reactions),
        lambda: inquiries.save(store),
    )
    take_back_form_consents(deps, store, contexts)
    record_form_consents(deps, store, contexts)
    follow_leads(deps, contexts, inquiries)
    write_hook_events(deps, workspace, store, contexts, now)
    SCORED.inc(len(saves))
    return saved == len(saves)


def _changed_reactions(context: LeadContext, sealed: datetime | None) -> dict[str, Reaction]:
    known = {message.id: message.reaction for message in context.messages}
    found = reactions_of([*context.older, *context.events])
    if sealed:
        found = {key: with_sealed(known[key], reaction, sealed) for key, reaction in found.items() if key in known}
    return {message: reaction for message, reaction in found.items() if message in known and known[message] != reaction}


def _derived(context: LeadContext, workspace: Workspace, made: list[Move], now: datetime) -> DerivedSave:
    lead = context.lead
    # The clock of an edge on another host may be ahead of ours: its events count at once all the same.
    as_of = max([now, *(event.at for event in context.events[-1:])])
    score = score_of(lead, context.company, context.days, context.messages, workspace, as_of)
    before = total_of(lead, context.company, context.days, context.messages, workspace, as_of - DAY)
    seen = last_standing(context.days)
    last = next((e for e in reversed(context.events) if e.stands and is_by_lead(e) and not e.reader), None)
    derived = Derived(
        score=score.total,
        fit=score.fit,
        engagement=score.engagement,
        change=score.total - before,
        scored_at=now,
        quadrant=score.quadrant,
        profile=profile_of(lead, context.company),
        last_seen_at=last.at if last else seen,
        last_kind=last.kind.value if last else lead.derived.last_kind if seen else None,
        last_title=last.title if last else lead.derived.last_title if seen else None,
        last_url=last.url if last else lead.derived.last_url if seen else None,
    )
    contacts = contacts_of(context.notes, context.messages, context.days)
    first, last_touch = (touch_of(visit) for visit in context.visits) if context.visits else (None, None)
    derived = msgspec.structs.replace(
        derived,
        first_touch=first,
        last_touch=last_touch,
        touch_entries=touch_entries(first, last_touch),
        **totals(context.days),
        **asdict(contacts),
    )
    stage, since = _stage(context, workspace, made)
    return DerivedSave(lead=lead, derived=derived, stage=stage, stage_since=since)


def _stage(context: LeadContext, workspace: Workspace, made: list[Move]) -> tuple[str, datetime]:
    """The stage that follows from all moves, and since when."""
    lead = context.lead
    moves = {move.id: move for move in [*context.moves, *made]}.values()
    stage = standing_stage(moves, workspace.stages[0].id) if moves else lead.stage
    since = max((m.at for m in moves if not m.withdrawn and m.stage == stage), default=lead.stage_since or lead.created_at)
    return stage, since
