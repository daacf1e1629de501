"""Exchange rates: `/sales/rates`. Seen by all reps, typed by admins."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.pipeline import rates
from tracker.base.errors import Conflict, Invalid
from tracker.base.time_zones import zone_of
from tracker.domain.ops.audit import AuditAction
from tracker.web.console.audit_log import note
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.pages.lead.edits import form_day, sentence_of

blueprint = Blueprint("rates", __name__, url_prefix="/sales/rates")


@blueprint.get("")
def index() -> str:
    """All rates by currency, newest first."""
    return _shown()


@blueprint.post("")
@admin
def put() -> Response | tuple[str, int]:
    """Sets a rate, in place of the one of the same currency and day."""
    form, workspace = request.form, current_user().workspace.id
    try:
        made = rates.put_rate(deps(), workspace, currency=form.get("currency", ""), on=form_day("on"), rate=form.get("rate", "").strip())
    except (Invalid, Conflict) as error:
        return _shown(sentence_of(error)), 422
    note(AuditAction.SETTINGS_CHANGED, "exchange rate", currency=made.currency, day=made.on.isoformat(), rate=made.rate)
    return redirect("/sales/rates", 303)


@blueprint.post("/<rate>/remove")
@admin
def remove(rate: str) -> Response:
    """Deletes a rate. Raises NotFound."""
    found = workspace_store().rates.get(rate)
    workspace_store().rates.remove(rate)
    note(AuditAction.DELETED, f"exchange rate of {found.currency}", day=found.on.isoformat(), rate=found.rate)
    return redirect("/sales/rates", 303)


def _shown(error: str = "") -> str:
    user = current_user()
    today = deps().now().astimezone(zone_of(user.workspace.timezone)).date()
    context = {"rates": workspace_store().rates.all(), "today": today.isoformat(), "error": error, "given": request.form}
    return render_template("sales/rates.html", section="reports", tab="rates", **context)
