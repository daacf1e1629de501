"""Reminders of renewals: a task for the rep of a recurring sale, once for each sale. Called by the schedule."""

from datetime import date, datetime, time, timedelta

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.actions.pipeline.tasks import add_task
from tracker.base.errors import Conflict
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.pipeline.sale import Sale
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.sales.renewals import is_renewed, renews_on

_MORNING = time(9)
_AT_ONCE = 500
_EARLIEST_ZONE = timedelta(hours=14)
_LONGEST_PRODUCT = 300


def remind_of_renewals(deps: Deps, now: datetime) -> None:
    """Adds the tasks that are due in all workspaces, by the local day of each."""
    in_due(deps, deps.store.due_workspaces.with_renewals((now + _EARLIEST_ZONE).date()), lambda one: _remind_in(deps, one, now))


def _remind_in(deps: Deps, workspace: Workspace, now: datetime) -> None:
    today = now.astimezone(zone_of(workspace.timezone)).date()
    for sale in deps.store.of(workspace.id).sales.to_renew(today, limit=_AT_ONCE):
        _remind(deps, workspace, sale)


def _remind(deps: Deps, workspace: Workspace, sale: Sale) -> None:
    """Adds the task, then notes that it was added; a repetition after a crash finds the task by its id."""
    here, day = deps.store.of(workspace.id), renews_on(sale)
    lead = here.leads.find(sale.lead)
    if lead is not None and lead.archived_at is None and day is not None and not is_renewed(sale, here.sales.of_leads([sale.lead])):
        reps = {rep.id for rep in here.reps.active()}
        rep = next((one for one in (sale.rep, lead.owner) if one in reps), None)
        _add(deps, workspace, sale, day, rep)
    here.sales.set_reminded(sale.id)


def _add(deps: Deps, workspace: Workspace, sale: Sale, day: date, rep: str | None) -> None:
    due = datetime.combine(day, _MORNING, zone_of(workspace.timezone))
    text = f"Renew {sale.product[:_LONGEST_PRODUCT] or 'the recurring sale'}, due {day:%-d %b %Y}"
    try:
        add_task(
            deps, workspace.id, lead=sale.lead, text=text, due=due, rep=rep, key=id_of(workspace.id, sale.id, "renewal", day.isoformat())
        )
    except Conflict:
        return
