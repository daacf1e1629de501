"""Keeping a history: the demo's values go where real ones go, and workers derive the rest. Called by actions.demo.demo."""

from collections.abc import Iterable

from tracker.actions.deps import Deps
from tracker.demo_data.people import PARTS, address
from tracker.demo_data.values import History
from tracker.domain.activity.event import Event
from tracker.domain.leads.lead import Lead


def keep(deps: Deps, workspace: str, history: History) -> None:
    """Keeps every record, then marks the leads and visitors for the workers. Raises Conflict where some exist already."""
    here = deps.store.of(workspace)
    here.reps.add_many(history.reps)
    here.companies.add_many(history.companies)
    here.leads.add_many(history.leads)
    here.messages.add_many(history.messages)
    here.moves.add_many(history.moves)
    here.notes.add_many(history.notes)
    here.tasks.add_many(history.tasks)
    here.sales.add_many(history.sales)
    here.dwell.raise_to(history.dwells)
    here.claims.add(history.claims)
    here.events.add_many(history.events)
    mark(deps, workspace, history.events, history.leads)


def mark(deps: Deps, workspace: str, events: Iterable[Event], leads: Iterable[Lead], *, queue: str = "live") -> None:
    """Marks whom these events are about, and every lead, so that scores, visits, stages and reactions follow."""
    marks = [(workspace, "lead", lead.id, lead.created_at) for lead in leads]
    for event in events:
        if event.lead:
            marks.append((workspace, "lead", event.lead, event.at))
        if event.visitor:
            marks.append((workspace, "visitor", event.visitor, event.at))
    deps.store.dirty.mark_many(marks, queue=queue)
    (deps.wake.live if queue == "live" else deps.wake.bulk)()


def leads_in_order(deps: Deps, workspace: str) -> list[Lead]:
    """The leads of the cast in the order in which it lists them: those with the best stories first."""
    found = deps.store.of(workspace).leads.by_emails(address(part) for part in PARTS)
    return [found[address(part)] for part in PARTS if address(part) in found]
