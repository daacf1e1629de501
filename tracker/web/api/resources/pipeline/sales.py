"""/sales: products sold to leads."""

from tracker.actions.changes import records
from tracker.actions.pipeline import sales
from tracker.base.money import exact_money
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.access import check_may_act_as, visible_lead
from tracker.web.api.lists import list_lead_records
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import LeadRecordsQuery, List, to_schema
from tracker.web.api.schemas.pipeline.sales import SaleChange, SaleChanged, SaleIn, SaleOut

operations = Operations()


@operations.add("GET", "/sales", query=LeadRecordsQuery, response=List[SaleOut])
def list_sales(call: Call, query: LeadRecordsQuery) -> List[SaleOut]:
    """Lists sales, newest first."""
    return list_lead_records(call, SaleOut, call.store.sales, query)


def _authorize_add(call: Call, body: SaleIn) -> None:
    visible_lead(call, body.lead)
    check_may_act_as(call, body.rep)


@operations.add("POST", "/sales", body=SaleIn, response=SaleOut, status=201, authorize=_authorize_add)
def add_sale(call: Call, body: SaleIn) -> SaleOut:
    """Adds a sale to a lead."""
    return to_schema(SaleOut, sales.add_sale(call.deps, call.workspace.id, **body.given()))


@operations.add("PATCH", "/sales/{sale}", body=SaleChange, response=SaleChanged)
def change_sale(call: Call, sale: str, body: SaleChange) -> SaleChanged:
    """Changes a sale."""
    visible_lead(call, call.store.sales.get(sale).lead)
    check_may_act_as(call, body.rep)
    made = records.edit_sale(call.deps, call.workspace.id, sale, actor=call.rep_id, **body.given())
    return SaleChanged.model_construct(**dict(to_schema(SaleOut, call.store.sales.get(sale))), change=made)


@operations.add("DELETE", "/sales/{sale}", status=204, audit=(AuditAction.DELETED,))
def remove_sale(call: Call, sale: str) -> None:
    """Deletes a sale."""
    found = call.store.sales.get(sale)
    lead = visible_lead(call, found.lead)
    sales.remove_sale(call.deps, call.workspace.id, sale)
    amount = exact_money(found.amount, found.currency)
    call.record(AuditAction.DELETED, f"sale “{found.product[:80]}”", lead=lead.name, amount=amount, lead_id=lead.id)
