"""Tasks, sales, notes, sequences and possible duplicates as the lead page shows them. Called by page.py; records.py edits them."""

from typing import Any

from flask import request

from tracker.actions.leads.duplicates import find_same, person_of
from tracker.actions.merging.merge import merged_leads
from tracker.base.ids import id_of
from tracker.domain.leads.lead import Lead
from tracker.domain.outreach.sequence import OPEN_ENROLMENTS
from tracker.domain.pipeline.note import Note
from tracker.rules.visibility import may_enrol
from tracker.store.store import WorkspaceStore
from tracker.web.console.auth import current_user, deps
from tracker.web.console.pages.lead.contacts import REMINDERS
from tracker.web.console.pages.lead.move_form import missing_fields
from tracker.web.console.pages.lead.sale_words import INTERVALS
from tracker.web.console.text.duplicate_text import same_words
from tracker.web.console.text.mail.sequence_text import STATES

_NOTES = 1_000
_FINISHED = 5


def shown_records(lead: Lead, store: WorkspaceStore) -> dict[str, Any]:
    """Tasks, sales and sequences, what moving the lead asks for, leads that may be the same person, and merged ones."""
    workspace = current_user().workspace
    missing = missing_fields(workspace, lead.fields)
    return {
        "tasks": store.tasks.open_of_lead(lead.id),
        "finished": [task for task in store.tasks.of_lead(lead.id) if task.done_at][:_FINISHED],
        **_sales(lead, store),
        **_follow_up(lead, store),
        "same": find_same(deps(), workspace, person_of(lead), current_user().scope),
        "same_words": same_words,
        "merged": merged_leads(deps(), lead),
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


def _follow_up(lead: Lead, store: WorkspaceStore) -> dict[str, Any]:
    """The sequences that the lead is or was in, and those it may be added to."""
    sequences = {one.id: one for one in store.sequences.all()}
    found = sorted(store.enrolments.of_lead(lead.id), key=lambda one: one.enrolled_at, reverse=True)
    is_in = {one.sequence for one in found if one.state in OPEN_ENROLMENTS}
    return {
        "follow_ups": [(one, sequences[one.sequence]) for one in found if one.sequence in sequences],
        "sequences": [(one.id, one.name) for one in sequences.values() if one.id not in is_in],
        "may_follow_up": may_enrol(current_user().viewer, lead) and lead.owner is not None,
        "follow_up_states": STATES,
    }
