"""Custom alert rules: a month is decided live, day by day, and then previewed; both must agree."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.alerting.inactivity import InactivitySweep
from tracker.actions.alerting.rules.custom_rules import add_rule, change_rule, remove_rule, set_priority
from tracker.actions.alerting.rules.preview import preview
from tracker.actions.deps import Deps
from tracker.actions.leads import companies
from tracker.base.ids import new_id
from tracker.base.settings import Settings
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.form import FormKind
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Priority, WithdrawnReason
from tracker.domain.alerting.custom_rule import CustomRule, RuleContent, RuleOccasion, RulePriority, RuleTrigger
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.move import Move
from tracker.domain.team.rep import Rep
from tracker.rules.verdicts.first import RECORDED
from tracker.rules.visibility import Viewer
from workers.recompute.leads import recompute_leads

START, DAY, MINUTE = NOON.replace(hour=0) - timedelta(days=31), timedelta(days=1), timedelta(minutes=1)
T, P = RuleTrigger, RulePriority
PATHS = ("/pricing", "/docs/api", "/docs/start", "/contact", "/careers", "/", "/security")
CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"field": "stage", "is": "Qualified"},
    {"field": "stage_kind", "is": "open"},
    {"field": "score", "at_least": 15},
    {"any": [{"field": "views", "at_least": 8}, {"field": "days_in_stage", "at_most": 3}]},
    {"field": "created", "older_than_days": 70},
)


@dataclass
class Month:
    """Leads of many reps, with a clock of the test."""

    scene: Scene
    clock: list[datetime]
    random: Random = field(default_factory=lambda: Random(7))

    def rep(self) -> Rep:
        key = new_id()
        return self.scene.store.reps.add(
            Rep(id=key, workspace=self.scene.workspace.id, email=f"{key}@northwind.example", name="Rep", created_at=START)
        )

    def viewer(self, rep: Rep) -> Viewer:
        return Viewer(self.scene.deps.store.workspaces.get(self.scene.workspace.id), rep)

    def recompute(self, *starts: tuple[Lead, datetime]) -> None:
        workspace = self.scene.deps.store.workspaces.get(self.scene.workspace.id)
        assert recompute_leads(self.scene.deps, workspace, self.scene.store, {lead.id: at for lead, at in starts})

    def happens(
        self, lead: Lead, at: datetime, kind: EventKind = EventKind.VIEW, path: str = "/pricing", *, is_stored: bool = True, **more: Any
    ) -> Event:
        event = Event(
            id=new_id(), workspace=lead.workspace, kind=kind, at=at, received=at, verdict=RECORDED, lead=lead.id,
            url=f"https://www.northwind.example{path}", **more,
        )  # fmt: skip
        if is_stored:
            self.scene.store.events.add(event)
        return event

    def alerts(self, rule: CustomRule | AlertRule) -> list[Alert]:
        found = sorted(self.scene.store.alerts.latest(limit=5000), key=lambda one: one.at, reverse=True)
        standing = [one for one in found if one.state is not AlertState.WITHDRAWN]
        return [one for one in standing if (one.rule is rule if isinstance(rule, AlertRule) else one.custom == rule.id)]

    def random_day(self, lead: Lead, day: datetime) -> list[Event]:
        """A visit or two, with everything that rules look at."""
        random, found = self.random, []
        for _ in range(random.choice((1, 1, 2))):
            at = day + random.uniform(0.3, 0.9) * DAY
            for _ in range(random.randint(1, 5)):
                kind = random.choice((*[EventKind.VIEW] * 5, EventKind.CLICK, EventKind.SUBMIT, EventKind.REPLY, EventKind.DOWNLOAD))
                more: dict[str, Any] = {"text": random.choice(("Book a demo", "Download"))} if kind is EventKind.CLICK else {}
                more |= {"form_kind": random.choice((FormKind.INQUIRY, FormKind.NEWSLETTER))} if kind is EventKind.SUBMIT else {}
                found.append(self.happens(lead, at, kind, random.choice(PATHS), is_stored=False, **more))
                at += random.uniform(0.1, 12) * MINUTE
        if random.random() < 0.1:
            stage = random.choice([stage.id for stage in self.scene.workspace.stages])
            at = day + random.uniform(0.1, 0.9) * DAY
            before = self.scene.store.leads.get(lead.id).stage
            self.scene.store.moves.add(
                Move(id=new_id(), workspace=lead.workspace, lead=lead.id, before=before, stage=stage, at=at, actor="rep")
            )
        self.scene.store.events.add_many(found)
        return sorted(found, key=lambda event: event.order)


@pytest.fixture
def month(settings: Settings, redis: Any, make_deps: Callable[..., Deps]) -> Month:
    clock = [START]
    return Month(make_scene(make_deps(settings, lambda: clock[0])), clock)


def random_content(random: Random) -> RuleContent:
    trigger = random.choice((T.PAGE, T.PAGE, T.LINK, T.ACTIVITY, T.SCORE, T.FORM, T.INQUIRY, T.REPLY))
    text = {T.PAGE: random.choice(("/pricing", "/docs/*", "*", "www.northwind.example/contact")), T.LINK: "demo"}.get(trigger, "")
    return RuleContent(
        priority=random.choice((P.LOUD, P.QUIET, P.DIGEST)),
        trigger=trigger,
        text=text,
        number=random.choice((10, 20, 30)),
        occasion=random.choice(tuple(RuleOccasion)),
        quiet_days=random.choice((2, 4)),
        condition=random.choice(CONDITIONS),
    )


def test_what_was_previewed_is_what_happens(month: Month):
    """30 random sets of rules over a month on events, stage, score and time: each rule alerts exactly as its preview says, event by event."""
    random, sets = month.random, []
    for number in range(30):
        rep = month.rep()
        lead = month.scene.lead(f"Lead{number} Doe", owner=rep.id)
        rules = [
            add_rule(month.scene.deps, month.viewer(rep), rep.id, f"Rule {n}", random_content(random)) for n in range(random.randint(1, 3))
        ]
        sets.append((rep, lead, rules))
    for number in range(31):
        day = START + number * DAY
        events = {lead.id: (lead, month.random_day(lead, day)) for _, lead, _ in sets if random.random() < 0.25}
        edges = [day, day + 13 * timedelta(hours=1), day + DAY] if number % 3 == 0 else [day, day + DAY]
        for begin, end in itertools.pairwise(edges):
            month.clock[0] = end
            part = [(lead, [event for event in own if begin <= event.at < end]) for lead, own in events.values()]
            month.recompute(*((lead, own[0].at) for lead, own in part if own))

    live, previewed = [], []
    for rep, _, rules in sets:
        for rule in rules:
            found = preview(month.scene.deps, month.viewer(rep), rule, days=31)
            previewed.append([(one.at, one.priority) for one in found.alerts])
            live.append([(one.at, one.priority) for one in month.alerts(rule)])
    assert previewed == live
    assert sum(map(len, live)) > 60
    assert sum(map(bool, live)) > 20


def test_a_change_counts_from_then_on(month: Month):
    """Alerts of before stay: after an edit, a removal, another owner, or another value of a field. A condition on a field decides once."""
    deps, admin = month.scene.deps, month.viewer(month.scene.rep)
    lead = month.scene.lead(source="Fair", owner=month.scene.rep.id)
    page = RuleContent(priority=P.LOUD, trigger=T.PAGE, text="/docs/*", condition={"field": "source", "is": "Fair"})
    rule = add_rule(deps, admin, month.scene.rep.id, "Docs of fair leads", page)
    loud = month.happens(lead, START + 60 * MINUTE, path="/docs/api")
    month.clock[0] = START + 61 * MINUTE
    month.recompute((lead, loud.at))
    made = month.alerts(rule)
    assert [(one.cause, one.rule, one.priority, one.state) for one in made] == [
        (loud.id, AlertRule.CUSTOM, Priority.LOUD, AlertState.STANDING)
    ]
    assert made[0].title == "Dana Whitfield (Acme) is on Api"
    assert "Rule: Docs of fair leads." in made[0].text

    month.clock[0] = START + 100 * MINUTE
    month.scene.store.leads.rows.update_one({"_id": f"{lead.workspace}:{lead.id}"}, {"$set": {"source": "Web"}})
    other = month.happens(lead, START + 120 * MINUTE, path="/docs/start")
    month.clock[0] = START + 121 * MINUTE
    month.recompute((lead, loud.at))
    assert [one.cause for one in month.alerts(rule)] == [loud.id]

    change_rule(deps, admin, rule.id, content=msgspec.structs.replace(page, text="/careers", condition={}, priority=P.QUIET))
    remove_rule(deps, admin, add_rule(deps, admin, None, "Later", page).id)
    rep = month.rep()
    month.scene.store.leads.rows.update_one(
        {"_id": f"{lead.workspace}:{lead.id}"}, {"$set": {"owner": rep.id, "owner_since": month.clock[0]}}
    )
    last = month.happens(lead, START + 200 * MINUTE, path="/careers")
    month.clock[0] = START + 201 * MINUTE
    month.recompute((lead, loud.at))
    assert [one.cause for one in month.alerts(rule)] == [loud.id]
    assert {other.id, last.id}.isdisjoint(one.cause for one in month.scene.store.alerts.latest())


def test_shipped_rules_have_other_priorities(month: Month):
    """Off, quiet or with the digest, for one rep or for all; a rep's own choice goes first. An inquiry is always loud."""
    deps, admin = month.scene.deps, month.viewer(month.scene.rep)
    rep = month.rep()
    lead = month.scene.lead(owner=rep.id)
    set_priority(deps, admin, None, "pricing", P.OFF)
    set_priority(deps, month.viewer(rep), rep.id, "pricing", P.DIGEST)
    everything = RuleContent(priority=P.QUIET, trigger=T.ACTIVITY)
    add_rule(deps, admin, None, "Everything", everything)
    view, form = month.happens(lead, START + MINUTE), month.happens(lead, START + 40 * MINUTE, EventKind.SUBMIT, form_kind=FormKind.INQUIRY)
    colleagues = month.scene.lead("Omar Haddad", owner=month.scene.rep.id)
    month.happens(colleagues, START + MINUTE)
    month.clock[0] = START + 41 * MINUTE
    month.recompute((lead, view.at), (colleagues, view.at))
    assert [(one.cause, one.rule, one.priority) for one in month.scene.store.alerts.latest(lead=lead.id)] == [
        (form.id, AlertRule.FORM, Priority.LOUD),
        (view.id, AlertRule.CUSTOM, Priority.QUIET),
    ]
    [rule] = [one for one in month.scene.store.alert_rules.present(None) if not one.base]
    remove_rule(deps, admin, rule.id)
    again, theirs = month.happens(lead, START + DAY), month.happens(colleagues, START + DAY)
    month.clock[0] = START + DAY + MINUTE
    month.recompute((lead, again.at), (colleagues, again.at))
    assert [one.priority for one in month.scene.store.alerts.latest(lead=lead.id) if one.cause == again.id] == [
        Priority.LOUD
    ]  # pricing_again
    assert month.alerts(AlertRule.PRICING) == []
    set_priority(deps, admin, None, "pricing_again", P.DIGEST)
    found = preview(deps, admin, month.scene.store.alert_rules.present(None)[-1], days=7)
    assert [(one.lead.name, one.priority) for one in found.alerts] == [
        (name, Priority.DIGEST) for name in ("Dana Whitfield", "Omar Haddad")
    ]
    assert theirs.at == found.alerts[0].at


