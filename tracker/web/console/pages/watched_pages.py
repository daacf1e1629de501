"""The button *Alert me about this page*, on timeline, Live and replay; and its switches in the settings."""

from flask import Blueprint, flash, jsonify, redirect, request
from werkzeug.wrappers import Response

from tracker.actions.alerting import watched_pages
from tracker.base.errors import Forbidden, NotFound
from tracker.domain.alerting.watched_page import WatchedPage
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import may_act_as
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.account.local_path import local_path

blueprint = Blueprint("watched_pages", __name__, url_prefix="/watched-pages")


@blueprint.post("")
def watch() -> Response:
    """Switches alerts about the page `url` on, for the rep or, with `scope=team`, for the team."""
    found, form = current_user(), request.form
    rep = None if form.get("scope") == "team" else found.rep.id
    if rep is None and not found.is_admin:
        raise Forbidden("Only admins can switch alerts on for the team.")
    page, is_new = watched_pages.watch_page(deps(), found.workspace.id, rep, form.get("url", ""), form.get("title"))
    if is_new:
        note(AuditAction.PAGE_WATCHED, page.name, **watched_pages.audit_details(deps(), page))
    return _answer(page, f"Alerts about {page.name} are on.")


@blueprint.post("/<watched>/stop")
def stop(watched: str) -> Response:
    """Switches the alerts off."""
    found = current_user()
    page = watched_pages.watched_page(deps(), found.workspace.id, watched)
    if not may_act_as(found.viewer, page.rep):
        raise NotFound("no such watched page")
    if page.rep is None and not found.is_admin:
        raise Forbidden("Only admins can switch alerts of the team off.")
    page = watched_pages.stop_watching(deps(), found.workspace.id, watched)
    note(AuditAction.PAGE_UNWATCHED, page.name, **watched_pages.audit_details(deps(), page))
    return _answer(page, f"Alerts about {page.name} are off.")


def _answer(page: WatchedPage, text: str) -> Response:
    """For the button's script the page's id and state; else back to where the button was."""
    if wants_json():
        return jsonify({"id": page.id, "is_on": page.is_active})
    flash(text)
    return redirect(local_path(request.form.get("back", "/settings/alerts")), 303)
