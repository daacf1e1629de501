"""The main job from spool to alert, on real servers: mail opened, clicked, the site walked."""

import random
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.base.clock import to_ms
from tracker.base.ids import new_id
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.alerting.alert import AlertRule, AlertState
from tracker.domain.alerting.channel import Channel, ChannelName


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace at noon."""
    return make_scene(replace(deps, now=lambda: NOON + timedelta(minutes=5)))


def walk(scene: Scene, lead=None) -> str:
    """Open, click, three pages with dwell, a form; returns the lead's id."""
    lead = lead or scene.lead()
    message = scene.message(lead)
    scene.open(message, NOON)
    click = scene.click(message, NOON + timedelta(seconds=20))
    landing = {"landing": click.id, "landing_at": click.at}
    scene.page("v1", "/", NOON + timedelta(seconds=21), **landing)
    scene.page("v1", "/", NOON + timedelta(seconds=31), CaptureKind.BEAT, active_ms=9000, scroll=40)
    scene.page("v1", "/pricing", NOON + timedelta(seconds=40))
    scene.page("v1", "/pricing", NOON + timedelta(seconds=60), CaptureKind.BEAT, active_ms=19000, scroll=80)
    scene.page("v1", "/contact", NOON + timedelta(seconds=70))
    scene.page("v1", "/contact", NOON + timedelta(seconds=80), CaptureKind.SUBMIT, fields={"email": ""})
    scene.page("v1", "/contact", NOON + timedelta(seconds=85), CaptureKind.LEAVE, active_ms=15000, scroll=100)
    return lead.id


def state_of(scene: Scene, lead: str):
    """Everything that follows from the events, without the times at which it was computed."""
    store = scene.store
    found = store.leads.get(lead)
    visits = store.dwell.fill(store.visits.of_lead(lead))
    alerts = [(a.id, a.rule, a.title, a.text, a.state) for a in store.alerts.latest() if a.state is AlertState.STANDING]
    return (
        [(e.id, e.kind, e.at) for e in store.events.of_lead(lead)],
        msgspec.structs.replace(found.derived, scored_at=None),
        found.stage,
        visits,
        sorted(alerts),
    )


def test_a_visit_ends_in_events_visit_score_stage_and_two_alerts(scene: Scene):
    """A lead that opens, clicks, views pricing and sends a form has one visit, an explained score and two loud alerts."""
    scene.store.channels.put(
        Channel(
            id=new_id(), workspace=scene.workspace.id, rep=scene.rep.id, name=ChannelName.SLACK, config={"webhook_url": "https://x.example"}
        )
    )
    lead = walk(scene)
    scene.spool()
    scene.settle()
    store = scene.store

    kinds = [event.kind.value for event in store.events.of_lead(lead)]
    assert kinds == ["sent", "open", "click", "view", "view", "view", "submit"]
    (visit,) = store.dwell.fill(store.visits.of_lead(lead))
    assert [(page.title, page.active_ms, page.scroll) for page in visit.pages] == [
        ("Home – Acme", 9000, 40),
        ("Pricing – Acme", 19000, 80),
        ("Contact – Acme", 15000, 100),
    ]
    found = store.leads.get(lead)
    assert found.stage == "Contacted"
    assert found.derived.score == 1 + 3 + 3 + 5 + 10
    alerts = sorted(store.alerts.latest(), key=lambda alert: alert.at)
    assert [alert.rule for alert in alerts] == [AlertRule.FIRST_OPEN, AlertRule.CLICK, AlertRule.PRICING, AlertRule.FORM]
    assert alerts[0].title == "Dana Whitfield (Acme) opened “Offer v2”"
    assert alerts[3].title == "Inquiry: Dana Whitfield (Acme)"
    deliveries = store.deliveries.of_alerts([alert.id for alert in alerts])
    assert all(len(rows) == 1 for rows in deliveries.values())


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_arrival_ends_in_the_same_state(scene: Scene, seed: int):
    """Shuffled, doubled or split rows give the same visits, scores, stages and alerts."""
    lead = walk(scene)
    scene.spool()
    scene.settle()
    expected = state_of(scene, lead)

    for name in ("events", "claims", "dwell", "visitors", "visits", "facts", "alerts", "deliveries", "dirty"):
        query = {"k": {"$ne": "sent"}} if name == "events" else {}
        scene.deps.store.database[name].delete_many(query)
    dice = random.Random(seed)
    rows = scene.captures * 2
    dice.shuffle(rows)
    while rows:
        cut = dice.randint(1, 4)
        scene.spool(rows[:cut])
        rows = rows[cut:]
        scene.settle()

    assert expected == state_of(scene, lead)


def test_another_browser_with_the_same_landing_token_stays_anonymous(scene: Scene):
    """A forwarded link identifies no one: only the first browser belongs to the lead."""
    lead = scene.lead()
    message = scene.message(lead)
    click = scene.click(message, NOON)
    landing = {"landing": click.id, "landing_at": click.at}
    scene.page("first", "/", NOON + timedelta(seconds=1), **landing)
    scene.page("second", "/", NOON + timedelta(seconds=9), **landing)
    scene.spool()
    scene.settle()

    assert [visit.visitor for visit in scene.store.visits.of_lead(lead.id)] == ["first"]
    (other,) = [visit for visit in scene.store.visits.latest() if visit.visitor == "second"]
    assert other.lead is None
    assert other.forwarded


