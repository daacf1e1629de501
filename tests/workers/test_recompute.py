"""Recomputing many leads and visitors: parts in parallel, batches that overlap, and failures that stay in their part."""

from datetime import timedelta

import pytest

from tests.scenes import NOON, make_scene
from tracker.actions.activity.corrections import correct_cause
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
from workers import jobs
from workers.drain.process import Drain
from workers.recompute.batch import Batch
from workers.recompute.leads import recompute_leads
from workers.recompute.run import claim, recompute
from workers.recompute.visit_history import BEGINNING, VisitHistory
from workers.recompute.visitors import recompute_visitors

LEADS = 90


def test_a_failing_part_does_not_affect_the_others(deps):
    """Two companies, so many leads that their marks are halved, and one lead whose record cannot be decoded."""
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

    for queue in ("live", "bulk"):
        recompute(deps, queue)

    opens = {s.workspace.id: deps.store.database.leads.count_documents({"ws": s.workspace.id, "derived.opens": 1}) for s in scenes}
    assert opens[scenes[1].workspace.id] == LEADS
    assert LEADS // 3 < opens[scenes[0].workspace.id] < LEADS
    deps.store.database.leads.update_one({"_id": f"{broken.workspace}:{broken.id}"}, {"$set": {"tags": []}})
    deps.store.database.dirty.update_many({}, {"$set": {"free_at": NOON, "tries": 0, "parked": False}})
    for queue in ("live", "bulk"):
        recompute(deps, queue)

    assert deps.store.database.leads.count_documents({"derived.opens": 1}) == 2 * LEADS
    assert not deps.store.dirty.counts()


def test_the_notifier_is_woken_only_for_deliveries(deps):
    """A team without a channel causes no wake-up."""
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


def test_no_lead_is_recomputed_twice_at_once(deps):
    """Each click marks a lead and a browser; one batch finishes both in two halves."""
    scene = make_scene(deps)
    now = deps.now()
    for number in range(80):
        click = scene.click(scene.message(scene.lead(f"Lead{number:03d} Jones")), now, address=f"203.0.113.{number}")
        scene.page(f"v{number}", "/pricing", now, landing=click.id, landing_at=click.at)
    scene.spool()
    drain = Drain(deps)
    while drain.step():
        pass
    recompute(deps, "live", may_continue=lambda: False)

    assert not deps.store.dirty.counts()
    found = deps.store.of(scene.workspace.id).alerts.latest(limit=500)
    assert {alert.state for alert in found} == {AlertState.STANDING}
    assert len({alert.lead for alert in found}) == 80


def test_a_rebound_browser_is_recomputed_after_a_failure(deps):
    """Its earlier days belong to the lead too, also if the first attempt failed after the browser was bound."""
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
    for queue in ("live", "bulk"):
        recompute(deps, queue)
    assert deps.store.dirty.counts()

    rows.update_one({"_id": f"{scene.workspace.id}:{lead.id}"}, {"$set": {"tags": []}})
    deps.store.database.dirty.update_many({}, {"$set": {"free_at": NOON, "tries": 0}})
    scene.settle()
    found = deps.store.of(scene.workspace.id)
    assert found.leads.get(lead.id).derived.views == 3
    assert [visit.lead for visit in found.visits.latest()] == [lead.id, lead.id]


def test_a_heartbeat_that_arrives_after_the_next_page_changes_the_text(deps):
    """Two edge processes, two spools: the dwell of the first page is stored after the alert about the second page."""
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


def test_a_heartbeat_of_the_current_page_makes_no_mark(deps):
    """It is recomputed with the events that follow; the leave of the last page makes a mark."""
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


def test_a_heartbeat_of_one_device_counts_in_a_visit_of_another(deps):
    """The text describes the whole episode of the lead, on all its devices."""
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


