"""Clean up: `/clean-up` counts leads that need attention and links to each list, where many are changed at once; and likely duplicates."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, render_template

from tracker.actions.leads import clean_up
from tracker.actions.leads.lists import MOST_COUNTED
from tracker.base.time_zones import zone_of
from tracker.rules.conditions.clean_up import KINDS
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.leads.condition_rows import row_of
from tracker.web.console.text.duplicate_text import same_words
from tracker.web.console.text.event_text import NEW_ADDRESS

blueprint = Blueprint("clean_up", __name__)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ShownKind:
    """A kind of leads with its number, and the list that has them."""

    label: str
    description: str
    count: str
    is_clean: bool
    link: str
    every: str
    """The query string of the list, for the action on all of it."""
    action: "CleanUpAction | None"


@dataclass(frozen=True, slots=True)
class CleanUpAction:
    """What is offered for all leads of a kind, with the form of bulk changes (pages.leads.changes)."""

    action: str
    label: str
    asked: str
    """The question before it, after the number of leads."""
    field: str = ""
    """The field that is chosen: `owner` or `source`."""
    text: str = ""
    """The task that it adds, due tomorrow."""


_ARCHIVE = CleanUpAction("archive", "Archive", "Archive them?")
_TASK = ("task", "Add task")
_ACTIONS = {
    "no_source": CleanUpAction("source", "Set source", "Set their source?", field="source"),
    "no_owner": CleanUpAction("owner", "Assign", "Assign them?", field="owner"),
    "no_next_action": CleanUpAction(*_TASK, "Add a task to each?", text="Plan the next step"),
    "bounced": CleanUpAction(*_TASK, "Add a task to each?", text="Find the right email address"),
    "new_email": CleanUpAction("new_email", "Use them", "Use the addresses that are listed below?"),
    "opted_out": CleanUpAction(*_TASK, "Add a task to each?", text="Call, no email"),
    "stale": _ARCHIVE,
    "never": CleanUpAction(*_TASK, "Add a task to each?", text="Make first contact"),
    "archived": CleanUpAction("restore", "Restore", "Restore them?"),
}
"""By kind."""


@blueprint.get("/clean-up")
def index() -> str:
    """What the rep sees of it."""
    viewer = current_user().viewer
    counts = clean_up.counts(deps(), viewer)
    kinds = [_shown(k.key, k.label, k.description, counts[k.key], [("c", row_of(term).text) for term in k.terms]) for k in KINDS]
    archived = clean_up.archived_count(deps(), viewer)
    meaning = "Out of lists and reports on the present; restore or erase them."
    kinds.append(_shown("archived", "Archived", meaning, archived, [("archived", "yes")]))
    return render_template(
        "leads/clean_up.html",
        section="leads",
        kinds=kinds,
        owners=[("", "No owner"), *((rep.id, rep.name) for rep in workspace_store().reps.active())],
        sources=[source.name for source in workspace_store().sources.all()],
        tomorrow=(deps().now().astimezone(zone_of(current_user().rep.timezone, viewer.workspace.timezone)) + _DAY).date().isoformat(),
        addresses=clean_up.changed_addresses(deps(), viewer),
        how=NEW_ADDRESS,
        pairs=clean_up.possible_pairs(deps(), viewer),
        most=clean_up.MOST_PAIRS,
        more=0,
        lead_import="",
        same_words=same_words,
    )


def _shown(key: str, label: str, description: str, count: int, query: list[tuple[str, str]]) -> ShownKind:
    text = f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"
    every = urlencode(query)
    return ShownKind(label, description, text, not count, f"/leads?{every}", every, _ACTIONS.get(key) if count else None)
