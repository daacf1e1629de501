"""Weeks of automations with an injected clock, in zones whose clocks change meanwhile: each once, at the right local time, as previewed."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from tests.workers.test_automations import DAY, World
from tracker.actions.automations.engine import run_automations
from tracker.actions.automations.preview import preview
from tracker.actions.automations.settings import automation_of
from tracker.actions.leads.archive import archive_lead
from tracker.actions.pipeline.notes import add_note
from tracker.actions.pipeline.stages import move_lead
from tracker.actions.privacy.erase import erase_lead
from tracker.base.ids import new_id
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.ops.audit import OPERATOR
from tracker.domain.pipeline.automation import AutomationAction, AutomationDeed, AutomationState, AutomationTrigger
from tracker.domain.team.team import Team
from tracker.rules.verdicts.first import RECORDED
from tracker.rules.visibility import Viewer
from workers.recompute.run import recompute

ZONES = ("Asia/Kolkata", "Pacific/Chatham", "Europe/Lisbon", "America/St_Johns", "America/New_York")
BEGIN = datetime(2026, 10, 12, 12, tzinfo=UTC)
"""From then, clocks change in Lisbon on 25 October and in America on 1 November."""
STEPS, LEADS = 34, 9
NUMBERS = {"stale": 5, "long_stale": 8, "archive": 12, "keep_in_touch": 7, "uncontacted": 24, "unanswered": 48}
T, D = AutomationTrigger, AutomationDeed
OPEN = ("New", "Contacted", "Qualified")


class Story:
    """What happened to one lead, as a plain list; and what should follow from it by plain arithmetic."""

    def __init__(self, key: str, created: datetime) -> None:
        self.key, self.zone, self.created = key, ZoneInfo("UTC"), created
        self.ours: list[datetime] = []
        self.responses: list[datetime] = []
        self.views: list[datetime] = []
        self.stages = [(created, "New")]
        self.ended: datetime | None = None

    def stage_at(self, at: datetime) -> str:
        return [stage for since, stage in self.stages if since <= at][-1]

    def morning(self, anchor: datetime, days: int) -> datetime:
        """The first 9:00 of the zone that is not before the same local time so many days later."""
        there = anchor.astimezone(self.zone).replace(tzinfo=None) + timedelta(days=days)
        nine = datetime.combine(there.date(), time(9))
        return (nine if there <= nine else nine + DAY).replace(tzinfo=self.zone).astimezone(UTC)

    def working(self, at: datetime) -> datetime:
        """The moment, or when it is next Monday to Friday from 8:00 to 18:00."""
        while (there := at.astimezone(self.zone)).weekday() > 4 or not 8 <= there.hour < 18:
            at += timedelta(minutes=1)
        return at

    def mornings(self, anchors: list[datetime], days: int, end: datetime, *, again: bool = False) -> list[datetime]:
        found = []
        for anchor, following in pairwise([*anchors, None]):
            for turn in range(1, 40 if again else 2):
                at = self.morning(anchor, turn * days)
                if at <= end and (following is None or at < following):
                    found.append(at)
        return found

    def expected(self, end: datetime) -> set[tuple[str, datetime]]:
        """Each automation with its times, until the lead was archived or erased."""
        contacts = sorted({self.created, *self.ours, *self.responses})
        active = sorted({*contacts, *self.views})
        found = [("created", self.created)]
        for key, anchors in (("stale", contacts), ("long_stale", contacts), ("archive", active)):
            found += [(key, at) for at in self.mornings(anchors, NUMBERS[key], end) if self.stage_at(at) in OPEN]
        again = self.mornings(contacts, NUMBERS["keep_in_touch"], end, again=True)
        found += [("keep_in_touch", at) for at in again if self.stage_at(at) == "Won"]
        at = self.working(self.created + timedelta(hours=NUMBERS["uncontacted"]))
        if self.stage_at(at) == "New" and not any(one < at for one in self.ours):
            found.append(("uncontacted", at))
        for before, after in pairwise([self.created - DAY, *sorted(self.responses), None]):
            own = [one for one in self.ours if one > before and (after is None or one < after)]
            at = self.working(min(own) + timedelta(hours=NUMBERS["unanswered"])) if own else end + DAY
            if (after is None or at < after) and self.stage_at(at) == "Contacted":
                found.append(("unanswered", at))
        archived = min((at for key, at in found if key == "archive"), default=end)
        last = min(archived, self.ended or end, end)
        return {(key, at) for key, at in found if at <= last}


class Quarter:
    """A world with a rep in each zone and the stories of its leads."""

    def __init__(self, deps, seed: int) -> None:
        self.random, self.world = Random(seed), World(deps)
        self.world.now = BEGIN
        self.here, self.ws = self.world.here, self.world.ws
        rep = self.world.scene.rep
        self.reps = [
            self.here.reps.add(msgspec.structs.replace(rep, id=f"rep{n}", email=f"rep{n}@acme.example", timezone=zone))
            for n, zone in enumerate(ZONES)
        ]
        team = Team(id="all", name="All", members=tuple(one.id for one in self.reps))
        self.world.deps.store.workspaces.change(self.ws, teams=(team,))
        for key, number in NUMBERS.items():
            content = msgspec.structs.replace(automation_of(self.world.deps, self.ws, key).content, number=number)
            self.world.switch(key, content=content)
        tag = (AutomationAction(kind=D.TAG, text="x"),)
        self.own = {
            "created": self.world.own(T.CREATED, AutomationAction(kind=D.TAG, text="added")),
            "viewed": self.world.own(T.VIEW, *tag, condition={"field": "score", "at_least": 2}),
            "cold": self.world.own(T.IN_STAGE, *tag, number=3, condition={"all": [{"field": "engagement", "at_most": 1}]}),
            "back": self.world.own(T.STAGE, *tag, condition={"field": "last_seen", "within_days": 5}),
        }
        self.names = {key: key for key in NUMBERS} | {key: name for name, key in self.own.items()}
        self.stories: list[Story] = []
        self.assigned = self.world.own(T.CREATED, AutomationAction(kind=D.ASSIGN, to="team:all"))

    def live(self) -> None:
        births = sorted(1 + self.random.randrange(STEPS // 3) for _ in range(LEADS))
        for step in range(STEPS):
            for _ in range(births.count(step)):
                self.add()
            for story in self.stories:
                if story.ended is None and story.created < self.world.now and self.random.random() < 0.3:
                    self.act(story)
            recompute(self.world.deps, "live")
            recompute(self.world.deps, "bulk")
            self.world.now += timedelta(hours=self.random.randint(13, 23))
            run_automations(self.world.deps, self.world.now)
            if step % 9 == 0:
                run_automations(self.world.deps, self.world.now)

    def add(self) -> None:
        rep, owned = self.random.choice(self.reps), self.random.random() < 0.7
        made = self.world.scene.lead(new_id()[-6:], owner=rep.id)
        self.here.leads.change(made.id, created_at=self.world.now)
        if not owned:
            self.here.leads.change(made.id, owner=None)
        self.world.deps.store.dirty.mark(self.ws, made.id, [self.world.now])
        self.stories.append(Story(made.id, self.world.now))

    def act(self, story: Story) -> None:
        now, deps, ws = self.world.now, self.world.deps, self.ws
        if self.here.leads.get(story.key).archived_at is not None:
            story.ended = now
            return
        match self.random.choice(("call", "call", "talk", "view", "view", "move", "move", "archive", "erase")):
            case "call":
                add_note(deps, ws, lead=story.key, kind="call", text="Call", rep=self.reps[0].id, result="no_answer")
                story.ours.append(now)
            case "talk":
                add_note(deps, ws, lead=story.key, kind="call", text="Call", rep=self.reps[0].id, result="reached")
                story.ours.append(now)
                story.responses.append(now)
            case "view":
                self.view(story)
            case "move":
                known = ("New", "Contacted", "Qualified", "Won")
                to = self.random.choice(known[1:])
                if to != story.stage_at(now):
                    move_lead(deps, ws, story.key, to, actor=self.reps[0].id)
                    story.stages.append((now, to))
            case "archive" if self.random.random() < 0.3:
                archive_lead(deps, ws, story.key)
                story.ended = now
            case "erase" if self.random.random() < 0.3:
                erase_lead(deps, ws, story.key, OPERATOR)
                story.ended = now

    def view(self, story: Story) -> None:
        now = self.world.now
        event = Event(id=new_id(), workspace=self.ws, kind=EventKind.VIEW, at=now, received=now, verdict=RECORDED, lead=story.key)
        self.here.events.add(event)
        self.world.deps.store.dirty.mark(self.ws, story.key, [now])
        story.views.append(now)

    def log(self) -> dict[str, list[tuple[str, datetime]]]:
        """By lead, what was done or had nothing to do."""
        found: dict[str, list[tuple[str, datetime]]] = {}
        rows, cursor = [], None
        while True:
            page = self.here.automation_log.page(cursor=cursor, limit=200)
            rows += page.items
            cursor = page.next
            if not cursor:
                break
        for entry in rows:
            assert entry.state in (AutomationState.DONE, AutomationState.UNCHANGED), entry
            assert entry.reason
            if entry.automation in self.names:
                found.setdefault(entry.lead, []).append((self.names[entry.automation], entry.started_at))
        return found


def test_each_once_at_the_right_local_time_and_as_previewed(deps):
    """Reminders, flags, archiving, keeping in touch: what plain arithmetic says, nothing after a lead was archived or erased; and previews."""
    quarter = Quarter(deps, 7)
    quarter.live()
    lived, end = quarter.log(), quarter.world.now
    for story in quarter.stories:
        known = quarter.here.leads.by_ids([story.key]).get(story.key)
        if known is None:
            assert story.key not in lived, "the log of an erased lead is erased"
            continue
        story.zone = ZoneInfo(quarter.here.reps.get(known.owner).timezone)
        got = [one for one in lived.get(story.key, []) if one[0] in {*NUMBERS, "created"}]
        assert sorted(got) == sorted(story.expected(end)), story.zone
    viewer = Viewer(quarter.world.workspace, quarter.world.scene.rep)
    present = {lead.id for lead in quarter.here.leads.by_ids(story.key for story in quarter.stories).values() if not lead.archived_at}
    for key, name in quarter.names.items():
        content = automation_of(quarter.world.deps, quarter.ws, key).content
        seen = preview(quarter.world.deps, viewer, content, days=92)
        done = {(lead, at) for lead, entries in lived.items() for kind, at in entries if kind == name and lead in present}
        assert {(one.lead.id, one.at) for one in seen.starts} == done, name
    assert {name for entries in lived.values() for name, _ in entries} >= {*quarter.names.values()} - {"archive"}