def test_the_pages_of_a_robot_are_not_read_back(deps):
    """They belong to no visit; a page every five minutes for two days does not slow down the next one."""
    scene = make_scene(deps)
    for number in range(576):
        scene.page("robot", "/", NOON + timedelta(minutes=5 * number), page=f"p{number}", agent="curl/8.5.0")
    scene.spool()
    scene.settle()
    newest = NOON + timedelta(minutes=5 * 575)

    history, rounds, growing = VisitHistory(scene.store, BEGINNING), 0, {"robot": (newest, newest)}
    while growing:
        growing, rounds = history.read(growing), rounds + 1
    assert rounds == 1
    assert len(history.events) <= 7


def test_a_long_run_is_read_once(deps):
    """However far back the run of a page that came late reaches, each of its events is read once."""
    scene = make_scene(deps)
    for number in range(300):
        scene.page("v", "/", NOON + timedelta(minutes=20 * number), CaptureKind.SUBMIT, page=f"p{number}", fields={})
    scene.spool()
    scene.settle()
    newest = NOON + timedelta(minutes=20 * 299)

    history, read, growing = VisitHistory(scene.store, BEGINNING), 0, {"v": (newest, newest)}
    while growing:
        before = len(history.events)
        growing = history.read(growing)
        read += len(history.events) - before
    assert read == len(history.events) == 300
    assert {start for start, _ in history._read.values()} == {NOON - GAP}


def test_heartbeats_of_a_backlog_go_to_the_bulk_queue(deps):
    """Events that waited in a spool for an hour do not delay current ones."""
    scene = make_scene(deps)
    long_ago = deps.now() - timedelta(hours=1)
    for path, seconds, kind in (("/", 0, CaptureKind.VIEW), ("/pricing", 30, CaptureKind.VIEW), ("/", 20, CaptureKind.BEAT)):
        scene.page("browser", path, long_ago + timedelta(seconds=seconds), kind)
    scene.spool()
    drain = Drain(deps)
    while drain.step():
        pass
    assert deps.store.dirty.counts() == {"bulk": 1}


def test_a_visit_that_began_before_the_seal_is_not_rebuilt(deps):
    """Its pages after midnight stay in it; later pages are a visit of their own."""
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
    assert recompute_visitors(deps, scene.store, {"browser": (at, at)}, midnight).leads == {lead.id: at}

    scene.spool([scene.page("browser", "/late", midnight + timedelta(minutes=30))])
    scene.settle()
    assert sorted([page.page for page in visit.pages] for visit in scene.store.visits.latest()) == [
        ["/landing", "/", "/pricing", "/contact"],
        ["/late"],
    ]


def test_a_click_reclassified_as_a_machines_unbinds_its_browsers(deps):
    """Visits of browsers that it had bound are no lead's any more."""
    scene = make_scene(deps)
    lead, now = scene.lead(), deps.now()
    click = scene.click(scene.message(lead), now, agent="curl/8.5.0")
    scene.page("browser", "/", now, landing=click.id, landing_at=click.at)
    scene.spool()
    drain = Drain(deps)
    while drain.step():
        pass
    scene.store.events.correct(click.id, "person")
    recompute(deps, "live")
    assert [visit.lead for visit in scene.store.visits.latest()] == [lead.id]

    scene.store.events.correct(click.id, None)
    reclassify(deps, scene.workspace.id)
    scene.captures.clear()
    scene.settle()
    assert scene.store.visits.latest() == [], "the visit that a machine's click brought is the machine's"


BROWSERS = 1_800


@pytest.fixture
def crowd(deps):
    """A workspace in whose live queue far more browsers wait than a batch takes, and a few leads that opened an email."""
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


def test_overlapping_batches_recompute_everything_once(deps, crowd):
    """Visitors of one batch run beside the leads of the one before, with the same result as one after the other."""
    done = recompute(deps, "live") + recompute(deps, "bulk")

    assert not deps.store.dirty.counts()
    assert done == BROWSERS + 41
    assert deps.store.database.visits.count_documents({}) == BROWSERS
    assert deps.store.database.leads.count_documents({"derived.opens": 1}) == 40
    (dana,) = crowd.store.leads.where({"name": "Dana Whitfield"})
    assert (dana.derived.clicks, dana.derived.views) == (1, 1)


