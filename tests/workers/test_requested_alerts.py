"""Alerts about emails opened again, proposals and watched pages, with the stored events of real batches."""

from datetime import timedelta

import pytest

from tests.scenes import Scene, make_scene
from tracker.actions.alerting.watched_pages import stop_watching, watch_page
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.mail.messages import set_proposal
from tracker.actions.pipeline.scores import reclassify
from tracker.base.ids import new_id
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Priority, WithdrawnReason
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep, Role

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def scene(deps: Deps) -> Scene:
    return make_scene(deps)


@pytest.fixture
def dana(scene: Scene) -> Lead:
    return scene.lead()


def work(scene: Scene) -> None:
    scene.spool()
    scene.captures.clear()
    scene.settle()


def alerts(scene: Scene, *states: AlertState) -> list[Alert]:
    found = sorted(scene.store.alerts.latest(), key=lambda alert: alert.at)
    return [alert for alert in found if alert.state in (states or (AlertState.STANDING, AlertState.LATE))]


def visit(scene: Scene, lead: Lead, *paths: str, ago: timedelta = MINUTE) -> None:
    """A visit of a lead's known browser, with a page each second."""
    at = scene.deps.now() - ago
    if not scene.store.visitors.find("dana"):
        click = scene.click(scene.message(lead, at - 3 * DAY), at - 2 * DAY)
        scene.page("dana", "/", at - 2 * DAY, landing=click.id)
        work(scene)
    for second, path in enumerate(paths):
        scene.page("dana", path, at + timedelta(seconds=second))
    work(scene)


def test_an_email_is_opened_again_after_the_facts_of_its_days_are_sealed(scene: Scene, dana: Lead):
    """Events of sealed days may be deleted; their facts still tell when the lead was last active."""
    now = scene.deps.now()
    message = scene.message(dana, now - 60 * DAY)
    scene.open(message, now - 50 * DAY)
    work(scene)
    scene.deps.store.workspaces.change(scene.workspace.id, sealed_before=now - 30 * DAY)
    scene.deps.store.database.events.delete_many({"k": "open"})

    scene.open(message, now - MINUTE)
    work(scene)
    again = alerts(scene)[-1]
    assert (again.rule, again.priority, again.state) == (AlertRule.OPENED_AGAIN, Priority.LOUD, AlertState.STANDING)
    assert again.title == "Dana Whitfield (Acme) opened “Offer v2” again"
    assert again.text.startswith("Sent 59 days ago, after 49 quiet days.")


def test_an_event_of_the_quiet_days_that_arrives_late_withdraws_the_alert(scene: Scene, dana: Lead):
    """As if it had been known at first; once it is a machine's, the alert stands again."""
    now = scene.deps.now()
    message = scene.message(dana, now - 60 * DAY)
    scene.open(message, now - 40 * DAY)
    scene.open(message, now - MINUTE)
    work(scene)
    assert alerts(scene)[-1].rule is AlertRule.OPENED_AGAIN

    late = scene.open(message, now - 5 * DAY)
    work(scene)
    (gone,) = alerts(scene, AlertState.WITHDRAWN)
    assert (gone.rule, gone.withdrawn) == (AlertRule.OPENED_AGAIN, WithdrawnReason.REPLACED)

    scene.store.events.correct(late.id, "machine")
    scene.deps.store.dirty.mark(scene.workspace.id, dana.id, [now - 5 * DAY])
    work(scene)
    assert alerts(scene, AlertState.STANDING)[-1].rule is AlertRule.OPENED_AGAIN


def test_marking_a_proposal_decides_its_alerts_again(scene: Scene, dana: Lead):
    """Treated as a proposal, the first open is loud; undone, it is quiet again."""
    now = scene.deps.now()
    message = scene.message(dana, now - DAY, subject="Our offer", proposal=None)
    scene.open(message, now - MINUTE)
    work(scene)
    (opened,) = alerts(scene)
    assert (opened.rule, opened.priority, opened.title) == (
        AlertRule.PROPOSAL_OPENED,
        Priority.LOUD,
        "Dana Whitfield (Acme) opened your proposal",
    )

    set_proposal(scene.deps, scene.workspace.id, message.id, proposal=False)
    work(scene)
    assert [(alert.rule, alert.priority) for alert in alerts(scene)] == [(AlertRule.FIRST_OPEN, Priority.QUIET)]

    set_proposal(scene.deps, scene.workspace.id, message.id, proposal=None)
    work(scene)
    assert [(alert.rule, alert.state) for alert in alerts(scene)] == [(AlertRule.PROPOSAL_OPENED, AlertState.STANDING)]


