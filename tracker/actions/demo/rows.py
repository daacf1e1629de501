"""Saves a demo history to the store and marks it for the workers. Called by actions.demo.demo."""

from collections.abc import Iterable

from tracker.actions.deps import Deps
from tracker.base.mail_addresses import mailbox_key
from tracker.demo_data.people import LEADS, address
from tracker.demo_data.values import History
from tracker.domain.activity.event import Event
from tracker.domain.leads.lead import Lead


def save(deps: Deps, workspace: str, history: History) -> None:
    """Saves every record, then marks leads and visitors for the workers. Raises Conflict if records exist."""
    store = deps.store.of(workspace)
    store.reps.add_many(history.reps)
    store.companies.add_many(history.companies)
    store.leads.add_many(history.leads)
    store.messages.add_many(history.messages)
    store.moves.add_many(history.moves)
    store.notes.add_many(history.notes)
    store.tasks.add_many(history.tasks)
    store.sales.add_many(history.sales)
    store.dwell.raise_to(history.dwells)
    store.claims.add(history.claims)
    store.events.add_many(history.events)
    mark(deps, workspace, history.events, history.leads)


def mark(deps: Deps, workspace: str, events: Iterable[Event], leads: Iterable[Lead], *, queue: str = "live") -> None:
    """Marks the leads, and the leads and visitors of the events, as dirty."""
    marks = [(workspace, "lead", lead.id, lead.created_at) for lead in leads]
    for event in events:
        if event.lead:
            marks.append((workspace, "lead", event.lead, event.at))
        if event.visitor:
            marks.append((workspace, "visitor", event.visitor, event.at))
    deps.store.dirty.mark_many(marks, queue=queue)
    (deps.wake.live if queue == "live" else deps.wake.bulk)()


def leads_in_order(deps: Deps, workspace: str) -> list[Lead]:
    """The demo's leads in the order of `LEADS`, which starts with the most active ones."""
    found = deps.store.of(workspace).leads.by_emails(address(lead) for lead in LEADS)
    return [found[mailbox_key(address(lead))] for lead in LEADS if mailbox_key(address(lead)) in found]
