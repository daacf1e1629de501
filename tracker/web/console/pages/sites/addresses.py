"""One click each: add an address to a site, ignore refused pages of one, check a site. From the settings and the set-up checklist."""

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from tracker.actions.workspace.site_check import check_site
from tracker.actions.workspace.site_origins import add_origin, ignore_origin
from tracker.web.console.audit_log import note_site
from tracker.web.console.auth import admin, current_user, deps
from tracker.web.console.http_client import outbound

blueprint = Blueprint("site_addresses", __name__, url_prefix="/settings/sites/<key>")


@blueprint.post("/addresses")
@admin
def add(key: str) -> Response:
    """Adds one address. Its pages are accepted within a second."""
    origin = request.form.get("origin", "")
    note_site(key, add_origin(deps(), current_user().workspace.id, key, origin))
    flash(f"Added {origin}. Its pages are accepted from now on.")
    return _back()


@blueprint.post("/ignored")
@admin
def ignore(key: str) -> Response:
    """Stops telling of refused pages of one address."""
    origin = request.form.get("origin", "")
    note_site(key, ignore_origin(deps(), current_user().workspace.id, key, origin))
    flash(f"Refused pages of {origin} are no longer shown.")
    return _back()


@blueprint.post("/check")
@admin
def check(key: str) -> Response:
    """Follows the site's redirects, and looks for the snippet. The page shows what was found."""
    check_site(deps(), outbound(), current_user().workspace.id, key)
    return _back()


def _back() -> Response:
    return redirect("/setup#site" if request.form.get("back") == "setup" else "/settings/sites", 303)
