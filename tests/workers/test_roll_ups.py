"""Roll-ups of reports: equal to the plain definitions after every kind of change, for a process that followed and one that starts."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from tests.scenes import NOON
from tests.workers.report_world import END, FIRST, World
from tracker.actions.alerting.alerts import rate, take
from tracker.actions.leads import leads
from tracker.actions.leads.companies import change_company
from tracker.actions.pipeline import sales
from tracker.actions.pipeline.notes import add_note
from tracker.actions.pipeline.tasks import add_task
from tracker.actions.privacy.erase import erase_lead, finish_erasures
from tracker.actions.reports import followed_tables, roll_ups
from tracker.actions.reports.labels import labels_of
from tracker.actions.reports.period_reports import ReportQuestion, answer
from tracker.actions.reports.roll_ups import RollUps
from tracker.base.ids import new_id
from tracker.domain.alerting.alert import AlertRule, AlertState
from tracker.domain.ops.audit import OPERATOR
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.stage import Stage
from tracker.rules.reports.records import Group


@pytest.fixture
def world(deps):
    followed_tables._kept.clear()
    return World(replace(deps, now=lambda: NOON + timedelta(hours=3)))


def test_figures_follow_every_change(world):
    """Before there are blocks, after they were made, and when they are brought up to date; erased leads stay in the totals."""
    deps, ws = world.deps, world.ws
    ann, ben = world.lead("ann", source="Fair", company="Acme"), world.lead("ben", company="Acme", stage="Qualified")
    sold = world.sale(ann, 1000)
    world.check("no blocks")
    assert roll_ups.build(deps, world.viewer.workspace) == 64
    state = deps.store.of(ws).report_blocks.state()
    world.check("blocks")

    company = deps.store.of(ws).leads.get(ben).company_id
    kept = RollUps()
    steps = {
        "a move": lambda: leads.change_lead(deps, ws, ann, stage="Won"),
        "a sale": lambda: world.sale(ben, 500),
        "a refund": lambda: sales.add_sale(deps, ws, lead=ann, amount=200, refund_of=sold.id, sold_on=NOON.date()),
        "a sale withdrawn": lambda: sales.remove_sale(deps, ws, sold.id),
        "a company": lambda: change_company(deps, ws, company, industry="Steel"),
        "a lead": lambda: world.lead("cleo", tags=["x"]),
        "a new source": lambda: leads.change_lead(deps, ws, ben, source="Web"),
        "a first stage": lambda: deps.store.workspaces.change(ws, stages=(Stage("Earliest"), *world.viewer.workspace.stages)),
        "up to date": lambda: kept.update(deps, world.viewer.workspace),
        "nothing": lambda: kept.update(deps, world.viewer.workspace),
    }
    for step, run in steps.items():
        run()
        world.check(step)
    assert deps.store.of(ws).report_blocks.state().until > state.until
    assert world.figures(Group.INDUSTRY)["leads-added"].items[0][0] == "Steel"

    world.alert("9", ben, rep=None)
    take(deps, ws, ["9"], rep=world.scene.rep.id)
    before = world.figures()
    erase_lead(deps, ws, ben, OPERATOR)
    world.check("erased")
    after = world.figures()
    of_now = {"pipeline", "time-so-far"}
    assert {name: one.total for name, one in before.items() if name not in of_now} == {
        name: one.total for name, one in after.items() if name not in of_now
    }
    assert before["sales"].items == after["sales"].items, "products are those of the sales"
    assert {key: figure.count for key, figure in after["leads-added"].items} == {"Fair": 1, "erased": 1, None: 1}
    finish_erasures(replace(deps, now=lambda: NOON + timedelta(hours=4)), NOON + timedelta(hours=4))
    kept.update(deps, world.viewer.workspace)
    world.check("erased for good")
    (remains,) = deps.store.of(ws).report_remains.each()
    assert ben not in str(msgspec.to_builtins(remains))

    deps.store.empty_workspace(ws)
    assert world.figures()["leads-added"].total.count == 0


def test_what_came_of_alerts_follows_every_change(world):
    """Buttons, and what their recipient did within 24 hours; what another rep did makes no alert useful."""
    deps, ws, here, rep = world.deps, world.ws, world.scene.store, world.scene.rep.id
    ann, other = world.lead("ann"), new_id()
    here.reps.add(Rep(id=other, workspace=ws, email="tom@x.example", name="Tom", role=Role.REP, created_at=NOON))
    roll_ups.build(deps, world.viewer.workspace)
    for number in "123":
        world.alert(number, ann)
    world.alert("4", ann, rule=AlertRule.FORM, state=AlertState.WITHDRAWN)
    steps = {
        "alerts": (lambda: None, 0),
        "another rep": (lambda: (add_task(deps, ws, lead=ann, text="x", rep=other), take(deps, ws, ["1"], rep=other)), 0),
        "rated": (lambda: rate(deps, ws, ["2"], useful=True, rep=rep), 1),
        "a note": (lambda: add_note(deps, ws, lead=ann, kind="note", text="x", rep=rep), 3),
        "not useful": (lambda: rate(deps, ws, ["2"], useful=False, rep=rep), 2),
        "note deleted": (lambda: here.notes.remove(here.notes.of_lead(ann)[0].id), 0),
        "a late email": (lambda: world.scene.message(here.leads.get(ann), NOON + timedelta(hours=26), rep=rep), 0),
        "an email": (lambda: world.scene.message(here.leads.get(ann), NOON + timedelta(hours=2), rep=rep), 2),
        "taken back": (lambda: rate(deps, ws, ["2"], useful=None, rep=rep), 3),
        "handed over": (lambda: here.alerts.hand_over(rep, other), 3),
    }
    for step, (run, useful) in steps.items():
        run()
        world.check(step)
        assert world.useful() == {"click": (useful, 3)}, step
    world.alert("6", ann, rule=AlertRule.CUSTOM, custom="forgotten")
    asked = ReportQuestion(name="alert-usefulness", first=FIRST, end=END, filters={})
    assert labels_of(here, answer(deps, world.viewer, asked))["forgotten"] == "Former rule"
    ben = world.lead("ben")
    world.alert("5", ann, rule=AlertRule.COMPANY, others=(ben,))
    assert world.useful()["company"] == (1, 1)
    erase_lead(deps, ws, ben, OPERATOR)
    assert "company" not in world.useful()
    world.check("an alert that named an erased lead")
