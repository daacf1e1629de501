"""Recounting leads: facts, score, stage, reactions and alerts, from stored events. Called by workers.recompute.run.

Safe to run twice and beside itself: everything is decided from what is stored, ids come from content, and a lead that
changed meanwhile is not saved over.
"""

from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.base.metrics import SCORED
from tracker.domain.activity.event import Verdict
from tracker.domain.leads.lead import Derived
from tracker.domain.mail.message import Reaction
from tracker.domain.pipeline.move import Move, standing_stage
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.message_engagement import reactions_of, with_sealed
from tracker.rules.scoring.daily_facts import BY_LEAD, last_standing, totals
from tracker.rules.scoring.score import score_of, total_of
from tracker.rules.stages import rule_moves
from tracker.store.core.run_parallel import together
from tracker.store.leads.leads import DerivedSave
from tracker.store.store import WorkspaceStore
from workers.recompute.alerts import AlertBatch
from workers.recompute.context import LeadContext, load_contexts

DAY = timedelta(days=1)


def recount_leads(deps: Deps, workspace: Workspace, store: WorkspaceStore, starts: dict[str, datetime]) -> bool:
    """Recounts these leads, each because of events from the given moment on; false if one changed meanwhile."""
    sealed = workspace.sealed_before
    files = load_contexts(workspace, store, {lead: max(start, sealed) for lead, start in starts.items()} if sealed else starts)
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


def _changed_reactions(file: LeadContext, sealed: datetime | None) -> dict[str, Reaction]:
    known = {message.id: message.reaction for message in file.messages}
    found = reactions_of([*file.older, *file.events])
    if sealed:
        found = {key: with_sealed(known[key], reaction, sealed) for key, reaction in found.items() if key in known}
    return {message: reaction for message, reaction in found.items() if message in known and known[message] != reaction}


def _derived(file: LeadContext, workspace: Workspace, made: list[Move], now: datetime) -> DerivedSave:
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