def test_views_from_before_the_first_click_belong_to_the_lead_and_two_leads_never_merge(scene: Scene):
    """Earlier views of a browser go to its first lead; the click of a second lead begins a new visit."""
    dana, omar = scene.lead(), scene.lead("Omar Haddad")
    scene.page("v1", "/early", NOON - timedelta(hours=3))
    first = scene.click(scene.message(dana), NOON)
    scene.page("v1", "/", NOON + timedelta(seconds=1), landing=first.id, landing_at=first.at)
    second = scene.click(scene.message(omar), NOON + timedelta(seconds=60))
    scene.page("v1", "/pricing", NOON + timedelta(seconds=61), landing=second.id, landing_at=second.at)
    scene.spool()
    scene.settle()

    assert [[p.page for p in visit.pages] for visit in scene.store.visits.of_lead(dana.id)] == [["/"], ["/early"]]
    assert [[p.page for p in visit.pages] for visit in scene.store.visits.of_lead(omar.id)] == [["/pricing"]]


def test_a_known_browser_is_shown_with_the_latest_message(scene: Scene):
    """Live names the message that brought the lead, also on the second visit of a known browser."""
    lead = scene.lead()
    first, second = scene.message(lead), scene.message(lead)
    for message, at in ((first, NOON - timedelta(hours=2)), (second, NOON)):
        click = scene.click(message, at)
        scene.page("v1", "/", at + timedelta(seconds=1), landing=click.id, landing_at=click.at)
        scene.spool()
        scene.settle()

        (state,) = scene.deps.bus.presence(scene.workspace.id)
        assert (state.lead, state.message) == (lead.id, message.id)


def test_a_click_of_a_machine_binds_no_browser_and_makes_no_alert(scene: Scene):
    """A scanner that follows the link and runs the page's script is not shown as the lead on the site."""
    message = scene.message(scene.lead())
    click = scene.click(message, NOON, agent="Mozilla/5.0 (compatible; Barracuda Sentinel)")
    scene.page("v1", "/pricing", NOON + timedelta(seconds=1), landing=click.id, landing_at=click.at)
    scene.spool()
    scene.settle()

    assert scene.store.alerts.latest() == []
    assert scene.store.visits.of_lead(message.lead) == []


def test_pricing_in_a_later_visit_is_pricing_again(scene: Scene):
    """An older visit that arrives late changes the rule."""
    lead = scene.lead()
    click = scene.click(scene.message(lead, sent_at=NOON - timedelta(days=2)), NOON - timedelta(hours=1))
    scene.page("v1", "/", NOON - timedelta(hours=1), landing=click.id, landing_at=click.at)
    scene.page("v1", "/pricing", NOON)
    scene.spool()
    scene.settle()
    assert AlertRule.PRICING in {a.rule for a in scene.store.alerts.latest()}

    late = scene.page("v1", "/pricing", NOON - timedelta(minutes=58))
    scene.spool([late])
    scene.settle()

    standing = {a.rule: a.state for a in scene.store.alerts.latest() if a.state is not AlertState.WITHDRAWN}
    assert AlertState.STANDING is standing[AlertRule.PRICING_AGAIN]
    assert to_ms(NOON) in {to_ms(a.at) for a in scene.store.alerts.latest() if a.state is AlertState.WITHDRAWN}


def test_one_poison_row_is_set_aside_and_the_batch_goes_on(scene: Scene):
    """A row that is no event does not stop the others."""
    message = scene.message(scene.lead())
    scene.open(message, NOON, id="not hex at all")
    scene.open(message, NOON + timedelta(seconds=1))
    scene.spool()
    scene.settle()

    assert scene.deps.store.quarantine.count() == 1
    assert len(scene.store.events.of_lead(message.lead)) == 2


def test_a_restored_alert_is_delivered(scene: Scene):
    """Withdrawn because its event looked like a machine's, then restored: the rep receives it once."""
    scene.store.channels.put(
        Channel(id=new_id(), workspace=scene.workspace.id, rep=scene.rep.id, name=ChannelName.WEBHOOK, config={"url": "https://x.example"})
    )
    lead = scene.lead()
    click = scene.click(scene.message(lead), NOON)
    scene.spool()
    scene.settle()
    (alert,) = scene.store.alerts.latest()

    states = []
    for correction in ("machine", "person"):
        scene.store.events.correct(click.id, correction)
        scene.deps.store.dirty.mark(scene.workspace.id, lead.id, [NOON])
        scene.settle()
        (delivery,) = scene.store.deliveries.of_alerts([alert.id])[alert.id]
        states.append((scene.store.alerts.get(alert.id).state.value, delivery.state.value))

    assert states == [("withdrawn", "cancelled"), ("standing", "due")]


def test_a_view_taken_in_without_a_policy_finds_its_workspace_by_the_site(scene: Scene):
    """At the first start, the edge answers before it knows any site."""
    view = scene.page("v1", "/", NOON)
    scene.spool([msgspec.structs.replace(view, workspace="")])
    scene.settle()

    assert [visit.visitor for visit in scene.store.visits.latest()] == ["v1"]


def test_the_text_of_an_alert_is_final_after_the_next_alert(scene: Scene):
    """Later events do not edit it: its score is that of its last event."""
    lead = walk(scene)
    scene.spool()
    scene.settle()
    before = {alert.id: alert.text for alert in scene.store.alerts.latest() if alert.rule in (AlertRule.FIRST_OPEN, AlertRule.CLICK)}

    later = scene.page("v1", "/pricing", NOON + timedelta(seconds=120), page="again")
    scene.spool([later])
    scene.settle()

    assert before
    assert before == {alert.id: alert.text for alert in scene.store.alerts.latest() if alert.id in before}
    assert scene.store.leads.get(lead).derived.views == 4
