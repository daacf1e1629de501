"""Visits, touches and reactions in reports, after shuffled arrival, binding, sealing, erasure and a rebuild."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.scenes import NOON
from tests.workers.report_world import END, FIRST, World
from tracker.actions.leads import leads
from tracker.actions.privacy.erase import erase_lead, finish_erasures
from tracker.actions.reports import event_counts, followed_tables, roll_ups
from tracker.actions.reports.labels import labels_of
from tracker.actions.reports.period_reports import ReportQuestion, answer
from tracker.actions.reports.reports import activity
from tracker.base.ids import new_id
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.mail.message import Link
from tracker.domain.ops.audit import OPERATOR
from tracker.domain.outreach.campaign import Campaign
from tracker.domain.team.rep import Role
from tracker.rules.reports.records import Group
from tracker.rules.verdicts.first import RECORDED
from tracker.rules.visibility import Viewer
from workers.periodic.retention import Retention

HOUR = timedelta(hours=1)


@pytest.fixture
def world(deps):
    followed_tables._kept.clear()
    return World(replace(deps, now=lambda: NOON + timedelta(hours=3)))


def numbers(world, group):
    return {key: (figure.count, figure.unnamed) for key, figure in world.figures(group)["visits"].items}


def test_visits_follow_their_browsers(world):
    """Unnamed until a click binds the browser; then of the lead, also past visits; erased ones stay in the totals."""
    deps, scene = world.deps, world.scene
    lead, start = scene.lead(), NOON - timedelta(days=9)
    message = scene.message(lead, start - HOUR)
    scene.page("known", "/", start, referrer="https://www.google.example/")
    scene.page("known", "/pricing", start + timedelta(minutes=5))
    scene.page("other", "/pricing?utm_source=Fair", NOON - HOUR)
    world.deps.store.of(world.ws).report_blocks.state()
    random.Random(1).shuffle(scene.captures)
    scene.spool()
    scene.settle()
    world.check("unnamed")
    assert numbers(world, None) == {"2026-11-09": (1, 1), "2026-11-16": (1, 1)}
    workspace = world.viewer.workspace
    rep = msgspec.structs.replace(scene.rep, role=Role.REP)
    narrow = msgspec.structs.replace(workspace, policy=msgspec.structs.replace(workspace.policy, reps_see="own"))
    asked = ReportQuestion(name="visits", first=FIRST, end=END, filters={})
    seen = [answer(deps, viewer, asked) for viewer in (world.viewer, Viewer(workspace, rep), Viewer(narrow, rep))]
    assert [(one.report.total.count, len(one.seen)) for one in seen] == [(2, 2), (2, 2), (2, 0)]
    roll_ups.build(deps, world.viewer.workspace)
    kept = roll_ups.RollUps()

    click = scene.click(message, NOON - 2 * HOUR)
    scene.page("known", "/security", NOON - 2 * HOUR + timedelta(seconds=2), landing=click.id)
    scene.spool([click, *scene.captures[-1:]])
    scene.settle()
    world.check("bound")
    assert numbers(world, Group.WEEK) == {"2026-11-09": (1, 0), "2026-11-16": (2, 1)}
    assert numbers(world, Group.SOURCE) == {"Fair": (1, 1), "google.example": (1, 0), "Email or personal link": (1, 0)}
    kept.update(deps, world.viewer.workspace)
    world.check("up to date")
    site = "northwind.example"
    assert numbers(world, Group.LANDING) == {f"{site}/": (1, 0), f"{site}/pricing": (1, 1), f"{site}/security": (1, 0)}

    deps.store.workspaces.change(world.ws, policy=msgspec.structs.replace(workspace.policy, keep_events_days=5))
    for _ in range(3):
        Retention().run(deps, NOON)
    assert not deps.store.of(world.ws).events.of_visitors({"known": (start, start + HOUR)})
    world.check("sealed")
    erase_lead(deps, world.ws, lead.id, OPERATOR)
    world.check("erased")
    later = NOON + timedelta(hours=4)
    finish_erasures(replace(deps, now=lambda: later), later)
    assert numbers(world, None) == {"2026-11-09": (1, 0), "2026-11-16": (2, 1)}
    assert numbers(world, Group.COUNTRY) == {"erased": (2, 0), None: (1, 1)}
    assert numbers(world, Group.LANDING)[None] == (2, 0), "no page that only the erased lead had"
    roll_ups.build(deps, world.viewer.workspace)
    world.check("made anew")


def test_what_preceded_a_win(world):
    """Of the 90 days before the first win, also of days whose events are deleted; reclassified, erased, and made anew."""
    deps, scene = world.deps, world.scene
    ann, ben = scene.lead("Ann"), scene.lead("Ben")
    far, near = NOON - timedelta(days=80), NOON - timedelta(days=2)
    for lead, browser in ((ann, "a"), (ben, "b")):
        scene.message(lead, far - timedelta(days=20))
        click = scene.click(scene.message(lead, far), far + HOUR)
        for number, path in enumerate(["/", "/pricing", "/pricing?a=1"][: 3 if lead is ann else 1]):
            scene.page(browser, path, far + HOUR + timedelta(minutes=number, seconds=2), landing=click.id)
    scene.page("a", "/late", NOON + HOUR)
    random.Random(2).shuffle(scene.captures)
    scene.spool()
    scene.settle()
    for lead, at in ((ann, near), (ben, NOON)):
        leads.change_lead(replace(deps, now=lambda at=at: at), world.ws, lead.id, stage="Won")
    scene.settle()
    world.check("won")

    def found(name, group):
        return {key: (one.count, one.of, one.median_number) for key, one in world.figures(group)[name].items}

    pages = {"northwind.example/": (2, 2, 1), "northwind.example/pricing": (1, 2, 2)}
    kinds = {"sent": (2, 2, 1), "click": (2, 2, 1), "view": (2, 2, 2)}
    assert (found("touches-before-win", None), found("pages-before-win", None)) == (kinds, pages)
    roll_ups.build(deps, world.viewer.workspace)
    deps.store.workspaces.change(world.ws, policy=msgspec.structs.replace(world.viewer.workspace.policy, keep_events_days=5))
    for _ in range(3):
        Retention().run(deps, NOON)
    scene.store.leads.change(ann.id, tags=("x",))
    deps.store.dirty.mark(world.ws, ann.id, [far])
    scene.settle()
    world.check("sealed")
    assert (found("touches-before-win", None), found("pages-before-win", None)) == (kinds, pages)
    leads.change_lead(deps, world.ws, ann.id, stage="New")
    leads.change_lead(deps, world.ws, ann.id, stage="Won")
    world.check("won again")
    erase_lead(deps, world.ws, ann.id, OPERATOR)
    world.check("erased")
    assert found("touches-before-win", None) == kinds
    assert found("pages-before-win", None) == {"northwind.example/": (2, 2, 1)}, "no page that only the erased lead had"


def test_what_emails_and_campaigns_led_to(world):
    """A click is no open; a program's load is told apart; a reply, a visit and a win within 30 days; the same of an erased lead."""
    deps, scene = world.deps, world.scene
    ann, at = scene.lead("Ann"), NOON - timedelta(days=3)
    tracked = {"pixel_url": "https://x.example/o", "links": (Link(index=0, url="https://x.example/", tracked_url="https://x.example/c"),)}
    first = scene.message(ann, at, campaign="Spring", **tracked)
    scene.message(ann, at + HOUR, campaign="Spring", **tracked)
    scene.message(scene.lead("Ben"), at, campaign="Spring")
    click = scene.click(first, at + HOUR)
    scene.page("a", "/", at + HOUR + timedelta(seconds=2), landing=click.id)
    scene.spool()
    reply = Event(
        id=new_id(), workspace=world.ws, kind=EventKind.REPLY, at=at + 2 * HOUR, received=NOON, verdict=RECORDED, lead=ann.id, message=first.id
    )  # fmt: skip
    scene.store.events.add(reply)
    deps.store.dirty.mark(world.ws, ann.id, [reply.at])
    scene.settle()
    leads.change_lead(deps, world.ws, ann.id, stage="Won")

    def shares():
        return [(one.count, one.of) for one in (world.figures()[name].total for name in ("opened", "clicked", "visited"))]

    def outcomes():
        return [(key, one.count, dict(one.outcomes)) for key, one in world.figures()["campaign-success"].items]

    world.check("reacted")
    led = {"clicked": 1, "visited": 1, "replied": 1, "won": 1}
    assert (shares(), outcomes()) == ([(0, 2), (1, 2), (1, 2)], [("Spring", 3, led)])
    assert {key: one.count for key, one in world.figures(Group.OUTCOME)["campaign-success"].items} == {**led, None: 1}
    scene.captures.clear()
    scene.open(first, at + 3 * HOUR)
    scene.spool()
    scene.settle()
    world.check("opened")
    assert (shares()[0], outcomes()[0][2]) == ((1, 2), {**led, "opened": 1})
    erase_lead(deps, world.ws, ann.id, OPERATOR)
    world.check("erased")
    assert (shares(), outcomes()[0][1:]) == ([(1, 2), (1, 2), (1, 2)], (3, {**led, "opened": 1}))
    rep = msgspec.structs.replace(scene.rep, role=Role.REP)
    shared = {"workspace": world.ws, "template": "t", "created_at": NOON}
    for key, maker in (("own", scene.rep.id), ("other", new_id())):
        scene.store.campaigns.add(Campaign(id=key, name=f"Campaign {key}", rep=maker, **shared))
        scene.message(scene.lead(key), at, campaign=key)
    asked = ReportQuestion(name="campaign-success", first=FIRST, end=END, filters={})
    named = labels_of(scene.store, answer(deps, Viewer(world.viewer.workspace, rep), asked))
    assert (named["own"], named["other"]) == ("Campaign own", "Campaign of a colleague")
    assert labels_of(scene.store, answer(deps, world.viewer, asked))["other"] == "Campaign other"