def test_a_watched_page_alerts_its_reps_leads_and_the_teams_every_lead(scene: Scene, dana: Lead):
    """Another rep's watch is not about them; a stopped one keeps the alerts of its time."""
    workspace, url = scene.workspace.id, f"{scene.site.origins[0]}/Security?x=1"
    other = scene.lead("Omar Haddad", owner=None)
    visit(scene, dana, "/security", ago=DAY)
    before = len(alerts(scene))
    page, is_new = watch_page(scene.deps, workspace, scene.rep.id, url)
    assert (is_new, watch_page(scene.deps, workspace, scene.rep.id, url)[1]) == (True, False)
    scene.deps.store.database.watched_pages.update_one({}, {"$set": {"periods.0.since": scene.deps.now() - 5 * MINUTE}})

    visit(scene, dana, "/security", "/team", "/security")
    (watched,) = [alert for alert in alerts(scene) if alert.rule is AlertRule.WATCHED_PAGE]
    assert len(alerts(scene)) == before + 1, "the visit before the watch made none"
    assert (watched.title, watched.priority, watched.rep) == ("Dana Whitfield (Acme) is on Security", Priority.LOUD, scene.rep.id)

    stop_watching(scene.deps, workspace, page.id)
    stop_watching(scene.deps, workspace, page.id)
    scene.deps.store.dirty.mark(workspace, dana.id, [watched.at])
    scene.settle()
    assert watched.id in {alert.id for alert in alerts(scene, AlertState.STANDING)}

    leads.change_lead(scene.deps, workspace, dana.id, owner=None)
    visit(scene, dana, "/security", ago=timedelta(0))
    assert [alert.id for alert in alerts(scene) if alert.rule is AlertRule.WATCHED_PAGE] == [watched.id], "a rep's watch is about own leads"
    team, _ = watch_page(scene.deps, workspace, None, url)
    scene.deps.store.database.watched_pages.update_one({"rep": None}, {"$set": {"periods.0.since": scene.deps.now() - 5 * MINUTE}})
    scene.deps.store.dirty.mark(workspace, dana.id, [watched.at])
    scene.settle()
    assert team.id != page.id
    assert watched.id in {alert.id for alert in alerts(scene, AlertState.STANDING)}
    assert not [alert for alert in alerts(scene) if alert.lead == other.id]


@pytest.mark.parametrize("is_taken", [False, True])
def test_a_change_of_the_owner_changes_no_alert_of_before(scene: Scene, *, is_taken: bool):
    """The former owner's alert stays, also if the watch is forgotten; the new owner's begin with the views from then on."""
    workspace, origin = scene.workspace.id, scene.site.origins[0]
    bob = Rep(id=new_id(), workspace=workspace, email="bob@northwind.example", name="Bob", role=Role.REP, created_at=scene.deps.now())
    scene.store.reps.add(bob)
    dana, omar = scene.lead(), scene.lead("Omar Haddad")
    watch_page(scene.deps, workspace, scene.rep.id, f"{origin}/security")
    watch_page(scene.deps, workspace, bob.id, f"{origin}/product")
    scene.deps.store.database.watched_pages.update_many({}, {"$set": {"periods.0.since": scene.deps.now() - 5 * MINUTE}})
    visit(scene, dana, "/security", "/product")
    before = alerts(scene)
    assert [(a.title, a.rep) for a in before if a.rule is AlertRule.WATCHED_PAGE] == [
        ("Dana Whitfield (Acme) is on Security", scene.rep.id)
    ]

    if is_taken:
        scene.store.leads.change(dana.id, owner=None)
        leads.take(scene.deps, workspace, dana.id, bob)
    else:
        leads.change_lead(scene.deps, workspace, dana.id, owner=bob.email)
        leads.change_lead(scene.deps, workspace, omar.id, owner=scene.rep.id)
    scene.deps.store.database.watched_pages.delete_many({"rep": scene.rep.id})
    reclassify(scene.deps, workspace)
    scene.settle()
    assert [(a.id, a.state, a.rep) for a in alerts(scene, *AlertState)] == [(a.id, a.state, a.rep) for a in before]
    assert (scene.store.leads.get(dana.id).owner_since is None, scene.store.leads.get(omar.id).owner_since) == (False, None)

    scene.page("dana", "/product", scene.deps.now() + timedelta(seconds=1), page="again")
    work(scene)
    assert [(a.title, a.rep) for a in alerts(scene) if a.rule is AlertRule.WATCHED_PAGE][1:] == [
        ("Dana Whitfield (Acme) is on Product", bob.id)
    ]

    (watched,) = [a for a in alerts(scene) if a.title.endswith("Security")]
    for cause, state in (("machine", AlertState.WITHDRAWN), (None, AlertState.STANDING)):
        scene.store.events.correct(watched.cause, cause)
        scene.deps.store.dirty.mark_many([(workspace, kind, key, watched.at) for kind, key in (("lead", dana.id), ("visitor", "dana"))])
        scene.settle()
        assert scene.store.alerts.get(watched.id).state is state


def test_a_form_or_a_machine_on_a_watched_page_makes_no_alert_of_it(scene: Scene, dana: Lead):
    """Only views by people do; a view whose verdict changes is withdrawn like any other."""
    watch_page(scene.deps, scene.workspace.id, scene.rep.id, f"{scene.site.origins[0]}/security")
    scene.deps.store.database.watched_pages.update_one({}, {"$set": {"periods.0.since": scene.deps.now() - 5 * MINUTE}})
    visit(scene, dana, "/security")
    (watched,) = [alert for alert in alerts(scene) if alert.rule is AlertRule.WATCHED_PAGE]
    scene.store.events.correct(watched.cause, "machine")
    scene.deps.store.dirty.mark_many(
        [(scene.workspace.id, kind, key, watched.at) for kind, key in (("lead", dana.id), ("visitor", "dana"))]
    )
    scene.settle()
    assert [(a.rule, a.withdrawn) for a in alerts(scene, AlertState.WITHDRAWN)] == [(AlertRule.WATCHED_PAGE, WithdrawnReason.AUTOMATIC)]
    scene.page("dana", "/security", scene.deps.now(), kind=CaptureKind.DOWNLOAD)
    work(scene)
    assert not [alert for alert in alerts(scene, AlertState.STANDING) if alert.rule is AlertRule.WATCHED_PAGE]
