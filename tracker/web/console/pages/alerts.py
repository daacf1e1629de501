"""Alerts in the console: the bell's list, what has been seen, taking a lead that nobody owns."""

from flask import Blueprint, jsonify, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.leads import leads
from tracker.domain.alerting.alert import Alert
from tracker.rules.visibility import may_see_alert
from tracker.web.console.auth import deps, here, seat
from tracker.web.console.bell import BellRow, bell_rows
from tracker.web.console.pages.lead.access import lead_here
from tracker.web.console.pages.live.page import on_site

blueprint = Blueprint("alerts", __name__)

_RECENT = 90
"""Alerts that are read."""
_ROWS = 30
"""Visits that are shown."""


@blueprint.get("/bell")
def bell() -> str:
    """The recent alerts, one row for each visit, newest first, for the bell's panel."""
    rows = _rows()
    known = here().leads.by_ids({row.alert.lead for row in rows})
    return render_template("bell.html", rows=rows, leads=known)


@blueprint.get("/bell/count")
def count() -> Response:
    """How many of the recent alerts this rep has not looked at, and how many leads are on the site now: the navigation's counts."""
    return jsonify({"unseen": sum(row.is_unseen for row in _rows()), "on_site": on_site()})


@blueprint.post("/bell/seen")
def seen() -> tuple[str, int]:
    """The rep has looked at all of them."""
    here().alerts.seen(seat().rep.id, deps().now())
    return "", 204


@blueprint.post("/take")
def take() -> Response:
    """The rep owns the lead from now on, if nobody was faster."""
    lead = leads.take(deps(), seat().workspace.id, lead_here(request.form.get("lead", "")).id, seat().rep)
    return jsonify({"text": f"{lead.name} is yours."})


def _rows() -> list[BellRow]:
    return bell_rows(_recent(), deps().now())[:_ROWS]


def _recent() -> list[Alert]:
    found = here().alerts.for_rep(seat().rep.id, limit=_RECENT)
    if seat().scope is None:
        return found
    known = here().leads.by_ids({alert.lead for alert in found})
    return [alert for alert in found if may_see_alert(seat().viewer, alert, known.get(alert.lead))]
