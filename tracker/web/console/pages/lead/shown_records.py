"""Tasks, sales, notes and possible duplicates as the lead page shows them. Called by page.py; records.py edits them."""

from typing import Any

from flask import request

from tracker.actions.leads.duplicates import find_same, person_of
from tracker.base.ids import id_of
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.note import Note
from tracker.store.store import WorkspaceStore
from tracker.web.console.auth import current_user, deps
from tracker.web.console.pages.lead.contacts import REMINDERS
from tracker.web.console.pages.lead.move_form import missing_fields
from tracker.web.console.pages.lead.sale_words import INTERVALS
from tracker.web.console.text.duplicate_text import same_words

_NOTES = 1_000
_FINISHED = 5


def shown_records(lead: Lead, store: WorkspaceStore) -> dict[str, Any]:
    """Tasks and sales, what moving the lead asks for, and leads that may be the same person."""
    workspace = current_user().workspace
    missing = missing_fields(workspace, lead.fields)
    return {
        "tasks": store.tasks.open_of_lead(lead.id),
        "finished": [task for task in store.tasks.of_lead(lead.id) if task.done_at][:_FINISHED],
        **_sales(lead, store),
        "same": find_same(deps(), workspace, person_of(lead), current_user().scope),
        "same_words": same_words,
        "missing": missing,
        "reminders": REMINDERS,
        "asking": {stage for one in missing for stage in one.stages},
        "ask_next": "email" if request.args.get("next") == "email" else "",
    }


def _sales(lead: Lead, store: WorkspaceStore) -> dict[str, Any]:
    """The sales of the lead, those of which something may be paid back, and the intervals of recurring ones."""
    found = store.sales.of_lead(lead.id)
    return {
        "sales": found,
        "refundable": [(sale.id, f"{sale.product}, {sale.sold_on:%-d %b %Y}") for sale in found if sale.refund_of is None],
        "intervals": INTERVALS,
    }


def notes_by_event(lead: Lead, store: WorkspaceStore) -> dict[str, Note]:
    """The notes of the lead by the id of their event."""
    return {id_of(note.workspace, note.id, "note"): note for note in store.notes.of_lead(lead.id, limit=_NOTES)}
