"""Recounting many at once: two parts beside each other, and what fails in one stays in that one."""

from datetime import timedelta

import pytest

from tests.scenes import NOON, make_scene
from tracker.actions.alerting.channels import set_channel
from tracker.actions.pipeline.scores import reclassify
from tracker.actions.team.reps import add_rep, change_rep
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.activity.event import EventKind, Label, Verdict
from tracker.domain.activity.visit import GAP
from tracker.domain.alerting.alert import AlertRule, AlertState
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryState
from tracker.rq_worker import STOPPING
from tracker.store.activity.dirty_marks import Mark
from workers import jobs
from workers.drain.process import Drain
from workers.recompute.batch import Batch
from workers.recompute.leads import recount_leads
from workers.recompute.run import claim, recount
from workers.recompute.visitors import BEGINNING, _Runs, recount_visitors

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
    recount(deps, "live", may_go_on=lambda: False)

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


def test_a_beat_that_comes_in_behind_the_next_page_changes_the_words(deps):
    """Two edge processes, two spools: how long the first page was read is stored after the second page rang."""
    scene = make_scene(deps)
    click, now = scene.click(scene.message(scene.lead()), deps.now()), deps.now()
    scene.page("browser", "/", now, landing=click.id, landing_at=click.at)
    scene.page("browser", "/pricing", now + timedelta(seconds=30))
    scene.spool()
    scene.settle()
    assert any("Read before: Home." in alert.text for alert in scene.store.alerts.latest())

    scene.spool([scene.page("browser", "/", now + timedelta(seconds=20), CaptureKind.BEAT, active_ms=20_000)])
    scene.settle()
    assert any("Read before: Home 0:20." in alert.text for alert in scene.store.alerts.latest())


def test_a_beat_of_the_page_that_is_being_read_costs_no_recount(deps):
    """What follows it will be counted with it; of the last page, the leave is."""
    scene = make_scene(deps)
    click, now = scene.click(scene.message(scene.lead()), deps.now()), deps.now()
    scene.page("browser", "/", now, landing=click.id, landing_at=click.at)
    scene.spool()
    scene.settle()

    drain = Drain(deps)
    for kind, marks in ((CaptureKind.BEAT, 0), (CaptureKind.LEAVE, 1)):
        scene.spool([scene.page("browser", "/", now + timedelta(seconds=20), kind, active_ms=20_000)])
        while drain.step():
            pass
        assert sum(deps.store.dirty.counts().values()) == marks


def test_a_beat_on_one_device_is_counted_where_the_lead_went_on_with_another(deps):
    """The words are of the lead's whole episode, whatever it was read on."""
    scene = make_scene(deps)
    message, now = scene.message(scene.lead()), deps.now()
    for visitor, path, after in (("desktop", "/", 0), ("phone", "/pricing", 30)):
        at = now + timedelta(seconds=after)
        click = scene.click(message, at, address=f"203.0.113.{after}")
        scene.page(visitor, path, at, landing=click.id, landing_at=click.at)
    scene.spool()
    scene.settle()

    scene.spool([scene.page("desktop", "/", now + timedelta(seconds=20), CaptureKind.BEAT, active_ms=20_000)])
    scene.settle()
    assert any("Read before: Home 0:20." in alert.text for alert in scene.store.alerts.latest())


def test_a_robots_endless_pages_are_not_walked_back_through(deps):
    """They belong to no visit; a page every five minutes for two days costs the next one nothing."""
    scene = make_scene(deps)
    for number in range(576):
        scene.page("robot", "/", NOON + timedelta(minutes=5 * number), page=f"p{number}", agent="curl/8.5.0")
    scene.spool()
    scene.settle()
    newest = NOON + timedelta(minutes=5 * 575)

    runs, rounds, growing = _Runs(scene.store, BEGINNING), 0, {"robot": (newest, newest)}
    while growing:
        growing, rounds = runs.read(growing), rounds + 1
    assert rounds == 1
    assert len(runs.events) <= 7


def test_a_long_run_is_read_once(deps):
    """However far back the run of a page that came late reaches, each of its events is read once."""
    scene = make_scene(deps)
    for number in range(300):
        scene.page("v", "/", NOON + timedelta(minutes=20 * number), CaptureKind.SUBMIT, page=f"p{number}", fields={})
    scene.spool()
    scene.settle()
    newest = NOON + timedelta(minutes=20 * 299)

    runs, read, growing = _Runs(scene.store, BEGINNING), 0, {"v": (newest, newest)}
    while growing:
        before = len(runs.events)
        growing = runs.read(growing)
        read += len(runs.events) - before
    assert read == len(runs.events) == 300
    assert {start for start, _ in runs._read.values()} == {NOON - GAP}


