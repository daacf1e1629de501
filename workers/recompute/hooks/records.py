"""The events for webhooks that follow from a batch of recomputed leads. Called by workers.recompute.leads after everything is saved.

They are decided from what is stored, as alerts are: a batch that is repeated writes the same events, which exist already.
"""

from collections.abc import Sequence
from datetime import datetime

from tracker.actions.activity.lead_contexts import LeadContext
from tracker.actions.deps import Deps
from tracker.actions.hooks.outbox import Outbox
from tracker.domain.activity.visit import GAP
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.hooks.drafts import HookDraft, of_event, of_inquiry, of_lead, of_move, of_sale, of_task, of_visit, wanted
from tracker.store.activity.mark import Look
from tracker.store.store import WorkspaceStore

_LEADS = frozenset({"lead.created", "lead.changed"})
_VISITS = frozenset({"visit.started", "visit.ended"})
_SALES = frozenset({"sale.created", "sale.refunded"})
_TASKS = frozenset({"task.created", "task.done"})
_MOST = 500


def write_hook_events(deps: Deps, workspace: Workspace, store: WorkspaceStore, contexts: Sequence[LeadContext], now: datetime) -> None:
    """Writes what is missing. Reads nothing where no webhook exists. Raises PyMongoError."""
    outbox = Outbox(deps, workspace)
    if not outbox.types or not contexts:
        return
    drafts: list[HookDraft | None] = []
    former: list[HookDraft] = []
    leads = [context.lead.id for context in contexts]
    for context in contexts:
        _decide_events(context, outbox.types, drafts, former)
    _decide_records(workspace, store, leads, outbox.types, drafts, former)
    if outbox.types & _LEADS:
        drafts += [draft for lead in store.leads.by_ids(leads).values() for draft in of_lead(lead)]  # as they are now
    if outbox.types & _VISITS:
        drafts += _visits(deps, workspace, store, contexts, now)
    outbox.put(wanted(drafts, outbox.types), wanted(former, outbox.types))


def _decide_events(context: LeadContext, types: frozenset[str], drafts: list[HookDraft | None], former: list[HookDraft]) -> None:
    messages = {message.id: message for message in context.messages}
    for event in context.events:
        draft = of_event(event, messages.get(event.message or ""))
        if draft is not None and draft.type in types:
            (drafts if event.stands else former).append(draft)


def _decide_records(
    workspace: Workspace,
    store: WorkspaceStore,
    leads: Sequence[str],
    types: frozenset[str],
    drafts: list[HookDraft | None],
    former: list[HookDraft],
) -> None:
    """Moves, inquiries, sales and tasks; the first two may be taken back."""
    judged: list[tuple[HookDraft | None, bool]] = []
    if "lead.stage_moved" in types:  # with those that this batch made and took back
        judged += [(of_move(move, workspace), move.withdrawn) for move in store.moves.of_leads(leads)]
    if "inquiry.created" in types:
        found = store.inquiries.latest_of(leads, limit=_MOST)
        judged += [(of_inquiry(inquiry), inquiry.withdrawn_at is not None) for inquiry in found]
    for draft, is_former in judged:
        if draft is not None:
            (former if is_former else drafts).append(draft)
    if types & _SALES:
        drafts += [of_sale(sale) for sale in store.sales.latest_of(leads, limit=_MOST)]
    if types & _TASKS:
        drafts += [draft for task in store.tasks.latest_of(leads, limit=_MOST) for draft in of_task(task)]


def _visits(deps: Deps, workspace: Workspace, store: WorkspaceStore, contexts: Sequence[LeadContext], now: datetime) -> list[HookDraft]:
    """Those of leads with events of a browser. A visit that is not over is looked at again when it may be."""
    leads = [context.lead.id for context in contexts if any(event.visitor for event in context.events)]
    since = min((context.start for context in contexts), default=now) - 2 * GAP
    visits = [visit for visit in store.visits.latest_of(leads, limit=_MOST) if visit.ended_at >= since] if leads else []
    ends = [(visit, visit.ended_at + GAP) for visit in visits if visit.lead and visit.ended_at + GAP > now]
    deps.store.dirty.look_again(Look(workspace.id, "lead", visit.lead or "", visit.started_at, due) for visit, due in ends)
    return [draft for visit in visits for draft in of_visit(visit, now)]
