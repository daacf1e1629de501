"""Consent in the drain: leads choose on the tracking-choice page, and nothing is stored of those who refuse."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.scenes import NOON, make_scene
from tracker.actions.privacy.consents import set_consent
from tracker.actions.workspace.tracking_policies import set_tracking_policy
from tracker.base.errors import Conflict
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.leads.consent import ConsentState
from tracker.domain.mail.envelope import Envelope
from tracker.domain.privacy.withdrawn import WithdrawnKind, withdrawn_hash
from tracker.rules.consent import may_ask
from workers.drain.process import Drain

MINUTE = timedelta(minutes=1)


@pytest.fixture
def scene(deps):
    """One workspace, at noon."""
    return make_scene(replace(deps, now=lambda: NOON))


def choose(scene, message, choice, at):
    """A choice on the page, as the edge keeps it."""
    return scene.capture(CaptureKind.TRACKING, at, message=message.id, choice=choice, wording="Northwind would like to see …")


def test_a_lead_decides_by_link(scene):
    """The state, its proof and the history; repeated and late rows change nothing; no event and no evidence is stored."""
    lead = scene.lead()
    message = scene.message(lead)
    choose(scene, message, "granted", NOON - 5 * MINUTE)
    choose(scene, message, "refused", NOON - 3 * MINUTE)
    choose(scene, message, "refused", NOON - 2 * MINUTE)
    scene.spool()
    scene.settle()
    scene.spool(scene.captures[:1])
    scene.settle()

    found = scene.store.leads.get(lead.id).tracking_consent
    assert (found.state, found.at, found.how, found.by) == (ConsentState.REFUSED, NOON - 3 * MINUTE, "email link", "lead")
    assert found.wording == "Northwind would like to see …"
    assert [row.consent.state for row in scene.store.consents.of_lead(lead.id)] == ["refused", "granted"]
    assert [event.kind for event in scene.store.events.of_lead(lead.id)] == ["sent"]
    assert scene.deps.store.database.evidence.count_documents({}) == 0


def test_nothing_is_stored_of_a_lead_who_refused(scene):
    """Opens, clicks, visits and HEAD requests, also captured before the refusal; opt-outs still act, and others are not affected."""
    lead, other = scene.lead(), scene.lead("Tom Reyes")
    message, kept = scene.message(lead), scene.message(other)
    click = scene.click(message, NOON - 9 * MINUTE)
    scene.page("browser", "/pricing", NOON - 9 * MINUTE, landing=click.id, landing_at=click.at)
    scene.spool()
    scene.settle()
    before = scene.deps.store.database.events.count_documents({})
    assert scene.store.visitors.by_ids(["browser"])["browser"].lead_at(NOON) == lead.id

    rows = len(scene.captures)
    scene.open(message, NOON - 6 * MINUTE)
    choose(scene, message, "refused", NOON - 5 * MINUTE)
    scene.open(message, NOON - 4 * MINUTE)
    scene.click(message, NOON - 4 * MINUTE)
    scene.page("browser", "/plans", NOON - 3 * MINUTE)
    scene.page("browser", "/plans", NOON - 2 * MINUTE, CaptureKind.BEAT, active_ms=9000)
    scene.capture(CaptureKind.HEAD, NOON - 2 * MINUTE, message=message.id)
    scene.open(kept, NOON - MINUTE)
    scene.capture(CaptureKind.UNSUBSCRIBE, NOON - MINUTE, message=message.id)
    scene.spool(scene.captures[rows:])
    scene.settle()

    assert scene.deps.store.database.events.count_documents({}) == before + 2
    assert [event.kind for event in scene.store.events.of_lead(other.id)] == ["sent", "open"]
    assert scene.store.leads.get(lead.id).opted_out_at == NOON - MINUTE
    assert scene.deps.store.database.evidence.count_documents({}) == 0
    assert scene.store.dwell.of([("browser", "/plans")]) == {}


def test_a_lead_who_allows_it_again_is_recorded_again(scene):
    """From then on; what was dropped stays dropped."""
    lead = scene.lead()
    message = scene.message(lead)
    choose(scene, message, "refused", NOON - 9 * MINUTE)
    scene.spool()
    scene.settle()
    with pytest.raises(Conflict):
        set_consent(scene.deps, scene.workspace.id, lead.id, state="unknown", how="console", by=scene.rep.id)
    choose(scene, message, "granted", NOON - 5 * MINUTE)
    scene.click(message, NOON - 4 * MINUTE)
    scene.spool(scene.captures[1:])
    scene.settle()

    assert scene.store.leads.get(lead.id).tracking_consent.state is ConsentState.GRANTED
    assert "click" in [event.kind for event in scene.store.events.of_lead(lead.id)]


def test_a_second_refusal_is_recorded(scene):
    """Asked again after half a year and refused again: the six months start anew, with a proof of its own."""
    lead = scene.lead()
    message = scene.message(lead)
    for days in (200, 1):
        choose(scene, message, "refused", NOON - timedelta(days=days))
        choose(scene, message, "refused", NOON - timedelta(days=days) + MINUTE)
    scene.spool()
    scene.settle()

    found = scene.store.leads.get(lead.id).tracking_consent
    assert found.at == NOON - timedelta(days=1)
    assert not may_ask(found, NOON)
    assert len(scene.store.consents.of_lead(lead.id)) == 2


def test_a_rep_does_not_turn_a_refusal_into_their_own(scene):
    """Recorded once more it stays the lead's, so that it cannot be taken back afterwards; the history has both."""
    lead = scene.lead()
    choose(scene, scene.message(lead), "refused", NOON - MINUTE)
    scene.spool()
    scene.settle()

    found = set_consent(scene.deps, scene.workspace.id, lead.id, state="refused", how="phone", by=scene.rep.id).tracking_consent
    assert (found.by, found.at) == ("lead", NOON - MINUTE)
    with pytest.raises(Conflict):
        set_consent(scene.deps, scene.workspace.id, lead.id, state="exempt", how="console", by=scene.rep.id)
    assert [row.consent.by for row in scene.store.consents.of_lead(lead.id)] == [scene.rep.id, "lead"]