def test_a_backlogs_beats_wait_behind_what_happens_now(deps):
    """Overtaken or not: what lay in a spool for an hour is counted in the bulk lane."""
    scene = make_scene(deps)
    long_ago = deps.now() - timedelta(hours=1)
    for path, seconds, kind in (("/", 0, CaptureKind.VIEW), ("/pricing", 30, CaptureKind.VIEW), ("/", 20, CaptureKind.BEAT)):
        scene.page("browser", path, long_ago + timedelta(seconds=seconds), kind)
    scene.spool()
    drain = Drain(deps)
    while drain.step():
        pass
    assert deps.store.dirty.counts() == {"bulk": 1}


def test_a_visit_that_began_before_the_seal_is_not_counted_a_second_time(deps):
    """Its pages of after midnight stay in it; what comes later is a visit of its own."""
    scene = make_scene(deps)
    midnight = NOON.replace(hour=0)
    lead, before = scene.lead(), midnight - timedelta(minutes=11)
    click = scene.click(scene.message(lead, before - timedelta(hours=1)), before)
    scene.page("browser", "/landing", before, landing=click.id, landing_at=click.at)
    for minutes, path in ((-10, "/"), (10, "/pricing"), (20, "/contact")):
        scene.page("browser", path, midnight + timedelta(minutes=minutes))
    scene.spool()
    scene.settle()
    deps.store.workspaces.change(scene.workspace.id, sealed_before=midnight)
    at = midnight + timedelta(minutes=20)
    mark = Mark(workspace=scene.workspace.id, kind="visitor", key="browser", start=at, end=at, generation=1, tries=1, marked_at=at)
    assert recount_visitors(deps, scene.store, [mark], midnight).leads == {lead.id: at}

    scene.spool([scene.page("browser", "/late", midnight + timedelta(minutes=30))])
    scene.settle()
    assert sorted([page.page for page in visit.pages] for visit in scene.store.visits.latest()) == [
        ["/landing", "/", "/pricing", "/contact"],
        ["/late"],
    ]


def test_a_click_that_turns_out_a_machines_names_nobody_any_more(deps):
    """Judged anew, it lets go of the browsers that it had bound."""
    scene = make_scene(deps)
    lead, now = scene.lead(), deps.now()
    click = scene.click(scene.message(lead), now, agent="curl/8.5.0")
    scene.page("browser", "/", now, landing=click.id, landing_at=click.at)
    scene.spool()
    drain = Drain(deps)
    while drain.step():
        pass
    scene.store.events.judge({click.id: Verdict(Label.HUMAN, 0.9, ("as_once_judged",))})
    recount(deps, "live")
    assert [visit.lead for visit in scene.store.visits.latest()] == [lead.id]

    reclassify(deps, scene.workspace.id)
    scene.settle()
    assert [visit.lead for visit in scene.store.visits.latest()] == [None]


BROWSERS = 1_800


@pytest.fixture
def crowd(deps):
    """A workspace in whose live lane far more browsers wait than a batch takes, and a few leads who opened a mail."""
    scene = make_scene(deps)
    for number in range(40):
        scene.open(scene.message(scene.lead(f"Lead{number:03d} Jones")), NOON)
    landed = scene.click(scene.message(scene.lead("Dana Whitfield")), deps.now())
    for number in range(BROWSERS):
        scene.page(f"v{number}", "/pricing", deps.now(), **({"landing": landed.id, "landing_at": landed.at} if number == 7 else {}))
    scene.spool()
    drain = Drain(deps)
    while drain.step():
        pass
    return scene


def _waiting(deps, kind):
    return deps.store.database.dirty.count_documents({"kind": kind, "claim": None})


def test_a_crowd_is_counted_whole_and_nothing_of_it_twice(deps, crowd):
    """Visitors of one batch beside the leads of the one before: as if one had come after the other."""
    done = recount(deps, "live") + recount(deps, "bulk")

    assert not deps.store.dirty.counts()
    assert done == BROWSERS + 41
    assert deps.store.database.visits.count_documents({}) == BROWSERS
    assert deps.store.database.leads.count_documents({"derived.opens": 1}) == 40
    (dana,) = crowd.store.leads.where({"name": "Dana Whitfield"})
    assert (dana.derived.clicks, dana.derived.views) == (1, 1)


