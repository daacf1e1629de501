"""Actions on sales; a lead may have several."""

import re
from datetime import date

from tracker.actions import checks
from tracker.actions.activity.event_log import changed
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.domain.pipeline.sale import Sale

_HIGHEST = 10**14
_CURRENCY = re.compile(r"[A-Z]{3}")


def add_sale(
    deps: Deps,
    workspace: str,
    *,
    lead: str,
    product: str,
    amount: int,
    currency: str,
    sold_on: date,
    rep: str | None = None,
    is_recurring: bool = False,
) -> Sale:
    """Adds a sale of `amount` minor units (cents) of a three-letter currency. Raises NotFound, Invalid."""
    here = deps.store.of(workspace)
    owner = here.leads.get(lead).owner
    if rep is not None:
        here.reps.get(rep)
    if not 0 <= amount <= _HIGHEST:
        raise Invalid("amount", "must be a whole number of cents of at least 0")
    code = currency.strip().upper()
    if not _CURRENCY.fullmatch(code):
        raise Invalid("currency", "must be a code of three letters such as EUR")
    sale = Sale(
        id=new_id(),
        workspace=workspace,
        lead=lead,
        product=checks.line("product", product),
        amount=amount,
        currency=code,
        sold_on=sold_on,
        rep=rep or owner,
        is_recurring=is_recurring,
        created_at=deps.now(),
    )
    here.sales.add(sale)
    changed(deps, workspace, lead)
    return sale


def remove_sale(deps: Deps, workspace: str, sale: str) -> None:
    """Deletes a sale. Raises NotFound."""
    here = deps.store.of(workspace)
    old = here.sales.get(sale)
    here.sales.remove(sale)
    changed(deps, workspace, old.lead)
