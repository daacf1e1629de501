"""Export of one lead: everything that is stored about it, as builtin values for JSON. Called by API and console."""

from collections.abc import Iterator
from typing import Any

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.merging.merge import merged_leads
from tracker.domain.activity.event import Event
from tracker.store.store import WorkspaceStore

_PAGE = 1_000
FORMAT = 1


def lead_export(deps: Deps, workspace: str, lead: str) -> dict[str, Any]:
    """The lead's profile, those of leads merged with it, and all records about them, oldest first where they have a time. Raises NotFound.

    Copies of messages to other persons are left out, with their addresses, and alerts that name other leads.
    """
    here = deps.store.of(workspace)
    found = here.leads.get(lead)
    alerts = [alert for alert in here.alerts.latest(lead=lead, limit=0) if not alert.others]
    deliveries = here.deliveries.of_alerts(alert.id for alert in alerts)
    return {
        "format": FORMAT,
        "exported_at": deps.now().isoformat(),
        "lead": plain(found),
        "company": plain(here.companies.find(found.company_id)) if found.company_id else None,
        "merged": [plain(one) for one in merged_leads(deps, found)],
        "consents": [plain(row) for one in here.leads.ids_below(found.id) for row in here.consents.of_lead(one, limit=0)[::-1]],
        "messages": [plain(message) for message in here.messages.of_leads([lead]) if message.envelope.copy_to is None],
        "conversations": [plain(one) for one in here.conversations.of_lead(lead, limit=0)[::-1]],
        "links": [plain(link) for link in here.shares.of_lead(lead, limit=0)[::-1]],
        "events": [plain(event) for event in _events(here, lead)],
        "visits": [plain(visit) for visit in here.dwell.fill(here.visits.of_lead(lead, limit=0)[::-1])],
        "browsers": [plain(visitor) for visitor in here.visitors.of_lead(lead)],
        "notes": [plain(note) for note in here.notes.of_lead(lead, limit=0)[::-1]],
        "inquiries": [plain(inquiry) for inquiry in here.inquiries.of_lead(lead, limit=0)[::-1]],
        "tasks": [plain(task) for task in here.tasks.of_lead(lead, limit=0)[::-1]],
        "sales": [plain(sale) for sale in here.sales.of_lead(lead, limit=0)[::-1]],
        "moves": [plain(move) for move in here.moves.of_lead(lead)],
        "source_changes": [plain(change) for change in here.source_history.of_lead(lead, limit=0)[::-1]],
        "days": [plain(day) for day in here.facts.of_leads([lead])[lead]],
        "alerts": [plain(alert) for alert in alerts[::-1]],
        "deliveries": [plain(row) for alert in alerts[::-1] for row in deliveries[alert.id]],
    }


def plain(value: object) -> Any:
    """The value as JSON types, without the workspace, which is the same for all."""
    found = msgspec.to_builtins(value)
    if isinstance(found, dict):
        found.pop("workspace", None)
    return found


def _events(here: WorkspaceStore, lead: str) -> Iterator[Event]:
    after = None
    while found := here.events.of_lead(lead, after=after, limit=_PAGE):
        yield from found
        after = found[-1].at, found[-1].id