def test_leads_alone_wait_for_a_few_batches_of_browsers_at_most(deps, crowd):
    """They opened a mail while a thousand strangers were on the site."""
    deps.store.database.dirty.update_many({"kind": "lead"}, {"$set": {"lane": "live", "free_at": deps.now()}})
    left = []
    recount(deps, "live", may_go_on=lambda: not left.append((_waiting(deps, "visitor"), _waiting(deps, "lead"))))

    assert left[0][1] >= 40
    assert any(browsers and not leads for browsers, leads in left)


def test_who_changes_hands_twice_in_batches_beside_each_other_leaves_nothing_behind(deps):
    """The second batch learns of an earlier landing by the same click while the first, which gave the click's browser to the lead, is under way."""
    scene, now = make_scene(deps), deps.now()
    lead = scene.lead()
    click = scene.click(scene.message(lead), now - timedelta(minutes=2))
    scene.page("later", "/years", now - timedelta(days=3))
    scene.page("later", "/pricing", now, landing=click.id, landing_at=click.at)
    scene.spool()
    drain = Drain(deps)
    while drain.step():
        pass
    first = Batch(deps, claim(deps, "live", ("visitor", "lead"), 10))
    first.count_visitors()
    assert {event.lead for event in scene.store.events.latest() if event.visitor} == {lead.id}

    scene.spool([scene.page("earlier", "/pricing", now - timedelta(minutes=1), landing=click.id, landing_at=click.at)])
    while drain.step():
        pass
    second = Batch(deps, claim(deps, "live", ("visitor", "lead"), 10))
    # The second batch's visitors are decided between the moment the first one's leads are saved and the moment its visitors are noted.
    share = first.shares[scene.workspace.id]
    assert recount_leads(deps, scene.workspace, scene.store, dict(share.brought.leads))
    assert scene.store.leads.get(lead.id).derived.views == 2
    second.count_visitors()
    share.brought.keep(scene.store)
    deps.store.dirty.finish(share.marks, deps.now())
    second.follow(first)
    second.count_leads()
    scene.settle()

    views = [event for event in scene.store.events.latest() if event.visitor and event.lead == lead.id]
    assert {event.visitor for event in views} == {"earlier"}
    assert scene.store.leads.get(lead.id).derived.views == len(views) == 1


def test_what_failed_twice_is_counted_alone_whatever_kind_the_others_are(deps):
    """A browser and a lead whose workers died twice: the third try of neither is lost to the other."""
    dirty, workspace = deps.store.dirty, make_scene(deps).workspace.id
    for kind in ("visitor", "lead"):
        dirty.mark_many([(workspace, kind, kind * 3, NOON)])
    deps.store.database.dirty.update_many({}, {"$set": {"tries": 2}})
    dirty.mark_many([(workspace, "lead", f"{number:032x}", NOON) for number in range(5)])

    assert len(claim(deps, "live", ("visitor", "lead"), 50, only_fresh=True)) == 5
    assert [len(claim(deps, "live", ("visitor", "lead"), 50)) for _ in range(3)] == [1, 1, 0]


def test_a_recount_that_may_not_go_on_ends_whole_after_the_batch_it_is_at(deps, crowd):
    """Told so by a clock or by a signal: nothing is held any more, and the rest waits."""
    done = recount(deps, "live", may_go_on=lambda: False)

    assert 0 < done < BROWSERS
    assert _waiting(deps, "visitor") + _waiting(deps, "lead") == sum(deps.store.dirty.counts().values()) == BROWSERS + 41 - done


def test_a_process_that_is_told_to_stop_leaves_the_rest_to_the_next(deps, crowd):
    """The job ends after its batch, and a wake-up waits in Redis for whoever comes."""
    jobs.install(deps)
    deps.redis.flushdb()  # the wake-up of the drain has been taken
    STOPPING.set()
    try:
        assert 0 < jobs.recount() < BROWSERS
    finally:
        STOPPING.clear()
    assert deps.redis.llen("rq:queue:live") == 1

    jobs.recount()
    assert not deps.store.database.dirty.count_documents({"lane": "live"})


