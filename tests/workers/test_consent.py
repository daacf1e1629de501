"""Consent in the drain: leads choose on the tracking-choice page, and nothing is stored of those who refuse."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.scenes import NOON, make_scene
from tracker.actions.privacy.consents import set_consent
from tracker.base.errors import Conflict
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.leads.consent import ConsentState

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
