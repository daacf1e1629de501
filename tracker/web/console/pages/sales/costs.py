"""What was spent on sources: `/sales/costs`. Seen by those who see all leads, changed by admins."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.pipeline import costs
from tracker.base.errors import Conflict, Invalid
from tracker.base.money import exact_money, parsed_money
from tracker.base.time_zones import zone_of
from tracker.domain.ops.audit import AuditAction
from tracker.domain.pipeline.cost import Cost, CostPurpose
from tracker.web.console.audit_log import note
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.pages.lead.edits import form_day, sentence_of

blueprint = Blueprint("costs", __name__, url_prefix="/sales/costs")

PURPOSES = ((CostPurpose.WIN.value, "Win customers"), (CostPurpose.KEEP.value, "Keep customers"))


@blueprint.get("")
def index() -> str:
    """All costs, newest first; none for readers who do not see all leads."""
    return _shown()


@blueprint.post("")
@admin
def add() -> Response | tuple[str, int]:
    """Adds a cost."""
    user = current_user()
    try:
        made = costs.add_cost(
            deps(),
            user.workspace.id,
            source=request.form.get("source") or None,
            purpose=_purpose(),
            first_day=form_day("first_day"),
            last_day=form_day("last_day"),
            amount=parsed_money("amount", request.form.get("amount", "").strip(), request.form.get("currency", "")),
            currency=request.form.get("currency", ""),
        )
    except (Invalid, Conflict) as error:
        return _shown(sentence_of(error)), 422
    note(AuditAction.SETTINGS_CHANGED, "cost", **_details(made))
    return redirect("/sales/costs", 303)


@blueprint.post("/<cost>/remove")
@admin
def remove(cost: str) -> Response:
    """Deletes a cost. Raises NotFound."""
    gone = costs.remove_cost(deps(), current_user().workspace.id, cost)
    note(AuditAction.DELETED, "cost", **_details(gone))
    return redirect("/sales/costs", 303)


def _details(cost: Cost) -> dict[str, str]:
    return {"amount": exact_money(cost.amount, cost.currency), "day": cost.first_day.isoformat()}


def _purpose() -> CostPurpose:
    given = request.form.get("purpose", "")
    if given not in dict(PURPOSES):
        raise Invalid("purpose", "must be one of those offered")
    return CostPurpose(given)


def _shown(error: str = "") -> str:
    user, store = current_user(), workspace_store()
    sources = {source.id: source.name for source in store.sources.all()}
    today = deps().now().astimezone(zone_of(user.workspace.timezone)).date()
    return render_template(
        "sales/costs.html",
        section="reports",
        tab="costs",
        costs=[(cost, sources.get(cost.source or "", "No source")) for cost in (store.costs.all() if user.sees_costs else ())],
        sources=[("", "No source"), *((name, name) for name in sources.values())],
        purposes=PURPOSES,
        today=today.isoformat(),
        error=error,
        given=request.form,
    )