def test_leads_wait_for_a_few_batches_of_browsers_at_most(deps, crowd):
    """They opened an email while a thousand anonymous visitors were on the site."""
    deps.store.database.dirty.update_many({"kind": "lead"}, {"$set": {"lane": "live", "free_at": deps.now()}})
    left = []
    recompute(deps, "live", may_continue=lambda: not left.append((_waiting(deps, "visitor"), _waiting(deps, "lead"))))

    assert left[0][1] >= 40
    assert any(browsers and not leads for browsers, leads in left)


def test_a_visitor_rebound_twice_in_overlapping_batches_leaves_no_old_binding(deps):
    """The second batch learns of an earlier landing by the same click while the first, which gave the click's browser to the lead, is running."""
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
    first.recompute_visitors()
    assert {event.lead for event in scene.store.events.latest() if event.visitor} == {lead.id}

    scene.spool([scene.page("earlier", "/pricing", now - timedelta(minutes=1), landing=click.id, landing_at=click.at)])
    while drain.step():
        pass
    second = Batch(deps, claim(deps, "live", ("visitor", "lead"), 10))
    # The second batch's visitors are decided between the moment the first one's leads are saved and the moment its visitors are noted.
    own = first.workspaces[scene.workspace.id]
    assert recompute_leads(deps, scene.workspace, scene.store, dict(own.changes.leads))
    assert scene.store.leads.get(lead.id).derived.views == 2
    second.recompute_visitors()
    own.changes.save(scene.store)
    deps.store.dirty.finish(own.marks, deps.now())
    second.redo_after(first)
    second.recompute_leads()
    scene.settle()

    views = [event for event in scene.store.events.latest() if event.visitor and event.lead == lead.id]
    assert {event.visitor for event in views} == {"earlier"}
    assert scene.store.leads.get(lead.id).derived.views == len(views) == 1


def test_a_mark_that_failed_twice_is_claimed_alone(deps):
    """A browser and a lead whose workers died twice: each has a third attempt of its own."""
    dirty, workspace = deps.store.dirty, make_scene(deps).workspace.id
    for kind in ("visitor", "lead"):
        dirty.mark_many([(workspace, kind, kind * 3, NOON)])
    deps.store.database.dirty.update_many({}, {"$set": {"tries": 2}})
    dirty.mark_many([(workspace, "lead", f"{number:032x}", NOON) for number in range(5)])

    assert len(claim(deps, "live", ("visitor", "lead"), 50, only_fresh=True)) == 5
    assert [len(claim(deps, "live", ("visitor", "lead"), 50)) for _ in range(3)] == [1, 1, 0]


def test_a_run_that_may_not_continue_finishes_its_batch(deps, crowd):
    """After a time limit or a signal: no mark stays claimed, and the rest waits."""
    done = recompute(deps, "live", may_continue=lambda: False)

    assert 0 < done < BROWSERS
    assert _waiting(deps, "visitor") + _waiting(deps, "lead") == sum(deps.store.dirty.counts().values()) == BROWSERS + 41 - done


def test_a_stopping_process_leaves_the_rest_to_the_next(deps, crowd):
    """The job ends after its batch, and a wake-up for the next process waits in Redis."""
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


def test_an_event_stored_while_its_browser_is_rebound_is_corrected(deps):
    """An earlier claim takes a browser away from its lead; the drain, which knows the former lead, stores its next page during the recompute."""
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
    batch.recompute_visitors()
    scene.page("second", "/pricing", now + timedelta(seconds=20))
    scene.spool()
    while drain.step():
        pass
    batch.recompute_leads()
    scene.settle()

    assert {(event.visitor, event.lead) for event in scene.store.events.latest() if event.visitor} == {("first", lead.id), ("second", None)}
    assert {(visit.visitor, visit.lead) for visit in scene.store.visits.latest()} == {("first", lead.id), ("second", None)}
    assert scene.store.leads.get(lead.id).derived.views == 1
    assert AlertRule.PRICING not in {alert.rule for alert in scene.store.alerts.latest() if alert.state is AlertState.STANDING}


def test_an_alert_whose_worker_was_killed_before_saving_it_is_sent_later(deps):
    """Its delivery waited for it and was cancelled; the next recompute, minutes later, saves the alert and reopens the delivery."""
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


