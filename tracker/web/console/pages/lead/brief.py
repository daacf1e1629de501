"""The brief of a lead: on its page, and for its alerts as a dialog or a page of its own."""

from flask import Blueprint, render_template

from tracker.actions.activity.briefs import brief
from tracker.web.console.auth import current_user, deps
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.lead.access import visible_lead

blueprint = Blueprint("lead_brief", __name__)


@blueprint.get("/leads/<lead>/brief")
def page(lead: str) -> str:
    """The three lines."""
    found = visible_lead(lead)
    lines = brief(deps(), current_user().workspace, found)
    return render_template("lead/brief.html" if wants_json() else "lead/brief_page.html", section="leads", lead=found, brief=lines)
