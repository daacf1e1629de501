"""Actions on the costs of sources."""

from datetime import date
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import new_id
from tracker.domain.pipeline.cost import Cost, CostPurpose
from tracker.rules.sources.names import present_names

MOST_COSTS = 20_000
_LONGEST_DAYS = 3_660


def add_cost(
    deps: Deps, workspace: str, *, source: str | None, purpose: CostPurpose, first_day: date, last_day: date, amount: int, currency: str
) -> Cost:
    """Adds a cost of `amount` minor units. `source` is a name or an id. Raises Invalid, Conflict."""
    here = deps.store.of(workspace).costs
    if here.count() >= MOST_COSTS:
        raise Conflict(f"there are {MOST_COSTS:,} costs already; delete some of them first")
    known = _source(deps, workspace, source)
    made = Cost(
        id=new_id(),
        workspace=workspace,
        source=known,
        purpose=purpose,
        first_day=first_day,
        last_day=last_day,
        amount=amount,
        currency=currency,
        created_at=deps.now(),
    )
    return here.add(_checked(made))


def change_cost(deps: Deps, workspace: str, cost: str, *, version: int | None = None, **values: Any) -> Cost:
    """Changes what is given. Raises NotFound, Invalid, Conflict."""
    here = deps.store.of(workspace).costs
    old = here.get(cost)
    checks.version(old.version, version)
    if "source" in values:
        values["source"] = _source(deps, workspace, values["source"])
    for name in values.keys() - {"source"}:
        if values[name] is None:
            raise Invalid(name, "cannot be emptied")
    new = _checked(msgspec.structs.replace(old, **values))
    return here.change(cost, version=old.version, **{name: getattr(new, name) for name in values}) if values else old


def remove_cost(deps: Deps, workspace: str, cost: str) -> Cost:
    """Deletes a cost; returns it. Raises NotFound."""
    here = deps.store.of(workspace).costs
    old = here.get(cost)
    here.remove(cost)
    return old


def _checked(cost: Cost) -> Cost:
    days = (cost.last_day - cost.first_day).days + 1
    if not 1 <= days <= _LONGEST_DAYS:
        raise Invalid("to", f"must not be before the first day, and at most {_LONGEST_DAYS:,} days after it")
    return msgspec.structs.replace(cost, amount=checks.cents("amount", cost.amount), currency=checks.currency("currency", cost.currency))


def _source(deps: Deps, workspace: str, text: str | None) -> str | None:
    """The id of the source with this name or id. Raises Invalid."""
    if text is None:
        return None
    known = deps.store.of(workspace).sources.all()
    name = present_names(known).get(text.strip().casefold(), text)
    found = next((one for one in known if text == one.id or one.name.casefold() == name.strip().casefold()), None)
    if found is None:
        raise Invalid("source", "must be one of the sources of the workspace")
    return found.id
