"""The bell: its short list of alerts, the navigation's counts, and assigning a lead to oneself."""

from flask import Blueprint, jsonify, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.leads import leads
from tracker.store.alerting.alerts import AlertView
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.bell import BellRow, bell_rows
from tracker.web.console.pages.alerts.access import visible_alerts
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.live.on_site import on_site

blueprint = Blueprint("bell", __name__)

_RECENT = 90
"""Alerts that are read."""
_ROWS = 30
"""Visits that are shown."""


@blueprint.get("/bell")
def bell() -> str:
    """The recent alerts, one row for each visit, newest first, for the bell's panel."""
    rows = _rows(AlertView.MINE)
    known = workspace_store().leads.by_ids({row.alert.lead for row in rows})
    return render_template("alerts/bell.html", rows=rows, leads=known)


@blueprint.get("/bell/count")
def count() -> Response:
    """The navigation's counts: visits with unread alerts, and leads on the site now."""
    return jsonify({"unseen": len(_rows(AlertView.UNREAD)), "on_site": on_site()})


@blueprint.post("/bell/seen")
def seen() -> tuple[str, int]:
    """Marks all alerts as seen."""
    workspace_store().alerts.seen(current_user().rep.id, deps().now())
    return "", 204


@blueprint.post("/take")
def take() -> Response:
    """Assigns the lead to the rep, if it has no owner yet."""
    lead = leads.take(deps(), current_user().workspace.id, visible_lead(request.form.get("lead", "")).id, current_user().rep)
    return jsonify({"text": f"{lead.name} is assigned to you."})


def _rows(view: AlertView) -> list[BellRow]:
    """The rows of the bell: without alerts that are done, snoozed or withdrawn."""
    user, now = current_user(), deps().now()
    found = workspace_store().alerts.box(view, user.rep.id, now, limit=_RECENT).items
    if user.scope is not None:
        found = visible_alerts(found)
    return bell_rows(found, now)[:_ROWS]
