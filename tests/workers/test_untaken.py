"""Alerts that no one takes: escalated once to the leader, when the minutes are over."""

from datetime import timedelta

import msgspec

from tests.scenes import Scene, make_scene
from tracker.actions.alerting.alerts import take
from tracker.actions.alerting.escalation import escalate_untaken
from tracker.actions.deps import Deps
from tracker.base.ids import new_id
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.team.rep import Rep, Role

MINUTE = timedelta(minutes=1)


def test_an_inquiry_that_no_one_takes_is_escalated_once(deps: Deps):
    """Off as shipped. One that was taken, another rule, and one of long ago are left alone."""
    scene: Scene = make_scene(deps)
    rep = Rep(id=new_id(), workspace=scene.workspace.id, email="tom@northwind.example", name="Tom", role=Role.REP, created_at=deps.now())
    scene.store.reps.add(rep)
    lead, now = scene.lead(owner=rep.id), deps.now()

    def alert(ago: float, rule: AlertRule = AlertRule.FORM) -> Alert:
        at = now - ago * MINUTE
        return scene.store.alerts.add(
            Alert(
                id=new_id(), workspace=lead.workspace, lead=lead.id, rep=rep.id, rule=rule, cause=new_id(), episode="e", at=at,
                priority=Priority.LOUD, title="t", text="x", times=Times(event=at),
            )
        )  # fmt: skip

    waiting, taken = alert(11), alert(11)
    for other in ((9, AlertRule.FORM), (11, AlertRule.PRICING), (200, AlertRule.FORM)):
        alert(*other)
    take(deps, lead.workspace, [taken.id], rep=rep.id)

    escalate_untaken(deps, now)
    assert [one for one in scene.store.alerts.latest() if one.rule is AlertRule.NOT_TAKEN] == []
    deps.store.workspaces.change(scene.workspace.id, policy=msgspec.structs.replace(scene.workspace.policy, take_minutes=10))
    for _ in range(2):
        escalate_untaken(deps, now)
    [told] = [one for one in scene.store.alerts.latest() if one.rule is AlertRule.NOT_TAKEN]
    assert (told.rep, told.title, told.priority) == (scene.rep.id, "Not taken: Dana Whitfield", Priority.LOUD)
    assert told.text.startswith(f"Inquiry at {waiting.at:%H:%M}. Owner: Tom.")
