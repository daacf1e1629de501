"""Automations: each start once, at the right local time; what they do, also after an interruption; the preview; undo; parking."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.automations.carry_out import complete
from tracker.actions.automations.engine import MOST_A_DAY, run_automations
from tracker.actions.automations.histories import load_world
from tracker.actions.automations.preview import preview
from tracker.actions.automations.settings import add_automation, automation_of, change_automation
from tracker.actions.automations.undo_entry import undo_entry
from tracker.actions.deps import Deps
from tracker.actions.leads.archive import archive_lead
from tracker.actions.pipeline.notes import add_note
from tracker.actions.pipeline.stages import move_lead
from tracker.base.errors import Conflict
from tracker.base.ids import id_of
from tracker.domain.alerting.alarm import AlarmKind
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.automation import (
    AutomationAction,
    AutomationContent,
    AutomationDeed,
    AutomationEntry,
    AutomationState,
    AutomationTrigger,
)
from tracker.domain.team.assignment import AssignmentRule, AssignTo
from tracker.domain.team.out_of_office import OutOfOffice
from tracker.domain.team.team import Team
from tracker.rules.visibility import Viewer
from workers.recompute.run import recompute

DAY = timedelta(days=1)
T, D, S = AutomationTrigger, AutomationDeed, AutomationState


class World:
    """A workspace with a clock."""

    def __init__(self, deps: Deps, zone: str = "Asia/Kolkata") -> None:
        self.now = NOON
        self.deps = replace(deps, now=lambda: self.now)
        self.scene: Scene = make_scene(self.deps)
        self.ws = self.scene.workspace.id
        self.here = self.scene.store
        self.here.reps.change(self.scene.rep.id, timezone=zone)

    @property
    def workspace(self):
        return self.deps.store.workspaces.get(self.ws)

    def switch(self, key: str, **more) -> None:
        change_automation(self.deps, self.workspace, key, is_on=True, **more)

    def own(self, trigger: AutomationTrigger, *actions: AutomationAction, **more) -> str:
        content = AutomationContent(trigger=trigger, actions=actions, **more)
        return add_automation(self.deps, self.workspace, name="Own", content=content, is_on=True).id

    def go(self, until: datetime, step: timedelta = timedelta(hours=6)) -> None:
        """Lets time pass with runs on the way, twice each: a repeated run does nothing more."""
        while self.now < until:
            self.now = min(self.now + step, until)
            for _ in range(2):
                run_automations(self.deps, self.now)
                recompute(self.deps, "bulk")
                recompute(self.deps, "live")

    def log(self, lead: Lead, *states: AutomationState) -> list[AutomationEntry]:
        found = self.here.automation_log.page(lead=lead.id, limit=200).items
        return [one for one in reversed(found) if one.state in (states or (S.DONE,))]

    def lead(self, name: str, **more) -> Lead:
        made = self.here.leads.change(self.scene.lead(name, **more).id, created_at=NOON)
        self.deps.store.dirty.mark(self.ws, made.id, [NOON])
        recompute(self.deps, "live")
        return self.here.leads.get(made.id)

    def contact(self, lead: Lead) -> None:
        add_note(self.deps, self.ws, lead=lead.id, kind="call", text="Talked", rep=self.scene.rep.id)
        recompute(self.deps, "live")
        recompute(self.deps, "bulk")


def test_a_quarter_of_shipped_automations(deps: Deps):
    """Stale after 14 and 30 days and archived after 90, at 9:00 in Kolkata, once; a contact in between starts the days anew."""
    world = World(deps)
    for key in ("stale", "long_stale", "archive"):
        world.switch(key)
    quiet, busy, won = (world.lead(name) for name in ("Quinn", "Beth", "Wim"))
    move_lead(world.deps, world.ws, won.id, "Won", actor=world.scene.rep.id)
    world.go(NOON + 10 * DAY, 2 * DAY)
    world.contact(busy)
    world.go(NOON + 20 * DAY, DAY)
    assert [one.automation for one in world.log(quiet)] == ["stale"]
    world.contact(busy)
    world.go(NOON + 91 * DAY, DAY)

    kolkata = ZoneInfo("Asia/Kolkata")
    assert [(one.automation, one.started_at.astimezone(kolkata)) for one in world.log(quiet)] == [
        (key, datetime(2026, 11, 19, 9, tzinfo=kolkata) + days * DAY) for key, days in (("stale", 14), ("long_stale", 30), ("archive", 90))
    ]
    assert [one.automation for one in world.log(busy)] == ["stale", "long_stale"]
    assert world.log(won) == []
    found = world.here.leads.get(quiet.id)
    assert (found.archived_at is not None, found.tags) == (True, ("nurture",))
    assert found.next_action.text == "Get in touch: no contact for 14 days"
    tasks = world.here.tasks.open_of_lead(quiet.id)
    assert [(task.text, task.rep) for task in tasks] == [
        (f"{text}: no contact for {days} days", world.scene.rep.id) for text, days in (("Get in touch", 14), ("Keep or close", 30))
    ]
    assert world.log(busy)[0].reason == "No contact for 14 days"

    entry = world.log(quiet)[-1]
    undo_entry(world.deps, world.ws, entry.id, actor=world.scene.rep.id)
    restored = world.here.leads.get(quiet.id)
    assert (restored.archived_at, restored.tags) == (None, ())
    with pytest.raises(Conflict):
        undo_entry(world.deps, world.ws, entry.id, actor=world.scene.rep.id)
    world.go(world.now + 2 * DAY, DAY)
    assert world.here.leads.get(quiet.id).archived_at is None

    seen = preview(world.deps, Viewer(world.workspace, world.scene.rep), automation_of(world.deps, world.ws, "stale").content, days=92)
    lived = [(one.lead, one.started_at) for lead in (quiet, busy) for one in world.log(lead) if one.automation == "stale"]
    assert sorted((one.lead.id, one.at) for one in seen.starts) == sorted(lived)


def test_events_stages_and_bounds(deps: Deps):
    """Tasks, tags, moves, owners, fields and alerts by events; no loop; five changes of a lead a day; nothing from before the switch."""
    world = World(deps)
    rep = world.scene.rep.id
    lead, other = world.lead("Lea", owner=None), world.lead("Otto")
    add_note(world.deps, world.ws, lead=other.id, kind="meeting", text="Talked", rep=rep)
    world.go(NOON + DAY, DAY)
    world.switch("meeting_moves")
    notify = AutomationAction(kind=D.NOTIFY, text="Moved on")
    world.own(T.STAGE, AutomationAction(kind=D.ASSIGN, to=rep), AutomationAction(kind=D.TAG, text="moved"), notify)
    world.own(T.MEETING, AutomationAction(kind=D.TAG, text="met"), condition={"field": "stage", "is": "New"})
    world.go(world.now + timedelta(hours=1))
    add_note(world.deps, world.ws, lead=lead.id, kind="meeting", text="Talked", rep=rep)
    recompute(world.deps, "live")
    world.go(world.now + timedelta(minutes=5))
    found = world.here.leads.get(lead.id)
    assert (found.stage, found.owner, found.tags) == ("Qualified", None, ("met",)), "a move by an automation starts none"
    assert world.here.leads.get(other.id).stage == "New"

    move_lead(world.deps, world.ws, lead.id, "Negotiation", actor=rep)
    world.go(world.now + timedelta(minutes=5))
    found = world.here.leads.get(lead.id)
    assert (found.owner, found.tags) == (rep, ("met", "moved"))
    (alert,) = world.here.alerts.latest(lead=lead.id)
    assert (alert.title, alert.rep) == ("Lea (Acme): Moved on", None)

    for number in range(MOST_A_DAY):
        world.own(T.REPLY if number % 2 else T.MEETING, AutomationAction(kind=D.TAG, text=f"t{number}"))
    world.now += timedelta(minutes=1)
    for n in range(MOST_A_DAY):
        world.own(T.MEETING, AutomationAction(kind=D.TAG, text=f"more{n}"))
    world.now += timedelta(minutes=1)
    add_note(world.deps, world.ws, lead=lead.id, kind="meeting", text="Talked", rep=rep)
    recompute(world.deps, "live")
    world.go(world.now + timedelta(minutes=5))
    assert len(world.log(lead)) == MOST_A_DAY
    assert {one.reason for one in world.log(lead, S.REFUSED)} == {f"{MOST_A_DAY} automations changed this lead within a day"}


def test_a_stage_rule_is_switched_off_for_email_from_then_on(deps: Deps):
    """What it moved before stays, also when the lead is computed again."""
    world = World(deps)
    early, late = world.lead("Eve"), world.lead("Lil")
    world.scene.message(early, sent_at=NOON)
    recompute(world.deps, "live")
    world.now += timedelta(hours=1)
    change_automation(world.deps, world.workspace, "message_sent", is_on=False)
    world.scene.message(late, sent_at=world.now + timedelta(minutes=1))
    world.deps.store.dirty.mark(world.ws, early.id, [NOON])
    recompute(world.deps, "live")
    assert [world.here.leads.get(one.id).stage for one in (early, late)] == ["Contacted", "New"]
    world.now += timedelta(hours=1)
    change_automation(world.deps, world.workspace, "message_sent", is_on=True)
    recompute(world.deps, "live")
    assert world.here.leads.get(late.id).stage == "New"
    world.scene.message(late, sent_at=world.now + timedelta(minutes=1), subject="Again")
    recompute(world.deps, "live")
    assert world.here.leads.get(late.id).stage == "Contacted"


@pytest.mark.parametrize("stop", ["planned", "moved", "followed", "changed"])
def test_an_interrupted_entry_is_completed_exactly_once(deps: Deps, stop: str):
    """Killed after the entry, after the move, also if the stage has followed it, or after the change: the next run adds what is missing."""
    world = World(deps)
    lead = world.lead("Ines")
    task, tag = AutomationAction(kind=D.TASK, text="Call"), AutomationAction(kind=D.TAG, text="x")
    actions = (task, tag, AutomationAction(kind=D.MOVE), AutomationAction(kind=D.NOTIFY, text="Look"))
    key = world.own(T.CREATED, *actions)
    entry = AutomationEntry(
        id=id_of(world.ws, key, lead.id, "created"),
        workspace=world.ws,
        automation=key,
        lead=lead.id,
        cause="created",
        started_at=NOON,
        at=NOON,
        reason="Added",
    )
    world.here.automation_log.add(entry)
    if stop != "planned":
        shared = load_world(world.deps, world.workspace)
        complete(world.deps, shared, {key: automation_of(world.deps, world.ws, key)}, [entry], NOON)
        world.here.automation_log.finish(entry)
        world.here.alerts.rows.delete_many({})
        world.here.changes.rows.delete_many({})
        world.here.tasks.rows.delete_many({})
    if stop in ("moved", "followed"):
        values = {
            "tags": [],
            "stage": "New" if stop == "moved" else "Qualified",
            "next_action": None,
            "last_automation": None,
            "keys": lead_keys(world, lead),
        }
        world.here.leads.rows.update_one({"_id": f"{world.ws}:{lead.id}"}, {"$set": values})
    world.go(NOON + timedelta(hours=1), timedelta(minutes=10))
    found = world.here.leads.get(lead.id)
    assert (found.stage, found.tags, found.next_action.text) == ("Qualified", ("x",), "Call")
    assert len(world.here.tasks.of_lead(lead.id)) == len(world.here.alerts.latest(lead=lead.id)) == len(world.log(lead)) == 1
    assert [move.stage for move in world.here.moves.of_lead(lead.id)] == ["Qualified"]


def lead_keys(world: World, lead: Lead):
    return world.here.leads.rows.find_one({"_id": f"{world.ws}:{lead.id}"})["keys"]


def test_parked_and_stopped(deps: Deps):
    """An automation that fails three times is parked and told; archived leads are left alone; a required field refuses a move."""
    world = World(deps)
    lead, archived = world.lead("Lou"), world.lead("Ari")
    key = world.own(T.MEETING, AutomationAction(kind=D.MOVE))
    stored = world.here.automations.get(key)
    broken = msgspec.structs.replace(stored.content, condition={"field": "no such field", "is": "x"})
    other = world.own(T.MEETING, AutomationAction(kind=D.TAG, text="met"))
    world.here.automations.change(other, content=broken)
    archive_lead(world.deps, world.ws, archived.id)
    world.now += timedelta(minutes=1)
    for one in (lead, archived):
        add_note(world.deps, world.ws, lead=one.id, kind="meeting", text="Talked", rep=world.scene.rep.id)
    recompute(world.deps, "live")
    recompute(world.deps, "bulk")
    world.go(NOON + timedelta(hours=1), timedelta(minutes=15))
    parked = automation_of(world.deps, world.ws, other)
    assert (parked.is_on, parked.failures) == (False, 3)
    assert [alarm.subject for alarm, *_ in world.deps.store.alarms.active() if alarm.kind is AlarmKind.AUTOMATION] == [other]
    assert world.here.leads.get(lead.id).stage == "Qualified"
    assert world.log(archived, *S) == []
    change_automation(world.deps, world.workspace, other, is_on=True)
    assert automation_of(world.deps, world.ws, other).is_on
    assert AlarmKind.AUTOMATION not in {alarm.kind for alarm, *_ in world.deps.store.alarms.active()}


def test_a_team_takes_turns_without_those_who_are_away(deps: Deps):
    """New leads go to the members in turn; who is out of office in their own zone gets none; by rules as those say; an owner stays."""
    world = World(deps)
    first = world.scene.rep.id
    second = world.here.reps.add(msgspec.structs.replace(world.scene.rep, id="second", email="second@acme.example", name="Second")).id
    team, rule = Team(id="north", name="North", members=(first, second)), AssignmentRule(name="All", condition={"all": []}, to=AssignTo.REP)
    rule = msgspec.structs.replace(rule, rep=second)
    world.deps.store.workspaces.change(world.ws, teams=(team,), assignment_rules=(rule,))
    key = world.own(T.CREATED, AutomationAction(kind=D.ASSIGN, to="team:north"))
    world.now += timedelta(minutes=1)

    def owners(*names: str) -> list[str | None]:
        made = [world.scene.lead(name, owner=first if name == "Owned" else None) for name in names]
        for one in made:
            world.here.leads.change(one.id, created_at=world.now)
        world.go(world.now + timedelta(minutes=5))
        return sorted(world.here.leads.get(one.id).owner for one in made)

    assert owners("Ada", "Ben", "Cid", "Dot") == sorted([first, second, first, second])
    assert owners("Owned") == [first]
    world.here.reps.change(second, out_of_office=OutOfOffice(first=world.now.date(), last=world.now.date()))
    assert owners("Eve", "Fay") == [first, first]
    world.here.reps.change(second, out_of_office=None)
    content = AutomationContent(trigger=T.CREATED, actions=(AutomationAction(kind=D.ASSIGN, to="rules"),))
    change_automation(world.deps, world.workspace, key, content=content)
    world.now += timedelta(minutes=1)
    assert owners("Gus") == [second]


def test_the_half_yearly_review_is_one_alert_for_an_admin(deps: Deps):
    """On the first of January at 9:00 in the admin's zone, once, without a lead; also where the run was interrupted."""
    world = World(deps)
    world.lead("Lea", owner=None, source=None)
    world.switch("review")
    due = datetime(2027, 1, 1, 9, tzinfo=ZoneInfo("Asia/Kolkata"))
    world.now = due - timedelta(minutes=1)
    run_automations(world.deps, world.now)
    assert world.here.automation_log.page().items == []
    world.now = due + timedelta(minutes=1)
    run_automations(world.deps, world.now)
    (entry,) = world.here.automation_log.page().items
    world.here.automation_log.finish(msgspec.structs.replace(entry, state=S.PLANNED))
    world.go(due + 3 * DAY, DAY)
    (entry,) = world.here.automation_log.page().items
    assert (entry.lead, entry.started_at, entry.state, entry.words) == ("", due, S.DONE, ("Alerted Rita Reyes",))
    (alert,) = world.here.alerts.rows.find({})
    assert (alert["rep"], alert["lead"], alert["path"]) == (world.scene.rep.id, "", "/clean-up")
    assert "no owner 1" in alert["text"]
    with pytest.raises(Conflict):
        undo_entry(world.deps, world.ws, entry.id, actor=world.scene.rep.id)
