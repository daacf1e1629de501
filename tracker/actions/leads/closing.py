"""Winning a lead in one step: the move, the sale, and the tasks that follow."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.actions.leads.leads import change_lead
from tracker.actions.pipeline import sales, tasks
from tracker.domain.leads.field_value import FieldValue
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.sale import Sale

_HAND_OVER = "Hand over and onboard"
_KEEP_IN_TOUCH = "Keep in touch"
_KEEP_AFTER = timedelta(days=30)


def win_lead(
    deps: Deps,
    workspace: str,
    lead: str,
    *,
    stage: str,
    hand_over: datetime,
    sale: Sale | None = None,
    version: int | None = None,
    actor: str | None = None,
    reason: str | None = None,
    fields: Mapping[str, FieldValue] | None = None,
) -> Lead:
    """Moves the lead to a won stage, which makes it a *Customer*, then adds the sale (`sales.checked_sale`) and the tasks to hand over and keep in touch.

    `fields` replaces the custom fields of the lead. Raises what `change_lead` does, before anything else is stored.
    """
    own = {"fields": dict(fields)} if fields else {}
    won = change_lead(deps, workspace, lead, version=version, actor=actor, stage=stage, lost_reason=reason, **own)
    if sale is not None:
        sales.keep_sale(deps, sale)
    for text, due in ((_HAND_OVER, hand_over), (_KEEP_IN_TOUCH, deps.now() + _KEEP_AFTER)):
        tasks.add_task(deps, workspace, lead=lead, text=text, due=due)
    return deps.store.of(workspace).leads.find(lead) or won
