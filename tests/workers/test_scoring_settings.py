"""Scoring rules of a workspace: the preview equals what saving gives, also for new rules and sealed days; audit; inactivity in time."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from tests.scenes import NOON, make_scene
from tracker.actions.merging.merge import merge
from tracker.actions.pipeline.score_preview import preview_scores
from tracker.actions.pipeline.scores import inactive_leads, leads_to_rescore, score
from tracker.actions.pipeline.scoring_settings import check_targets, proposed
from tracker.actions.workspace.workspaces import change_workspace
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.workspace.scoring import OwnScoringRule, ScoreTrigger, ScoringRuleChange
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.audit_changes import of_workspace
from tracker.rules.verdicts.first import RECORDED
from tracker.rules.visibility import Viewer
from workers.recompute.run import recompute

T = ScoreTrigger
DAY = timedelta(days=1)


def own(trigger, points=9, **more):
    return OwnScoringRule(name="Why <b>", trigger=trigger, points=points, **more)


def event(scene, lead, kind, at, path="/", **more):
    made = Event(
        id=new_id(),
        workspace=scene.workspace.id,
        kind=kind,
        at=at,
        received=at,
        verdict=RECORDED,
        lead=lead.id,
        url=f"https://www.northwind.example{path}",
        **more,
    )
    scene.store.events.add(made)
    scene.deps.store.dirty.mark(scene.workspace.id, lead.id, [at])


def scores(scene, leads):
    found = scene.store.leads.by_ids(lead.id for lead in leads)
    return {key: (one.derived.score, one.derived.quadrant) for key, one in found.items()}


@pytest.fixture
def scene(deps):
    return make_scene(replace(deps, now=lambda: NOON))


def seeded(scene):
    """Leads whose events reach back over months, one of them without any."""
    leads = [scene.lead(name) for name in ("Ada", "Ben", "Cid", "Dot")]
    scene.store.leads.change(leads[2].id, job_title="Head of IT")
    for number, lead in enumerate(leads[:3]):
        for days in (0, 1, 3, 40, 70):
            event(scene, lead, EventKind.VIEW, NOON - days * DAY - timedelta(hours=number), path=("/cases/a", "/pricing")[days % 2])
        event(scene, lead, EventKind.REPLY, NOON - (20 + 30 * number) * DAY)
    recompute(scene.deps, "live")
    return leads


def test_the_preview_equals_what_saving_gives(scene):
    """Own rules on pages, fields and inactivity, other numbers, and days that are sealed: their events no longer count for new rules."""
    leads = seeded(scene)
    scene.deps.store.workspaces.change(scene.workspace.id, sealed_before=NOON - 50 * DAY, sealed_day=(NOON - 50 * DAY).date().isoformat())
    workspace = scene.deps.store.workspaces.get(scene.workspace.id)
    values = {
        "rules": {"reply": 20},
        "rule_changes": {"pricing_page": ScoringRuleChange(cap=5), "page_view": ScoringRuleChange(is_off=True)},
        "own_rules": (
            own(T.PAGE, text="/cases", half_life_days=200, cap=100),
            own(T.FIELD, 15, text="job_title", comparison="contains", value="head"),
            own(T.INACTIVE, -4, days=30),
        ),
    }
    before, viewer = scores(scene, leads), Viewer(workspace, scene.rep)
    found = preview_scores(scene.deps, viewer, proposed(workspace, **values))
    assert scores(scene, leads) == before, "a preview changes nothing"
    changed = change_workspace(scene.deps, workspace.id, **values)
    assert leads_to_rescore(scene.deps, workspace.id) == len(leads)
    recompute(scene.deps, "bulk")
    assert leads_to_rescore(scene.deps, workspace.id) == 0
    after = scores(scene, leads)
    moved = {key: (before[key][1], after[key][1]) for key in after if before[key][1] != after[key][1]}
    assert {one.lead.id: (one.before.total, one.after.total) for one in found.largest} == {
        key: (before[key][0], after[key][0]) for key in after if before[key][0] != after[key][0]
    }
    assert (found.leads, found.changed, sum(found.moved.values())) == (4, 3, len(moved))
    (row,) = (row for row in score(scene.deps, workspace.id, leads[0].id).ledger if row.why == "Why <b>" and row.at < NOON - 30 * DAY)
    assert (row.rule, row.at) == (changed.own_rules[0].id, NOON - 40 * DAY), "the day of 70 days ago was sealed before the rule was made"
    assert of_workspace(workspace, changed) == {
        "points_reply": "default → 20",
        "rule_page_view": "is_off no → yes",
        "rule_pricing_page": "cap default → 5",
        "own_rules": ". ".join(f"added Why <b>, {rule.points:+d}" for rule in sorted(changed.own_rules, key=lambda rule: rule.id)),
    }


def test_the_preview_reads_what_merged_leads_did(scene):
    """Their events and facts count for the lead that was kept, for present and for new rules."""
    ada, ben, *_ = seeded(scene)
    merge(scene.deps, scene.workspace.id, ada.id, ben.id)
    recompute(scene.deps, "live")
    recompute(scene.deps, "bulk")
    workspace = scene.deps.store.workspaces.get(scene.workspace.id)
    values = {"own_rules": (own(T.PAGE, text="/cases", half_life_days=200, cap=100, daily=5),)}
    before, viewer = scores(scene, [ada])[ada.id][0], Viewer(workspace, scene.rep)
    found = preview_scores(scene.deps, viewer, proposed(workspace, **values))
    (change,) = (one for one in found.largest if one.lead.id == ada.id)
    change_workspace(scene.deps, workspace.id, **values)
    recompute(scene.deps, "bulk")
    assert (change.before.total, change.after.total) == (before, scores(scene, [ada])[ada.id][0])
    assert sum(row.n for row in change.after.ledger if row.why == "Why <b>") == 6


def test_inactivity_is_scored_when_its_time_has_come(scene):
    """The sweep finds a lead once, at the moment, and not again after it was scored."""
    leads = seeded(scene)
    change_workspace(scene.deps, scene.workspace.id, own_rules=(own(T.INACTIVE, -4, days=5),))
    recompute(scene.deps, "bulk")
    workspace = scene.deps.store.workspaces.get(scene.workspace.id)
    early, late = NOON + 5 * DAY - timedelta(hours=3), NOON + 5 * DAY
    assert inactive_leads(scene.deps, workspace, early) == []
    assert sorted(inactive_leads(scene.deps, workspace, late)) == sorted(lead.id for lead in leads[:3])
    then = replace(scene.deps, now=lambda: late)
    scene.deps.store.dirty.mark_many([(workspace.id, "lead", lead.id, late) for lead in leads])
    recompute(then, "live")
    assert inactive_leads(scene.deps, workspace, late + timedelta(hours=1)) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"rule_changes": {"no_such": ScoringRuleChange(cap=3)}}, "rules"),
        ({"rule_changes": {"clicked": ScoringRuleChange(cap=0)}}, "cap"),
        ({"rule_changes": {"fit_size": ScoringRuleChange(cap=3)}}, "cap"),
        ({"own_rules": (own(T.PAGE),)}, "text"),
        ({"own_rules": (own(T.PAGE, text="prices"),)}, "text"),
        ({"own_rules": (own(T.PAGE, text="/a"), own(T.PAGE, text="/A"))}, "own"),
        ({"own_rules": (own(T.PAGE, 1001, text="/a"),)}, "points"),
        ({"own_rules": (own(T.OPEN, half_life_days=0),)}, "half_life_days"),
        ({"own_rules": (own(T.INACTIVE),)}, "days"),
        ({"own_rules": (own(T.FIELD, text="score", comparison="at_least", value="3"),)}, "text"),
        ({"own_rules": (own(T.FIELD, text="job_title", comparison="at_least", value="3"),)}, "comparison"),
        ({"own_rules": (own(T.FIELD, text="custom.x", comparison="at_least", value="many"),)}, "value"),
        ({"own_rules": tuple(own(T.PAGE, text=f"/{n}") for n in range(51))}, "own"),
    ],
)
def test_what_rules_may_not_be(values, field):
    """The error names the field."""
    with pytest.raises(Invalid) as found:
        proposed(Workspace(id="a" * 16, name="Acme", created_at=NOON), **values)
    assert found.value.field == field


def test_what_a_new_rule_is_about_must_exist(scene):
    """A form, a touch, a custom field; a known rule stays valid when they are gone."""
    for gone in (own(T.FORM, text="f"), own(T.TOUCH, text="Fair of 1850"), own(T.FIELD, text="custom.Fleet", comparison="is_set")):
        with pytest.raises(Invalid):
            check_targets(scene.deps, scene.workspace, (gone,))
        check_targets(scene.deps, msgspec.structs.replace(scene.workspace, own_rules=(gone,)), (gone,))
