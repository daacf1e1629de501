"""The board: a column for each stage. The browser refreshes `/board/rows`; moves.py moves cards."""

from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.datastructures import MultiDict

from tracker.base.money import money
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.board.columns import FIRST, MOST, columns_of
from tracker.web.console.pages.live.on_site import rows_on_site
from tracker.web.console.pages.today.view import choices, chosen_who, owners_of

blueprint = Blueprint("board", __name__)
blueprint.add_app_template_filter(lambda value: money(value.amount, value.currency), "money")


@blueprint.get("/board")
def page() -> str:
    """The page; `?who=` as on Today, `?more=STAGE:NUMBER` shows more cards of a column."""
    return render_template("board/page.html", section="leads", choices=choices(), **_content())


@blueprint.get("/board/rows")
def rows() -> str:
    """The columns, for js/pages/board.js."""
    return render_template("board/rows.html", **_content())


def _content() -> dict[str, Any]:
    user, who = current_user(), chosen_who(request.args.get("who", ""))
    owners, shown = owners_of(who), _shown(request.args)
    if not who:
        owners = frozenset({user.rep.id, None})  # also those that no one owns, so that someone takes them
    return {
        "who": who,
        "columns": columns_of(deps(), user.workspace, owners, shown),
        "shown": shown,
        "here": {row.lead.id for row in rows_on_site(owners)},
        "reps": {rep.id: rep for rep in workspace_store().reps.all()},
        "hot": user.workspace.policy.hot_score,
    }


def _shown(args: MultiDict[str, str]) -> dict[str, int]:
    """How many cards each column shows, where it is not the first `FIRST`; invalid values are ignored."""
    found = {}
    for text in args.getlist("more")[:MOST]:
        stage, _, number = text.rpartition(":")
        if current_user().workspace.stage(stage) and number.isascii() and number.isdigit():
            found[stage] = max(FIRST, min(int(number[:4]), MOST))
    return found
