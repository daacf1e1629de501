"""Actions on sales; a lead may have several."""

from datetime import date

from tracker.actions import checks
from tracker.actions.activity.event_log import changed
from tracker.actions.deps import Deps
from tracker.base.ids import new_id
from tracker.domain.pipeline.sale import Sale


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
    sale = checked_sale(
        deps,
        workspace,
        lead=lead,
        product=product,
        amount=amount,
        currency=currency,
        sold_on=sold_on,
        rep=rep,
        is_recurring=is_recurring,
    )
    keep_sale(deps, sale)
    return sale


def checked_sale(
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
    """The sale as `add_sale` stores it, not stored yet. Raises NotFound, Invalid."""
    here = deps.store.of(workspace)
    owner = here.leads.get(lead).owner
    if rep is not None:
        here.reps.get(rep)
    return Sale(
        id=new_id(),
        workspace=workspace,
        lead=lead,
        product=checks.line("product", product),
        amount=checks.cents("amount", amount),
        currency=checks.currency("currency", currency),
        sold_on=sold_on,
        rep=rep or owner,
        is_recurring=is_recurring,
        created_at=deps.now(),
    )


def keep_sale(deps: Deps, sale: Sale) -> None:
    """Stores a checked sale."""
    deps.store.of(sale.workspace).sales.add(sale)
    changed(deps, sale.workspace, sale.lead)


def remove_sale(deps: Deps, workspace: str, sale: str) -> None:
    """Deletes a sale. Raises NotFound."""
    here = deps.store.of(workspace)
    old = here.sales.get(sale)
    here.sales.remove(sale)
    changed(deps, workspace, old.lead)
