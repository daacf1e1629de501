"""Reminders of renewals: one task for each recurring sale, also after a crash between the task and its note."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import structs

from tracker.actions.leads import leads
from tracker.actions.leads.archive import archive_lead
from tracker.actions.pipeline import sales
from tracker.actions.pipeline.renewals import remind_of_renewals
from tracker.actions.workspace import workspaces
from tracker.domain.pipeline.sale import Interval, Sale
from tracker.rules.sales.renewals import remind_on, renews_on

NOW = datetime(2027, 1, 31, 9, tzinfo=UTC)


def _sale(sold_on: date, interval: Interval | None = Interval.MONTH, **more) -> Sale:
    values = {"is_recurring": True, "interval": interval} | more
    return Sale(id="s", workspace="w", lead="l", product="Care", amount=1, currency="EUR", sold_on=sold_on, created_at=NOW, **values)


@pytest.mark.parametrize(
    ("sale", "day"),
    [
        (_sale(date(2027, 1, 31)), date(2027, 2, 28)),
        (_sale(date(2027, 11, 30), Interval.QUARTER), date(2028, 2, 29)),
        (_sale(date(2028, 2, 29), Interval.YEAR), date(2029, 2, 28)),
        (_sale(date(2027, 8, 31), Interval.HALF_YEAR), date(2028, 2, 29)),
        (_sale(date(2027, 1, 31), None), None),
        (_sale(date(2027, 1, 31), ended_on=date(2027, 2, 1)), None),
        (_sale(date(2027, 1, 31), refund_of="x"), None),
        (_sale(date(2027, 1, 31), is_recurring=False), None),
    ],
)
def test_a_sale_is_renewed_after_its_interval(sale, day):
    """At the end of a shorter month; never for one that ended, is paid back or recurs at unknown times."""
    assert renews_on(sale) == day


def test_what_is_past_has_no_reminder():
    assert remind_on(_sale(date(2026, 1, 31)), NOW.date()) is None
    assert remind_on(_sale(date(2027, 1, 1)), NOW.date()) == date(2027, 1, 25)


def test_each_sale_is_reminded_of_once(deps):
    """On the local day; not for one that was renewed, or whose lead is archived."""
    deps = replace(deps, now=lambda: NOW)
    workspace = workspaces.add_workspace(deps, "Northbeam", timezone="Pacific/Chatham")
    here = deps.store.of(workspace.id)
    made = [leads.add_lead(deps, workspace.id, email=f"l{n}@x.example", name="Lead") for n in range(2)]
    of = {"currency": "EUR", "amount": 100, "is_recurring": True, "sold_on": date(2027, 1, 31), "interval": "month"}
    kept = sales.add_sale(deps, workspace.id, lead=made[0].id, product="Care", **of)
    sales.add_sale(deps, workspace.id, lead=made[0].id, product="Seats", **of)
    sales.add_sale(deps, workspace.id, lead=made[0].id, product="Seats", **of | {"sold_on": date(2027, 2, 25), "interval": "year"})
    changed = sales.add_sale(deps, workspace.id, lead=made[1].id, product="Other", **of)
    archive_lead(deps, workspace.id, made[1].id)
    sales.change_sale(deps, workspace.id, changed.id, interval=Interval.QUARTER)

    remind_of_renewals(deps, datetime(2027, 2, 20, 10, 0, tzinfo=UTC))  # 23:45 of the 20th at Chatham
    assert here.tasks.of_lead(made[0].id) == []
    remind_of_renewals(deps, datetime(2027, 2, 20, 10, 30, tzinfo=UTC))
    (task,) = here.tasks.of_lead(made[0].id)
    assert (task.text, task.due) == ("Renew Care, due 28 Feb 2027", datetime(2027, 2, 27, 19, 15, tzinfo=UTC))
    here.sales.restore([structs.replace(here.sales.get(kept.id), remind_on=date(2027, 2, 21))], [])
    for days in range(1, 100, 7):
        remind_of_renewals(deps, NOW + timedelta(days=20 + days))
    assert len(here.tasks.of_lead(made[0].id)) == 1
    assert here.tasks.of_lead(made[1].id) == []