def test_a_lead_that_is_inactive_alerts_once_at_its_time(month: Month):
    """The schedule finds the lead, the preview agrees; an older event that comes late withdraws the alert."""
    deps, admin, hour = month.scene.deps, month.viewer(month.scene.rep), timedelta(hours=1)
    lead = month.scene.lead(owner=month.scene.rep.id)
    silent = RuleContent(priority=P.LOUD, trigger=T.INACTIVE, number=3, condition={"field": "views", "at_least": 1})
    rule = add_rule(deps, admin, None, "Quiet leads", silent)
    month.happens(lead, START + hour)
    month.clock[0] = START + 2 * hour
    month.recompute((lead, START + hour))
    assert month.alerts(rule) == []
    sweep, marks = InactivitySweep(), month.scene.deps.store.dirty
    for moment in (START + 3 * DAY, START + 3 * DAY + hour + MINUTE):
        month.clock[0] = moment
        sweep.run(deps, moment)
    assert sum(marks.counts().values()) == 1
    month.recompute((lead, START + hour))
    [alert] = month.alerts(rule)
    assert (alert.title, alert.at, alert.state) == (
        "Dana Whitfield (Acme): nothing for 3 days",
        START + 3 * DAY + hour,
        AlertState.STANDING,
    )
    assert [(one.at, one.title) for one in preview(deps, admin, rule).alerts] == [(alert.at, alert.title)]

    late = month.happens(lead, START + 2 * DAY)
    month.recompute((lead, late.at))
    assert month.alerts(rule) == []
    assert month.scene.store.alerts.get(alert.id).withdrawn is WithdrawnReason.REPLACED
    assert preview(deps, admin, rule).alerts == ()


