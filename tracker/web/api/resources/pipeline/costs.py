"""/costs: what was spent to win and to keep customers, by source."""

from typing import Any

from tracker.actions.pipeline import costs
from tracker.base.money import exact_money
from tracker.domain.ops.audit import AuditAction
from tracker.domain.pipeline.cost import CostPurpose
from tracker.rules.visibility import may_see_costs
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, Paged, page_of
from tracker.web.api.schemas.pipeline.money import CostChange, CostIn, CostOut, cost_out

operations = Operations()


@operations.add("GET", "/costs", query=Paged, response=List[CostOut])
def list_costs(call: Call, query: Paged) -> List[CostOut]:
    """Lists costs, newest first; none for callers who do not see all leads."""
    found = call.store.costs.all() if may_see_costs(call.viewer) else []
    names = _names(call)
    return page_of(List[CostOut].model_construct(items=[cost_out(cost, names) for cost in found], next=None), query)


@operations.add("POST", "/costs", body=CostIn, response=CostOut, status=201, admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def add_cost(call: Call, body: CostIn) -> CostOut:
    """Adds what was spent on a source from one day to another, both included."""
    made = costs.add_cost(call.deps, call.workspace.id, **{"source": None} | _values(body))
    call.record(AuditAction.SETTINGS_CHANGED, "cost", amount=exact_money(made.amount, made.currency), day=made.first_day.isoformat())
    return cost_out(made, _names(call))


@operations.add("PATCH", "/costs/{cost}", body=CostChange, response=CostOut, admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def change_cost(call: Call, cost: str, body: CostChange) -> CostOut:
    """Changes a cost."""
    changed = costs.change_cost(call.deps, call.workspace.id, cost, **_values(body))
    amount = exact_money(changed.amount, changed.currency)
    call.record(AuditAction.SETTINGS_CHANGED, "cost", amount=amount, day=changed.first_day.isoformat())
    return cost_out(changed, _names(call))


@operations.add("DELETE", "/costs/{cost}", status=204, admin=True, audit=(AuditAction.DELETED,))
def remove_cost(call: Call, cost: str) -> None:
    """Deletes a cost."""
    gone = costs.remove_cost(call.deps, call.workspace.id, cost)
    call.record(AuditAction.DELETED, "cost", amount=exact_money(gone.amount, gone.currency), day=gone.first_day.isoformat())


def _values(body: CostIn | CostChange) -> dict[str, Any]:
    given = body.given()
    return given | {"purpose": CostPurpose(given["purpose"])} if given.get("purpose") else given


def _names(call: Call) -> dict[str, str]:
    return {source.id: source.name for source in call.store.sources.all()}
