"""Winning a lead in one step: the move, the sale, and the tasks that follow, recorded as one change that can be undone."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tracker.actions.changes.edits import Edited, edit_lead
from tracker.actions.deps import Deps
from tracker.actions.pipeline import sales, tasks
from tracker.domain.leads.field_value import FieldValue
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
    own: Mapping[str, FieldValue] | None = None,
) -> Edited:
    """Moves the lead to a won stage, which makes it a *Customer*, then adds the sale (`sales.checked_sale`) and the tasks to hand over and keep in touch.

    `own`: custom fields to set. Raises what `edit_lead` does, before anything else is stored.
    """

    def add_rest() -> dict[str, str]:
        added = {}
        if sale is not None:
            sales.keep_sale(deps, sale)
            added["sale"] = sale.id
        later = deps.now() + _KEEP_AFTER
        for kind, text, due in (("hand_over", _HAND_OVER, hand_over), ("keep_in_touch", _KEEP_IN_TOUCH, later)):
            added[kind] = tasks.add_task(deps, workspace, lead=lead, text=text, due=due).id
        return added

    won = edit_lead(deps, workspace, lead, version=version, actor=actor, stage=stage, lost_reason=reason, own=own, then=add_rest)
    return Edited(deps.store.of(workspace).leads.find(lead) or won.lead, won.change)
