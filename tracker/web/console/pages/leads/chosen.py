"""The leads that a form of the list chooses: those with a tick, or all that match. Used by changes and sequences."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from flask import request
from werkzeug.datastructures import MultiDict

from tracker.actions.changes.bulk import MOST_LEADS, leads_of
from tracker.base.errors import Invalid
from tracker.web.console.auth import current_user, deps
from tracker.web.console.pages.leads.current_list import check_rows, current_list
from tracker.web.console.pages.leads.shown_leads import shown_leads


def chosen_leads() -> Sequence[str]:
    """The selected leads: those with a tick, or all of the list (`every` is its query string). Raises Invalid."""
    if "every" in request.form:
        current = current_list(MultiDict(parse_qsl(request.form["every"])))
        check_rows(current)
        return leads_of(deps(), current_user().workspace, shown_leads(current), field="selection")
    chosen = list(dict.fromkeys(request.form.getlist("lead")))
    if not chosen:
        raise Invalid("leads", "are missing: choose at least one")
    if len(chosen) > MOST_LEADS:
        raise Invalid("leads", f"must be at most {MOST_LEADS:,}")
    return chosen
