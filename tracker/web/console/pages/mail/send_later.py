"""The time of *Send later*: what the form offers, and what was chosen. Used by compose."""

from datetime import datetime, tzinfo

from flask import request

from tracker.base.errors import Invalid
from tracker.base.time_zones import zone_of
from tracker.rules.working_hours import next_day
from tracker.web.console.auth import current_user, deps
from tracker.web.console.text.dates import parse_due


def chosen_time(zone: tzinfo) -> datetime | None:
    """The time of *Send later*; None for *Send*. Raises Invalid."""
    if request.form.get("later") != "yes":
        return None
    try:
        moment = parse_due(request.form.get("send_at", ""), zone)
    except ValueError:
        moment = None
    if moment is None or moment <= deps().now():
        raise Invalid("send_at", "must be a time in the future")
    return moment


def offered_time() -> str:
    """What was entered, else the next begin of working hours on another day."""
    user = current_user()
    zone = zone_of(user.rep.timezone)
    return request.form.get("send_at") or f"{next_day(deps().now(), user.workspace.working_hours, zone).astimezone(zone):%Y-%m-%dT%H:%M}"