def test_people_of_one_company(month: Month):
    """Three people make the alert of the rule, beside the shipped one of two, which may be off."""
    deps, admin = month.scene.deps, month.viewer(month.scene.rep)
    company = companies.add_company(deps, month.scene.workspace.id, name="Acme")
    people = [month.scene.lead(f"{name} Doe", company_id=company.id) for name in ("Ann", "Bob", "Cy")]
    three = add_rule(deps, admin, None, "Three", RuleContent(priority=P.QUIET, trigger=T.COMPANY, number=3))
    for number, lead in enumerate(people):
        month.happens(lead, START + number * MINUTE)
    month.clock[0] = START + 4 * MINUTE
    month.recompute(*((lead, START) for lead in people))
    assert [(one.at, one.priority) for one in month.alerts(three)] == [(START + 2 * MINUTE, Priority.QUIET)]
    assert [one.priority for one in month.alerts(AlertRule.COMPANY)] == [Priority.LOUD]
    found = preview(deps, admin, three).alerts
    assert [(one.at, one.title) for one in found] == [(START + 2 * MINUTE, "3 people at Acme were on your site")]
    set_priority(deps, admin, None, "company", P.OFF)
    month.clock[0] = START + DAY + 4 * MINUTE
    for lead in people[:2]:
        month.happens(lead, START + DAY + MINUTE)
    month.recompute(*((lead, START + DAY + MINUTE) for lead in people[:2]))
    assert len(month.alerts(AlertRule.COMPANY)) == 1
