"""Recounting many at once: two parts beside each other, and what fails in one stays in that one."""

from datetime import timedelta

from tests.scenes import NOON, make_scene
from tracker.actions.channels import set_channel
from tracker.domain.alerts import AlertState
from tracker.domain.reps import ChannelName
from workers.drain import Drain
from workers.recount import recount

LEADS = 90


def test_parts_are_counted_beside_each_other_and_a_broken_one_stops_no_other(deps):
    """Two companies, so many leads that their marks are halved, and one lead whose record nobody can read."""
    scenes = [make_scene(deps, name) for name in ("Northwind", "Initech")]
    for scene in scenes:
        for number in range(LEADS):
            lead = scene.lead(f"Lead{number:03d} Jones")
            scene.open(scene.message(lead), NOON + timedelta(seconds=number))
        scene.spool()
    drain = Drain(deps)
    while drain.step():
        pass
    broken = deps.store.of(scenes[0].workspace.id).leads.where({"name": "Lead007 Jones"})[0]
    deps.store.database.leads.update_one({"_id": f"{broken.workspace}:{broken.id}"}, {"$set": {"tags": "not a list"}})

    for lane in ("live", "bulk"):
        recount(deps, lane)

    opens = {s.workspace.id: deps.store.database.leads.count_documents({"ws": s.workspace.id, "derived.opens": 1}) for s in scenes}
    assert opens[scenes[1].workspace.id] == LEADS
    assert LEADS // 3 < opens[scenes[0].workspace.id] < LEADS
    deps.store.database.leads.update_one({"_id": f"{broken.workspace}:{broken.id}"}, {"$set": {"tags": []}})
    deps.store.database.dirty.update_many({}, {"$set": {"free_at": NOON, "tries": 0, "parked": False}})
    for lane in ("live", "bulk"):
        recount(deps, lane)

    assert deps.store.database.leads.count_documents({"derived.opens": 1}) == 2 * LEADS
    assert not deps.store.dirty.counts()


def test_the_notifier_is_woken_where_something_goes_out_and_not_otherwise(deps):
    """A team without a channel costs the notifier nothing."""
    scene = make_scene(deps)
    scene.open(scene.message(scene.lead()), NOON)
    scene.spool()
    scene.settle()
    assert deps.store.of(scene.workspace.id).alerts.latest()
    assert not deps.redis.llen("rq:queue:notify")

    set_channel(deps, scene.workspace.id, scene.rep.id, ChannelName.EMAIL, {"address": "rita@northwind.example"})
    other = scene.lead("Omar Reyes")
    scene.captures.clear()
    scene.click(scene.message(other), deps.now())
    scene.spool()
    scene.settle()
    assert deps.redis.llen("rq:queue:notify") == 1


def test_no_lead_is_counted_by_two_at_once(deps):
    """Each click-through leaves a lead's mark and a browser's; together they are a batch that is done in halves, in one round."""
    scene = make_scene(deps)
    now = deps.now()
    for number in range(80):
        click = scene.click(scene.message(scene.lead(f"Lead{number:03d} Jones")), now, address=f"203.0.113.{number}")
        scene.page(f"v{number}", "/pricing", now, landing=click.id, landing_at=click.at)
    scene.spool()
    drain = Drain(deps)
    while drain.step():
        pass
    recount(deps, "live", rounds=1)

    assert not deps.store.dirty.counts()
    found = deps.store.of(scene.workspace.id).alerts.latest(limit=500)
    assert {alert.state for alert in found} == {AlertState.STANDING}
    assert len({alert.lead for alert in found}) == 80


def test_a_browser_that_changed_hands_is_not_forgotten_when_its_recount_fails(deps):
    """Its earlier days belong to the lead too, also if the first try to count them broke off after the browser was bound."""
    scene = make_scene(deps)
    for minutes in (0, 1):
        scene.page("v1", f"/{minutes}", NOON - timedelta(days=3) + timedelta(minutes=minutes))
    scene.spool()
    scene.settle()
    scene.captures.clear()
    lead = scene.lead()
    click = scene.click(scene.message(lead), NOON)
    scene.page("v1", "/pricing", NOON + timedelta(seconds=2), landing=click.id, landing_at=click.at)
    scene.spool()
    drain = Drain(deps)
    while drain.step():
        pass
    rows = deps.store.database.leads
    rows.update_one({"_id": f"{scene.workspace.id}:{lead.id}"}, {"$set": {"tags": "not a list"}})
    for lane in ("live", "bulk"):
        recount(deps, lane)
    assert deps.store.dirty.counts()

    rows.update_one({"_id": f"{scene.workspace.id}:{lead.id}"}, {"$set": {"tags": []}})
    deps.store.database.dirty.update_many({}, {"$set": {"free_at": NOON, "tries": 0}})
    scene.settle()
    found = deps.store.of(scene.workspace.id)
    assert found.leads.get(lead.id).derived.views == 3
    assert [visit.lead for visit in found.visits.latest()] == [lead.id, lead.id]
