"""Today, where sign-in lands: who is on the site, whom to call and what is due. The browser refreshes `/today/rows`; steps.py acts."""

from typing import Any

from flask import Blueprint, render_template, request

from tracker.web.console.auth import current_user, workspace_store
from tracker.web.console.pages.live.on_site import rows_on_site
from tracker.web.console.pages.today.blocks import blocks_of, next_planned
from tracker.web.console.pages.today.view import choices, chosen_who, view_of
from tracker.web.console.watching import watching

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
    here = rows_on_site(view.owners)
    blocks = blocks_of(view, (row.lead.id for row in here))
    is_empty = not here and not blocks
    return {
        "who": who,
        "on_site": here,
        "blocks": blocks,
        "coming": next_planned(view) if is_empty else None,
        "is_new": is_empty and not workspace_store().leads.has_any(),
        "reps": {rep.id: rep for rep in workspace_store().reps.all()},
        "hot": user.workspace.policy.hot_score,
        "watching": watching(),
    }


def _who() -> str:
    return chosen_who(request.values.get("who", ""))