def test_events_by_day_are_those_that_stand(world):
    """In an odd zone, after shuffled arrival, a correction, a rebuild, sealing and an erasure; the report reads no events."""
    deps, scene, here = world.deps, world.scene, world.scene.store
    deps.store.workspaces.change(world.ws, timezone="Pacific/Chatham")
    lead = scene.lead("Ann")
    message = scene.message(lead, NOON - timedelta(days=9))
    for hours in range(0, 48, 5):
        scene.page("browser", f"/{hours}", NOON - timedelta(days=8) + hours * HOUR)
    scene.open(message, NOON - timedelta(hours=5))
    random.Random(3).shuffle(scene.captures)
    scene.spool()
    scene.settle()

    def counted():
        event_counts.count_events(deps, NOON)
        return {row.day: row.counts for row in activity(deps, world.ws)}

    def plain():
        found = {}
        for event in here.events.each():
            if event.stands:
                day = found.setdefault(event.at.astimezone(ZoneInfo("Pacific/Chatham")).date().isoformat(), Counter())
                day[event.kind.value] += 1
        return found

    assert counted() == plain()
    (opened,) = (event for event in here.events.each() if event.kind is EventKind.OPEN)
    before = counted()
    here.events.reclassify({opened.id: Verdict(Label.SCANNER, 1)}, 1)
    assert counted() == plain() != before
    event_counts.count_all(deps, world.viewer.workspace)
    before = counted()
    assert before == plain()
    deps.store.workspaces.change(world.ws, policy=msgspec.structs.replace(world.viewer.workspace.policy, keep_events_days=5))
    for _ in range(3):
        Retention().run(deps, NOON)
    event_counts.count_all(deps, world.viewer.workspace)
    assert (counted(), len(plain())) == (before, 1)
    erase_lead(deps, world.ws, lead.id, OPERATOR)
    assert "sent" not in str(counted())
