"""Clean up: `/clean-up` counts leads that need attention and links to each list, where many are changed at once; and likely duplicates."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, render_template

from tracker.actions.leads import clean_up
from tracker.actions.leads.lists import MOST_COUNTED
from tracker.rules.conditions.clean_up import KINDS
from tracker.web.console.auth import current_user, deps
from tracker.web.console.pages.leads.condition_rows import row_of
from tracker.web.console.text.duplicate_text import same_words

blueprint = Blueprint("clean_up", __name__)


@dataclass(frozen=True, slots=True)
class ShownKind:
    """A kind of leads with its number, and the list that has them."""

    label: str
    description: str
    count: str
    is_clean: bool
    link: str


@blueprint.get("/clean-up")
def index() -> str:
    """What the rep sees of it."""
    viewer = current_user().viewer
    counts = clean_up.counts(deps(), viewer)
    kinds = [_shown(kind.label, kind.description, counts[kind.key], [("c", row_of(term).text) for term in kind.terms]) for kind in KINDS]
    archived = clean_up.archived_count(deps(), viewer)
    kinds.append(_shown("Archived", "Out of lists and reports on the present; restore or erase them.", archived, [("archived", "yes")]))
    return render_template(
        "leads/clean_up.html",
        section="leads",
        kinds=kinds,
        pairs=clean_up.possible_pairs(deps(), viewer),
        most=clean_up.MOST_PAIRS,
        more=0,
        lead_import="",
        same_words=same_words,
    )


def _shown(label: str, description: str, count: int, query: list[tuple[str, str]]) -> ShownKind:
    text = f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"
    return ShownKind(label, description, text, not count, f"/leads?{urlencode(query)}")
