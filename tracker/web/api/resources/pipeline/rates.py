"""/rates: what other currencies are worth in the workspace's."""

from tracker.actions.pipeline import rates
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, Paged, page_of
from tracker.web.api.schemas.pipeline.money import RateIn, RateOut, rate_out

operations = Operations()


@operations.add("GET", "/rates", query=Paged, response=List[RateOut])
def list_rates(call: Call, query: Paged) -> List[RateOut]:
    """Lists exchange rates by currency, newest first."""
    return page_of(List[RateOut].model_construct(items=[rate_out(rate) for rate in call.store.rates.all()], next=None), query)


@operations.add("POST", "/rates", body=RateIn, response=RateOut, status=201, admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def put_rate(call: Call, body: RateIn) -> RateOut:
    """Sets what a currency is worth from a day on, in place of the rate of the same day."""
    made = rates.put_rate(call.deps, call.workspace.id, currency=body.currency, on=body.date, rate=body.rate)
    call.record(AuditAction.SETTINGS_CHANGED, "exchange rate", currency=made.currency, day=made.on.isoformat(), rate=made.rate)
    return rate_out(made)


@operations.add("DELETE", "/rates/{rate}", status=204, admin=True, audit=(AuditAction.DELETED,))
def remove_rate(call: Call, rate: str) -> None:
    """Deletes a rate."""
    found = call.store.rates.get(rate)
    call.store.rates.remove(rate)
    call.record(AuditAction.DELETED, f"exchange rate of {found.currency}", day=found.on.isoformat(), rate=found.rate)
