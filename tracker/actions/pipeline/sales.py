"""Actions on sales; a lead may have several. A refund is a sale of its own with a negative amount, so that sums are right."""

from datetime import date
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.activity.event_log import changed
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.base.money import exact_money
from tracker.base.time_zones import zone_of
from tracker.domain.pipeline.sale import Interval, Sale
from tracker.rules.sales.renewals import remind_on

_CHANGEABLE = ("product", "amount", "currency", "sold_on", "rep", "is_recurring", "interval", "ended_on", "end_reason")
_MAY_BE_EMPTY = {"rep", "interval", "ended_on", "end_reason"}
_OF_ITS_SALE = {"product", "currency", "rep", "is_recurring", "interval", "ended_on", "end_reason"}
"""What a refund has from the sale that is paid back."""
_OF_RENEWAL = ("sold_on", "is_recurring", "interval", "ended_on")
"""What decides when a sale is renewed."""


def add_sale(deps: Deps, workspace: str, *, lead: str, **values: Any) -> Sale:
    """Adds a sale of `amount` minor units (cents) of a three-letter currency: see `checked_sale`. Raises NotFound, Invalid."""
    sale = checked_sale(deps, workspace, lead=lead, **values)
    keep_sale(deps, sale)
    return sale


def checked_sale(
    deps: Deps,
    workspace: str,
    *,
    lead: str,
    amount: int,
    sold_on: date,
    product: str = "",
    currency: str | None = None,
    rep: str | None = None,
    refund_of: str | None = None,
    **recurring: Any,
) -> Sale:
    """The sale as `add_sale` stores it, not stored yet. `recurring`: is_recurring, interval, ended_on, end_reason.

    With `refund_of`, the sale that is paid back, `amount` is what is paid back. Raises NotFound, Invalid.
    """
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
        currency=currency or "",
        sold_on=sold_on,
        rep=rep or owner,
        created_at=deps.now(),
        **recurring,
    )
    return _with_reminder(deps, _checked(made)) if refund_of is None else _refund(deps, made, refund_of)


def _refund(deps: Deps, made: Sale, refunded: str) -> Sale:
    """A refund with what it has from its sale. Raises Invalid where that is of another lead, a refund, or paid back already."""
    here = deps.store.of(made.workspace)
    of = here.sales.find(refunded)
    if of is None or not here.leads.is_one(of.lead, made.lead) or of.refund_of is not None:
        raise Invalid("refund_of", "must be a sale to the same lead, and no refund")
    if made.currency and made.currency.strip().upper() != of.currency:
        raise Invalid("currency", f"must be {of.currency}, as of the sale")
    amount = checks.cents("amount", abs(made.amount))
    left = of.amount + sum(one.amount for one in here.sales.refunds_of(of.id))
    if not 0 < amount <= left:
        raise Invalid("amount", f"must be above 0 and at most {exact_money(left, of.currency)}, which is not paid back yet")
    return msgspec.structs.replace(
        made, lead=of.lead, refund_of=of.id, amount=-amount, product=of.product, currency=of.currency, rep=of.rep
    )


def _with_reminder(deps: Deps, sale: Sale) -> Sale:
    zone = zone_of(deps.store.workspaces.get(sale.workspace).timezone)
    return msgspec.structs.replace(sale, remind_on=remind_on(sale, deps.now().astimezone(zone).date()))


def keep_sale(deps: Deps, sale: Sale) -> None:
    """Stores a checked sale."""
    deps.store.of(sale.workspace).sales.add(sale)
    changed(deps, sale.workspace, sale.lead)


def change_sale(deps: Deps, workspace: str, sale: str, *, version: int | None = None, **values: Any) -> Sale:
    """Changes product, amount, currency, day, rep, and whether, how often and until when it recurs. Raises NotFound, Invalid, Conflict."""
    here = deps.store.of(workspace)
    old = here.sales.get(sale)
    checks.version(old.version, version)
    if unknown := values.keys() - set(_CHANGEABLE):
        raise Invalid(min(unknown), "cannot be changed")
    for name in sorted(values.keys() - _MAY_BE_EMPTY):
        if values[name] is None:
            raise Invalid(name, "cannot be emptied")
    if values.get("rep") is not None:
        here.reps.get(values["rep"])
    new = _changed(old, values)
    _check_refunds(deps, old, new)
    if new == old:
        return old
    if any(getattr(new, name) != getattr(old, name) for name in _OF_RENEWAL):
        new = _with_reminder(deps, new)
    changes = {name: getattr(new, name) for name in (*_CHANGEABLE, "remind_on")}
    saved = here.sales.change(sale, version=old.version, **changes)
    changed(deps, workspace, saved.lead)
    return saved


def _check_refunds(deps: Deps, old: Sale, new: Sale) -> None:
    """Raises Invalid where more would be paid back than was paid, or in another currency."""
    sales = deps.store.of(old.workspace).sales
    others = sales.refunds_of(old.refund_of or old.id)
    if old.refund_of is not None:
        paid = sales.find(old.refund_of)
        back = -new.amount - sum(one.amount for one in others if one.id != old.id)
        if paid is not None and back > paid.amount:
            raise Invalid("amount", "is more than what was paid")
    elif others and new.currency != old.currency:
        raise Invalid("currency", "stays, because something was paid back in it")
    elif new.amount < -sum(one.amount for one in others):
        raise Invalid("amount", "is less than what was paid back")


def _changed(old: Sale, values: dict[str, Any]) -> Sale:
    if old.refund_of is None:
        return _checked(msgspec.structs.replace(old, **values))
    for name in sorted(_OF_ITS_SALE & values.keys()):
        if values[name] != getattr(old, name):
            raise Invalid(name, "is that of the sale which is paid back")
    return msgspec.structs.replace(old, **values | {"amount": -checks.cents("amount", abs(values.get("amount", old.amount)))})


def _checked(sale: Sale) -> Sale:
    if sale.interval is not None and not sale.is_recurring:
        raise Invalid("interval", "needs a recurring sale")
    if sale.ended_on is not None and (not sale.is_recurring or sale.ended_on < sale.sold_on):
        raise Invalid("ended_on", "needs a recurring sale, and must not be before its day")
    return msgspec.structs.replace(
        sale,
        product=checks.line("product", sale.product),
        amount=checks.cents("amount", sale.amount),
        currency=checks.currency("currency", sale.currency),
        interval=Interval(sale.interval) if sale.interval else None,
        end_reason=checks.optional_line("end_reason", sale.end_reason, longest=500),
    )


def remove_sale(deps: Deps, workspace: str, sale: str) -> None:
    """Deletes a sale; its refunds stay and no longer count. Raises NotFound."""
    here = deps.store.of(workspace)
    old = here.sales.get(sale)
    here.sales.remove(sale)
    here.sales.void_refunds(sale)
    changed(deps, workspace, old.lead)


def restore_sale(deps: Deps, workspace: str, lead: str, present: Sale | None, old: Sale | None) -> None:
    """Puts back what was stored of a sale before a change; one of them may be None, for one that is added or deleted. Used by undo."""
    sales = deps.store.of(workspace).sales
    sales.restore([old] if old else [], [present.id] if present and not old else [])
    if old:
        sales.count_refunds(old.id)
    elif present:
        sales.void_refunds(present.id)
    changed(deps, workspace, lead)