def test_alerts_of_a_deactivated_rep_go_to_the_team(deps):
    """The lead keeps its owner. A reactivated rep receives new alerts again, by the channels that worked."""
    scene = make_scene(deps)
    other = add_rep(deps, scene.workspace.id, email="tom@northwind.example", name="Tom Ito")
    for rep, address in ((other.id, "tom@northwind.example"), (None, "team@northwind.example")):
        set_channel(deps, scene.workspace.id, rep, ChannelName.EMAIL, {"address": address})

    recipients = []
    for name, is_active in (("Ada Lind", True), ("Bo Marsh", False), ("Cleo Park", True)):
        change_rep(deps, scene.workspace.id, other.id, is_active=is_active)
        lead = scene.lead(name, owner=other.id)
        scene.click(scene.message(lead), deps.now())
        scene.spool()
        scene.captures.clear()
        scene.settle()
        recipients.append({delivery.rep for delivery in scene.store.deliveries.where({"lead": lead.id})})
    assert recipients == [{other.id}, {None}, {other.id}]
    assert scene.store.channels.named(other.id, ChannelName.EMAIL).disabled_reason is None


def test_all_events_of_one_moment_are_reclassified(deps):
    """More of them than one page has."""
    scene = make_scene(deps)
    message = scene.message(scene.lead())
    for number in range(503):
        scene.open(message, NOON, address=f"203.0.{number // 250}.{number % 250}")
    scene.spool()
    scene.settle()
    wrong = Verdict(Label.HUMAN, 0.5, ("old_rule",))
    opens = [event for event in scene.store.events.of_lead(message.lead, limit=1000) if event.kind is EventKind.OPEN]
    scene.store.events.reclassify({event.id: wrong for event in opens}, 1)

    assert (len(opens), reclassify(deps, scene.workspace.id)) == (503, 1)
    scene.captures.clear()
    scene.settle()
    assert not [event for event in scene.store.events.of_lead(message.lead, limit=1000) if event.verdict == wrong]


def test_an_archived_lead_raises_no_alerts_but_of_inquiries(deps):
    """What happened before stays as it was."""
    scene = make_scene(deps)
    lead = scene.lead()
    message = scene.message(lead, NOON - timedelta(days=2))
    first = scene.click(message, NOON - timedelta(days=1))
    scene.spool()
    scene.settle()
    scene.store.leads.change(lead.id, archived_at=NOON - timedelta(hours=1))

    scene.captures.clear()
    click = scene.click(message, NOON)
    landing = {"landing": click.id, "landing_at": click.at}
    scene.page("browser", "/pricing", NOON + timedelta(seconds=3), **landing)
    sent = scene.page("browser", "/contact", NOON + timedelta(seconds=40), CaptureKind.SUBMIT, target="contact")
    scene.spool()
    scene.settle()

    assert {alert.cause for alert in scene.store.alerts.latest()} == {first.id, sent.id}


def test_the_first_and_the_last_visit_of_a_lead_are_stored(deps):
    """From the set of visits: one that turns out to be automatic leaves the next one; another reader's visits do not count."""
    scene = make_scene(deps)
    lead = scene.lead()
    now = deps.now() - timedelta(hours=30)
    views = []
    for number, query in enumerate(("?utm_source=google&utm_medium=cpc", "?gclid=1", "")):
        at = now + timedelta(hours=number * 8)
        click = scene.click(scene.message(lead), at)
        views.append(
            scene.page("browser", f"/offer{query}", at + timedelta(seconds=2), page=f"p{number}", landing=click.id, landing_at=click.at)
        )
    scene.page("stranger", "/offer?utm_source=forward", now - timedelta(hours=1))
    scene.spool()
    scene.settle()

    def ends():
        found = deps.store.of(scene.workspace.id).leads.get(lead.id).derived
        return tuple(touch and touch.summary for touch in (found.first_touch, found.last_touch))

    assert ends() == ("google / cpc", "Email or personal link")
    correct_cause(deps, scene.workspace.id, views[0].id, "machine", scene.rep)
    scene.settle()
    assert ends() == ("Google Ads", "Email or personal link")
