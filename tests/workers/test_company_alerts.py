"""The alert about several people of one company, with the stored events of real batches."""

from datetime import timedelta
from itertools import permutations

import pytest

from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.privacy import erase
from tracker.actions.workspace import workspaces
from tracker.domain.activity.event import EventKind
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Priority
from tracker.domain.leads.lead import Lead
from tracker.domain.ops.audit import OPERATOR
from tracker.domain.workspace.workspace import Policy

MINUTE = timedelta(minutes=1)
NAMES = ("Dana Whitfield", "Tom Reyes", "Lea Kundin")


@pytest.fixture
def scene(deps: Deps) -> Scene:
    return make_scene(deps)


def add(scene: Scene, name: str, **more: object) -> Lead:
    """A lead of the company Acme Foods whose browser is known since yesterday."""
    company = scene.store.companies.named("Acme Foods", scene.deps.now())
    lead = scene.lead(name, **{"company": company.name, "company_id": company.id} | more)
    at = scene.deps.now() - timedelta(days=3)
    click = scene.click(scene.message(lead, at), at + timedelta(hours=1))
    scene.page(browser_of(lead), "/", at + timedelta(hours=1, seconds=3), landing=click.id)
    work(scene)
    return lead


def browser_of(lead: Lead) -> str:
    return lead.email.partition("@")[0]


def work(scene: Scene) -> None:
    scene.spool()
    scene.captures.clear()
    scene.settle()


def view(scene: Scene, lead: Lead, ago: float) -> None:
    """A view by the lead, some minutes ago."""
    scene.page(browser_of(lead), "/product", scene.deps.now() - ago * MINUTE)
    work(scene)


def of_company(scene: Scene) -> list[Alert]:
    return [alert for alert in scene.store.alerts.latest() if alert.rule is AlertRule.COMPANY]


def shown(scene: Scene) -> list[tuple[str, str, AlertState]]:
    return [(alert.title, alert.text, alert.state) for alert in of_company(scene)]


def test_people_of_one_company_make_one_alert_in_any_order(scene: Scene) -> None:
    """It names all of them, whichever came first or was known first; it is in the row of a member's own alerts."""
    people = [add(scene, name) for name in NAMES]
    results = []
    for order in permutations(range(3)):
        scene.deps.store.database.events.delete_many({"k": EventKind.VIEW.value})
        scene.deps.store.database.alerts.delete_many({})
        for number in order:
            view(scene, people[number], 10 - 2 * number)
        results.append(shown(scene))
    expected = ("3 people at Acme Foods are on your site", "Dana Whitfield, Tom Reyes and Lea Kundin.", AlertState.STANDING)
    assert results == [[expected]] * 6
    (alert,) = of_company(scene)
    assert (alert.rep, alert.priority, len(alert.others)) == (scene.rep.id, Priority.LOUD, 2)
    own = {one.episode for one in scene.store.alerts.latest() if one.lead == alert.lead and one.rule is not AlertRule.COMPANY}
    assert not own or alert.episode in own
    view(scene, people[0], 0)
    assert len(of_company(scene)) == 1


def test_it_is_withdrawn_when_one_was_a_machine(scene: Scene) -> None:
    """And stands again when that turns out to be wrong; an edit of a lead changes nothing."""
    dana, tom = (add(scene, name) for name in NAMES[:2])
    view(scene, dana, 5)
    assert not of_company(scene)
    view(scene, tom, 3)
    leads.change_lead(scene.deps, scene.workspace.id, dana.id, phone="1")
    scene.settle()
    assert [state for *_, state in shown(scene)] == [AlertState.STANDING]
    event = next(one for one in scene.store.events.latest_of_lead(tom.id, limit=9) if one.kind is EventKind.VIEW)
    for cause, state in (("machine", AlertState.WITHDRAWN), (None, AlertState.STANDING)):
        scene.store.events.correct(event.id, cause)
        marks = (("lead", tom.id), ("visitor", browser_of(tom)))
        scene.deps.store.dirty.mark_many([(scene.workspace.id, kind, key, event.at) for kind, key in marks])
        scene.settle()
        assert [one for *_, one in shown(scene)] == [state]


def test_owners_are_told_of_their_own_people_where_reps_see_some(scene: Scene) -> None:
    """A colleague's lead is neither counted nor named; one without an owner is."""
    workspaces.change_workspace(scene.deps, scene.workspace.id, policy=Policy(reps_see="own"))
    dana, tom, lea = (add(scene, name, owner=owner) for name, owner in zip(NAMES, (scene.rep.id, "f" * 32, None), strict=True))
    view(scene, dana, 5)
    view(scene, tom, 4)
    assert not of_company(scene)
    view(scene, lea, 3)
    texts = {alert.text for alert in of_company(scene) if alert.rep == scene.rep.id}
    assert texts == {"Dana Whitfield and Lea Kundin."}


def test_an_erased_lead_is_named_no_more(scene: Scene) -> None:
    """The alert of a colleague's visit goes with it."""
    dana, tom = (add(scene, name) for name in NAMES[:2])
    view(scene, dana, 5)
    view(scene, tom, 3)
    (alert,) = of_company(scene)
    named = next(lead for lead in (dana, tom) if lead.id in alert.others)
    erase.erase_lead(scene.deps, scene.workspace.id, named.id, OPERATOR)
    assert not of_company(scene)
