"""The page of alerts: those of the rep and of the team by state, or all that the rep may see; and what can be done with each.

js/pages/alerts.js keeps the rows current and acts without leaving the page. Without scripts every action is a form.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.alerting import alerts
from tracker.base.errors import Invalid
from tracker.base.time_zones import zone_of
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState
from tracker.rules.visibility import may_handle_alert
from tracker.store.alerting.alerts import AlertView
from tracker.store.core.paging import Page, filtered_page
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.bell import BellRow, bell_rows
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.alerts.access import own_alert, visible_alerts
from tracker.web.console.text.dates import due, parse_due

blueprint = Blueprint("alerts", __name__)

VIEWS = {"mine": "Mine", "unread": "Unread", "done": "Done", "all": "All"}
_SIZE = 40
_MOST_PAGES_READ = 10
_SOON = timedelta(minutes=30)
_MORNING = 9
_NOT_FROM_EVENTS = frozenset({AlertRule.TEST, AlertRule.ALARM, AlertRule.TASK, AlertRule.PARKED, AlertRule.NOT_DELIVERED})
"""Alerts without an event of the lead whose cause could be corrected."""
_SAID = {
    "taken": "You are on it.",
    "done": "Done.",
    "read": "Marked as read.",
    "unread": "Marked as unread.",
    "not_useful": "Marked as not useful.",
    "unrated": "Rating removed.",
}


@blueprint.get("/alerts")
def page() -> str:
    """The page; `?view=` is mine (the open ones), unread, done or all. Only the rows for js/pages/alerts.js."""
    view = _view()
    return render_template(
        "alerts/rows.html" if wants_json() else "alerts/page.html", section="alerts", view=view, views=VIEWS, **_content(view)
    )


@blueprint.post("/alerts/<alert>")
def act(alert: str) -> Response:
    """Does something with all alerts of the visit: `do` is taken, done, read, unread, snooze, not_useful or unrated."""
    found, user, what = own_alert(alert), current_user(), request.form.get("do", "")
    ids = [one.id for one in workspace_store().alerts.of_visit(found)]
    if what == "snooze":
        until = _until()
        alerts.snooze(deps(), user.workspace.id, ids, until)
        said = f"Snoozed until {due(until, zone_of(user.rep.timezone), deps().now())}."
    elif what in ("not_useful", "unrated"):
        alerts.rate(deps(), user.workspace.id, ids, useful=False if what == "not_useful" else None, rep=user.rep.id)
        said = _SAID[what]
    else:
        alerts.mark(deps(), user.workspace.id, ids, what, rep=user.rep.id)
        said = _SAID[what]
    if wants_json():
        return jsonify({"text": said})
    flash(said, "ok")
    return redirect(url_for("alerts.page", view=_view()), 303)


def _view() -> str:
    wanted = request.values.get("view", "")
    return wanted if wanted in VIEWS else "mine"


def _content(view: str) -> dict[str, Any]:
    user, now = current_user(), deps().now()
    found = _page(view, now)
    rows = bell_rows(found.items, now) if view != "all" else [row for one in found.items for row in bell_rows([one], now)]
    shown = [row.alert for row in rows]
    store = workspace_store()
    deliveries = store.deliveries.of_alerts([alert.id for alert in shown])
    return {
        "rows": rows,
        "next": found.next,
        "leads": store.leads.by_ids({alert.lead for alert in shown if alert.lead}),
        "reps": {rep.id: rep for rep in store.reps.all()},
        "mine_to_do": {alert.id for alert in shown if may_handle_alert(user.viewer, alert)},
        "correctable": {alert.id for alert in shown if _is_correctable(alert)},
        "dead": {key: [one.channel.value for one in found if one.is_dead] for key, found in deliveries.items()},
        "morning": _morning(now),
        "state_of": partial(_state_of, view),
    }


def _page(view: str, now: datetime) -> Page[Alert]:
    user, store = current_user(), workspace_store().alerts
    cursor = request.args.get("cursor") or None

    def fetch(after: str | None, size: int) -> Page[Alert]:
        if view == "all":
            return store.page(reps=user.scope, cursor=after, limit=size)
        return store.box(AlertView(view), user.rep.id, now, cursor=after, limit=size)

    if user.is_admin:
        return fetch(cursor, _SIZE)
    return filtered_page(
        fetch, lambda found: {alert.id for alert in visible_alerts(found)}, cursor=cursor, limit=_SIZE, looks=_MOST_PAGES_READ
    )


def _is_correctable(alert: Alert) -> bool:
    """Whether it is about an event whose cause a rep can correct."""
    return bool(alert.lead) and alert.rule not in _NOT_FROM_EVENTS and alert.state is not AlertState.WITHDRAWN


def _state_of(view: str, row: BellRow) -> str:
    """The state of a row in a word; empty for one that is open."""
    alert, now = row.alert, deps().now()
    if alert.state is AlertState.WITHDRAWN:
        return "Withdrawn"
    if alert.is_snoozed(now) and alert.snoozed_until:
        return f"Snoozed until {due(alert.snoozed_until, zone_of(current_user().rep.timezone), now)}"
    if alert.done_at:
        return "Done"
    if alert.taken_at:
        return "Taken"
    if alert.state is AlertState.LATE:
        return "Too late to send" if view == "all" else ""
    return "Not confirmed" if alert.state is AlertState.UNSURE else ""


def _until() -> datetime:
    """The end of a snooze: `for` is soon, morning or empty; then `until` is a time in the rep's zone. Raises Invalid."""
    now, wanted = deps().now(), request.form.get("for", "")
    if wanted == "soon":
        return now + _SOON
    if wanted == "morning":
        return _morning(now)
    try:
        chosen = parse_due(request.form.get("until", ""), zone_of(current_user().rep.timezone))
    except ValueError:
        chosen = None
    if chosen is None:
        raise Invalid("until", "must be a time")
    return chosen


def _morning(now: datetime) -> datetime:
    """Tomorrow at nine, in the rep's zone."""
    local = now.astimezone(zone_of(current_user().rep.timezone)) + timedelta(days=1)
    return local.replace(hour=_MORNING, minute=0, second=0, microsecond=0)