@pytest.mark.parametrize("state", ["unknown", "exempt"])
def test_a_refusal_that_arrives_late_counts(scene, state):
    """What a rep recorded meanwhile without the lead does not outlast it."""
    lead = scene.lead()
    set_consent(scene.deps, scene.workspace.id, lead.id, state=state, how="console", by=scene.rep.id)
    choose(scene, scene.message(lead), "refused", NOON - MINUTE)
    scene.spool()
    scene.settle()

    assert scene.store.leads.get(lead.id).tracking_consent.state is ConsentState.REFUSED


@pytest.mark.parametrize(("degree", "kept"), [("off", []), ("full", ["open"])])
def test_permission_taken_back_without_a_refusal_covers_sent_mail_where_tracking_is_off(scene, degree, kept):
    """The policy of the country decides again: for mail that was sent with permission, too."""
    policy = {"own_country": "DE", "degrees": {"DE": degree}, "by": "Ada"}
    set_tracking_policy(scene.deps, scene.workspace.id, **policy)
    lead = scene.lead()
    message = scene.message(lead)
    for state in ("granted", "unknown"):
        set_consent(scene.deps, scene.workspace.id, lead.id, state=state, how="phone", by=scene.rep.id)
    scene.open(message, NOON)
    scene.spool()
    scene.settle()

    assert [event.kind for event in scene.store.events.of_lead(lead.id) if event.kind != "sent"] == kept


def test_a_landing_after_a_dropped_click_is_dropped(scene):
    """The click and the refusal wait in one batch, the page view in it or in the next; the browser's later visits name no lead."""
    lead = scene.lead()
    message = scene.message(lead)
    click = scene.click(message, NOON - 2 * MINUTE)
    landing = {"landing": click.id, "landing_at": click.at}
    scene.page("browser", "/pricing", NOON - 2 * MINUTE, **landing)
    choose(scene, message, "refused", NOON - MINUTE)
    scene.spool()
    scene.settle()
    scene.captures.clear()
    scene.page("browser", "/plans", NOON - MINUTE, **landing)
    scene.spool()
    scene.settle()

    assert [event.kind for event in scene.store.events.latest()] == ["sent"]
    assert scene.deps.store.database.claims.count_documents({}) == 0


def test_a_browser_that_is_recognised_after_the_refusal_is_listed(scene):
    """The edge stops recording it then, not only at the next decision."""
    lead = scene.lead()
    message = scene.message(lead)
    click = scene.click(message, NOON - 2 * MINUTE)
    scene.page("browser", "/pricing", NOON - 2 * MINUTE, landing=click.id, landing_at=click.at)
    scene.spool()
    drain = Drain(scene.deps)
    while drain.step():
        pass
    set_consent(scene.deps, scene.workspace.id, lead.id, state="refused", how="phone", by=scene.rep.id)
    listed = withdrawn_hash(scene.workspace.id, WithdrawnKind.VISITOR, "browser")
    assert listed not in scene.deps.store.withdrawn.all_listed()
    scene.settle()

    assert listed in scene.deps.store.withdrawn.all_listed()


def test_the_reader_of_a_copy_does_not_choose_for_the_lead(scene):
    """Neither tracking nor mail; a reader who is a lead decides for themselves."""
    lead, other = scene.lead(), scene.lead("Tom Reyes", email="tom@bücher.example")
    copies = [scene.message(lead, envelope=Envelope(copy_to=address)) for address in ("boss@us.example", "Tom@xn--bcher-kva.example")]
    for copy in copies:
        choose(scene, copy, "refused", NOON - MINUTE)
        scene.capture(CaptureKind.UNSUBSCRIBE, NOON - MINUTE, message=copy.id)
    scene.spool()
    scene.settle()

    kept, told = (scene.store.leads.get(one.id) for one in (lead, other))
    assert (kept.tracking_consent.state, kept.opted_out_at) == (ConsentState.UNKNOWN, None)
    assert (told.tracking_consent.state, told.opted_out_at) == (ConsentState.REFUSED, NOON - MINUTE)


def test_a_later_decision_stands(scene):
    """A choice that is drained late does not replace what was recorded after it, but is in the history."""
    lead = scene.lead()
    message = scene.message(lead)
    set_consent(scene.deps, scene.workspace.id, lead.id, state="granted", how="phone", wording="May we?", by=scene.rep.id)
    choose(scene, message, "refused", NOON - MINUTE)
    choose(scene, message, "nonsense", NOON + MINUTE)
    scene.spool()
    scene.settle()

    found = scene.store.leads.get(lead.id).tracking_consent
    assert (found.state, found.how, found.wording, found.by) == (ConsentState.GRANTED, "phone", "May we?", scene.rep.id)
    assert [row.consent.state for row in scene.store.consents.of_lead(lead.id)] == ["granted", "refused"]
