"""The last set-up step: the first lead's personal link, opened in any browser, makes the first visit and the first alert."""

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response

from tracker.actions.links import share_links
from tracker.domain.leads.lead import Lead
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.setup.steps import TrialView

blueprint = Blueprint("setup_trial", __name__)


@blueprint.post("/setup/link")
def link() -> Response:
    """Makes the link to the company's first page."""
    lead, page = first_lead(), first_page()
    if lead is None or not page:
        flash("Enter your website and add a lead first.", "error")
    else:
        share_links.trial_link(deps(), lead.workspace, lead.id, page)
    return redirect("/setup#link", 303)


def first_lead() -> Lead | None:
    """The oldest lead that the rep may see."""
    found = workspace_store().leads.page(LeadQuery(visible_to=current_user().scope), sort="created", limit=1).items
    return found[0] if found else None


def first_page() -> str:
    """The page that the link leads to: of the first site, where the snippet is; empty while there is none."""
    own = current_user().workspace
    origins = [origin for site in own.sites for origin in site.origins]
    home = own.home_url or ""
    return home if any(home == origin or home.startswith(f"{origin}/") for origin in origins) else f"{origins[0]}/" if origins else ""


def trial_view() -> TrialView:
    """What the step shows."""
    lead = first_lead()
    known = share_links.trial_of(deps(), lead.workspace, lead.id) if lead else None
    seen = lead.derived.last_seen_at if lead else None
    return TrialView(
        lead=lead,
        page=first_page(),
        url=known.tracked_url if known else "",
        reason=(known.reason or "") if known else "",
        opened_at=seen if known and seen and seen >= known.created_at and lead and lead.derived.clicks else None,
    )
