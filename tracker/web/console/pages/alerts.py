"""Alerts in the console: the bell's list, what has been seen, taking a lead that nobody owns."""

from flask import Blueprint, jsonify, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.leads import leads
from tracker.domain.alerting.alert import Alert
from tracker.rules.visibility import may_see_alert
from tracker.web.console.auth import deps, here, seat
from tracker.web.console.pages.lead.access import lead_here
from tracker.web.console.pages.live.page import on_site

blueprint = Blueprint("alerts", __name__)

_RECENT = 30


@blueprint.get("/bell")
def bell() -> str:
    """The recent alerts, newest first, for the bell's panel."""
    found = _recent()
    known = here().leads.by_ids({alert.lead for alert in found})
    return render_template("bell.html", alerts=found, leads=known)


@blueprint.get("/bell/count")
def count() -> Response:
    """How many of the recent alerts this rep has not looked at, and how many leads are on the site now: the navigation's counts."""
    return jsonify({"unseen": sum(alert.seen_at is None for alert in _recent()), "on_site": on_site()})


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


def _recent() -> list[Alert]:
    found = here().alerts.for_rep(seat().rep.id, limit=_RECENT)
    if seat().scope is None:
        return found
    known = here().leads.by_ids({alert.lead for alert in found})
    return [alert for alert in found if may_see_alert(seat().viewer, alert, known.get(alert.lead))]