def test_an_event_stored_while_its_browser_changed_hands_comes_home(deps):
    """An earlier claim takes a browser away from its lead; the drain, which reads who it was, stores its next page amid the recount."""
    scene = make_scene(deps)
    now = deps.now().replace(microsecond=0) - timedelta(seconds=60)
    lead = scene.lead()
    click = scene.click(scene.message(lead, now - timedelta(days=1)), now)
    landing = {"landing": click.id, "landing_at": click.at}
    scene.page("second", "/", now + timedelta(seconds=5), **landing)
    scene.spool()
    scene.settle()
    scene.captures.clear()
    scene.page("first", "/", now + timedelta(seconds=2), **landing)
    scene.spool()
    scene.captures.clear()
    drain = Drain(deps)
    while drain.step():
        pass
    batch = Batch(deps, deps.store.dirty.claim("live", deps.now(), 200))
    batch.count_visitors()
    scene.page("second", "/pricing", now + timedelta(seconds=20))
    scene.spool()
    while drain.step():
        pass
    batch.count_leads()
    scene.settle()

    assert {(event.visitor, event.lead) for event in scene.store.events.latest() if event.visitor} == {("first", lead.id), ("second", None)}
    assert {(visit.visitor, visit.lead) for visit in scene.store.visits.latest()} == {("first", lead.id), ("second", None)}
    assert scene.store.leads.get(lead.id).derived.views == 1
    assert AlertRule.PRICING not in {alert.rule for alert in scene.store.alerts.latest() if alert.state is AlertState.STANDING}


def test_an_alert_whose_worker_was_killed_before_it_was_written_goes_out_however_late_it_is_found(deps):
    """Its delivery waited for it, and ended; the next recount, minutes later, writes the alert."""
    scene = make_scene(deps)
    set_channel(deps, scene.workspace.id, scene.rep.id, ChannelName.EMAIL, {"address": scene.rep.email})
    lead = scene.lead()
    scene.click(scene.message(lead), deps.now())
    scene.spool()
    scene.settle()
    deps.store.database.alerts.delete_many({})  # as if the worker had been killed between the two
    deps.store.database.deliveries.update_many({}, {"$set": {"state": DeliveryState.CANCELLED.value}})  # as the notifier ends it
    deps.store.dirty.mark(scene.workspace.id, lead.id, [deps.now()])
    scene.settle()

    [alert] = [alert for alert in scene.store.alerts.latest() if alert.rule is AlertRule.CLICK]
    [delivery] = scene.store.deliveries.of_alerts([alert.id])[alert.id]
    assert (alert.state, delivery.state) == (AlertState.STANDING, DeliveryState.DUE)


def test_who_left_hears_of_no_lead_and_the_team_does(deps):
    """The lead still says who owned it. Whoever comes back hears of new alerts again, by the channels that worked."""
    scene = make_scene(deps)
    other = add_rep(deps, scene.workspace.id, email="tom@northwind.example", name="Tom Ito")
    for rep, address in ((other.id, "tom@northwind.example"), (None, "team@northwind.example")):
        set_channel(deps, scene.workspace.id, rep, ChannelName.EMAIL, {"address": address})

    told = []
    for name, is_active in (("Ada Lind", True), ("Bo Marsh", False), ("Cleo Park", True)):
        change_rep(deps, scene.workspace.id, other.id, is_active=is_active)
        lead = scene.lead(name, owner=other.id)
        scene.click(scene.message(lead), deps.now())
        scene.spool()
        scene.captures.clear()
        scene.settle()
        told.append({delivery.rep for delivery in scene.store.deliveries.where({"lead": lead.id})})
    assert told == [{other.id}, {None}, {other.id}]
    assert scene.store.channels.named(other.id, ChannelName.EMAIL).disabled_reason is None


def test_every_event_of_one_moment_is_judged_anew(deps):
    """More of them than are read at once."""
    scene = make_scene(deps)
    message = scene.message(scene.lead())
    for number in range(503):
        scene.open(message, NOON, address=f"203.0.{number // 250}.{number % 250}")
    scene.spool()
    scene.settle()
    wrong = Verdict(Label.HUMAN, 0.5, ("old_rule",))
    opens = [event for event in scene.store.events.of_lead(message.lead, limit=1000) if event.kind is EventKind.OPEN]
    scene.store.events.judge({event.id: wrong for event in opens})

    assert (len(opens), reclassify(deps, scene.workspace.id)) == (503, 503)
    assert not [event for event in scene.store.events.of_lead(message.lead, limit=1000) if event.verdict == wrong]
