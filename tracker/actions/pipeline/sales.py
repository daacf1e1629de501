"""Actions on sales; a lead may have several."""

from datetime import date
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.activity.event_log import changed
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.domain.pipeline.sale import Sale

_CHANGEABLE = ("product", "amount", "currency", "sold_on", "rep", "is_recurring")


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
    made = Sale(
        id=new_id(),
        workspace=workspace,
        lead=lead,
        product=product,
        amount=amount,
        currency=currency,
        sold_on=sold_on,
        rep=rep or owner,
        is_recurring=is_recurring,
        created_at=deps.now(),
    )
    return _checked(made)


def keep_sale(deps: Deps, sale: Sale) -> None:
    """Stores a checked sale."""
    deps.store.of(sale.workspace).sales.add(sale)
    changed(deps, sale.workspace, sale.lead)


def change_sale(deps: Deps, workspace: str, sale: str, *, version: int | None = None, **values: Any) -> Sale:
    """Changes product, amount, currency, day, rep or whether it recurs. Raises NotFound, Invalid, Conflict."""
    here = deps.store.of(workspace)
    old = here.sales.get(sale)
    checks.version(old.version, version)
    if unknown := values.keys() - set(_CHANGEABLE):
        raise Invalid(min(unknown), "cannot be changed")
    for name in values.keys() - {"rep"}:
        if values[name] is None:
            raise Invalid(name, "cannot be emptied")
    if values.get("rep") is not None:
        here.reps.get(values["rep"])
    new = _checked(msgspec.structs.replace(old, **values))
    if new == old:
        return old
    saved = here.sales.change(sale, version=old.version, **{name: getattr(new, name) for name in _CHANGEABLE})
    changed(deps, workspace, saved.lead)
    return saved


def _checked(sale: Sale) -> Sale:
    return msgspec.structs.replace(
        sale,
        product=checks.line("product", sale.product),
        amount=checks.cents("amount", sale.amount),
        currency=checks.currency("currency", sale.currency),
    )


def remove_sale(deps: Deps, workspace: str, sale: str) -> None:
    """Deletes a sale. Raises NotFound."""
    here = deps.store.of(workspace)
    old = here.sales.get(sale)
    here.sales.remove(sale)
    changed(deps, workspace, old.lead)
