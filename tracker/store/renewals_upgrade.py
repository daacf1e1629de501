"""The step to reminders of renewals: recurring sales that are still to be renewed get their day."""

from tracker.base.clock import utc_now
from tracker.rules.sales.renewals import remind_on
from tracker.store.core.records import key_of
from tracker.store.store import Store


def plan_renewals(store: Store) -> None:
    """Stores from when on reps are reminded of the recurring sales of all workspaces."""
    store.ensure_indexes()
    today = utc_now().date()
    for workspace in store.workspaces.all():
        here = store.of(workspace.id).sales
        for sale in here.each():
            day = remind_on(sale, today)
            if day is not None:
                key = {"_id": key_of(workspace.id, sale.id), "ws": workspace.id}
                here.rows.update_one(key, {"$set": {"remind_on": day.isoformat()}})
