"""Reminders of tasks and dated facts: an alert to the rep, at its time and at most once for each due time."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from tests.scenes import NOON, make_scene
from tracker.actions.alerting.channels import set_channel
from tracker.actions.alerting.fact_reminders import remind_of_facts
from tracker.actions.alerting.reminders import remind
from tracker.actions.changes.edits import edit_lead, edit_task
from tracker.actions.deps import Deps
from tracker.actions.leads.archive import archive_lead
from tracker.actions.pipeline.tasks import add_task, change_task
from tracker.base.ids import new_id
from tracker.domain.alerting.alert import AlertRule, AlertState
from tracker.domain.leads.lead import Lead
from tracker.domain.leads.qualification import DatedFact
from tracker.domain.team.rep import Rep, Role
from tracker.rules.alerting.reminder import reminder_title
from workers.recompute.run import recompute

MINUTE = timedelta(minutes=1)


def test_a_reminder_alerts_once_for_each_due_time(deps: Deps):
    """Not before its time, not again at the next run or recompute, again after the task was put off; not for a finished task."""
    scene = make_scene(deps)
    ws, lead, rep = scene.workspace.id, scene.lead(), scene.rep.id
    set_channel(deps, ws, rep, "email", {"address": "rosa@us.example"})
    task = add_task(deps, ws, lead=lead.id, text="Call about the offer", due=NOON + 60 * MINUTE, rep=rep, remind_minutes=15)
    add_task(deps, ws, lead=lead.id, text="No reminder", due=NOON + 45 * MINUTE, rep=rep)
    gone = scene.lead(email="gone@acme.example")
    add_task(deps, ws, lead=gone.id, text="Archived", due=NOON + 45 * MINUTE, remind_minutes=0)
    archive_lead(deps, ws, gone.id)

    remind(deps, NOON + 44 * MINUTE)
    assert scene.store.alerts.latest() == []
    for minutes in (45, 46, 61):
        remind(deps, NOON + minutes * MINUTE)
    recompute(deps, "live")

    (alert,) = scene.store.alerts.latest()
    assert (alert.rule, alert.rep, alert.lead, alert.state) == (AlertRule.TASK, rep, lead.id, AlertState.STANDING)
    assert len(alert.title) <= 45
    assert alert.title.endswith("Call about the offer")
    assert "Due today 13:00" in alert.text
    assert [d.alert for found in scene.store.deliveries.of_alerts([alert.id]).values() for d in found] == [alert.id]

    edit_task(deps, ws, task.id, actor=rep, due=NOON + 180 * MINUTE, remind_minutes=0)
    remind(deps, NOON + 100 * MINUTE)
    assert len(scene.store.alerts.latest()) == 1
    remind(deps, NOON + 180 * MINUTE)
    assert len(scene.store.alerts.latest()) == 2
    change_task(deps, ws, task.id, due=NOON + 240 * MINUTE, done=True)
    remind(deps, NOON + 240 * MINUTE)
    assert len(scene.store.alerts.latest()) == 2


def test_a_rep_who_may_not_see_the_lead_any_more_is_not_told(deps: Deps):
    """The task stayed theirs when the lead was given to a colleague: the colleague is told."""
    scene = make_scene(deps)
    ws = scene.workspace.id
    policy = msgspec.structs.replace(scene.workspace.policy, reps_see="own")
    deps.store.workspaces.change(ws, policy=policy)
    rosa, ivo = (
        scene.store.reps.add(Rep(id=new_id(), workspace=ws, email=f"{name}@us.example", name=name, role=Role.REP, created_at=NOON))
        for name in ("rosa", "ivo")
    )
    lead = scene.lead(owner=rosa.id)
    add_task(deps, ws, lead=lead.id, text="Call", due=NOON, rep=rosa.id, remind_minutes=0)
    add_task(deps, ws, lead=lead.id, text="Write", due=NOON + 5 * MINUTE, rep=rosa.id, remind_minutes=0)

    remind(deps, NOON)
    edit_lead(deps, ws, lead.id, actor=None, owner=ivo.id)
    remind(deps, NOON + 5 * MINUTE)
    told = {alert.title.rpartition(": ")[2].split()[-1]: alert.rep for alert in scene.store.alerts.latest()}
    assert told == {"Call": rosa.id, "Write": ivo.id}


def test_a_title_has_who_and_what_in_45_characters():
    """Whatever is long is cut, and both remain."""
    for name, company, text in (
        ("Dana", "Acme", "Call"),
        ("D" * 60, "A" * 60, "C" * 500),
        ("Dana Whitfield", "Acme Foods International", "Send"),
    ):
        lead = Lead(id="l", workspace="w", email="d@x.example", name=name, company=company, created_at=NOON, updated_at=NOON)
        title = reminder_title(text, lead)
        assert len(title) <= 45
        assert title.startswith(name[:8])
        assert text[:8] in title


def test_a_dated_fact_alerts_the_owner_once_on_its_morning(deps: Deps):
    """At 9:00 where the owner is, so many days before; not for an archived lead, not without a reminder; again for another day."""
    scene = make_scene(deps)
    ws, rep = scene.workspace.id, scene.rep
    deps.store.of(ws).reps.change(rep.id, timezone="America/New_York")
    day = (NOON + timedelta(days=8)).date()
    facts = [DatedFact(text="Contract ends", day=day, remind_days=7), DatedFact(text="Fair", day=day)]
    lead, gone = scene.lead(), scene.lead(email="gone@acme.example")
    for one in (lead, gone):
        edit_lead(deps, ws, one.id, actor=rep.id, owner=rep.id, dated_facts=facts)
    archive_lead(deps, ws, gone.id)
    nine = datetime.combine(day - timedelta(days=7), time(9), ZoneInfo("America/New_York"))

    remind_of_facts(deps, nine - MINUTE)
    assert scene.store.alerts.latest() == []
    for minutes in (0, 1, 60):
        remind_of_facts(deps, nine + minutes * MINUTE)
    recompute(deps, "live")

    (alert,) = scene.store.alerts.latest()
    assert (alert.rule, alert.rep, alert.lead, alert.state) == (AlertRule.TASK, rep.id, lead.id, AlertState.STANDING)
    assert alert.title.endswith(": Contract ends")
    assert alert.text.startswith(f"In 7 days, {day.day} {day:%b %Y}: Contract ends.")
    edit_lead(deps, ws, lead.id, actor=rep.id, dated_facts=[DatedFact(text="Contract ends", day=day, remind_days=6)])
    remind_of_facts(deps, nine + timedelta(days=1))
    assert len(scene.store.alerts.latest()) == 2
    edit_lead(deps, ws, lead.id, actor=rep.id, dated_facts=[])
    remind_of_facts(deps, nine + timedelta(days=1))
    assert len(scene.store.alerts.latest()) == 2
