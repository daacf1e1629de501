"""Today, where sign-in lands: who is on the site, whom to call and what is due. The browser refreshes `/today/rows`; steps.py acts."""

from typing import Any

from flask import Blueprint, render_template, request

from tracker.web.console.auth import current_user, workspace_store
from tracker.web.console.inquiry_clocks import clocks_of
from tracker.web.console.pages.live.on_site import rows_on_site
from tracker.web.console.pages.today.blocks import blocks_of, next_planned
from tracker.web.console.pages.today.view import choices, chosen_who, view_of

blueprint = Blueprint("today", __name__)


@blueprint.get("/today")
def page() -> str:
    """The page; `?who=` is a rep's id, or `team` for everyone whose leads this rep sees. By default the rep's own day."""
    return render_template("today/page.html", section="today", choices=choices(), **_content())


@blueprint.get("/today/rows")
def rows() -> str:
    """The part that changes, for js/pages/today.js."""
    return render_template("today/rows.html", **_content())


def _content() -> dict[str, Any]:
    user, who = current_user(), _who()
    view = view_of(who)
    owners = view.owners
    blocks = blocks_of(view, rows_on_site(owners if owners is None else owners | {None}))
    return {
        "who": who,
        "blocks": blocks,
        "clocks": clocks_of(lambda lead: view.may_see(lead) and (owners is None or lead.owner in owners | {None})),
        "coming": next_planned(view) if not blocks else None,
        "is_new": not blocks and not workspace_store().leads.has_any(),
        "reps": {rep.id: rep for rep in workspace_store().reps.all()},
        "hot": user.workspace.policy.hot_score,
    }


def _who() -> str:
    return chosen_who(request.values.get("who", ""))
