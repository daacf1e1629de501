"""Events for webhooks follow from what is stored: each cause once, however often the work is repeated, and nothing that was not chosen."""

import json
from datetime import timedelta

import msgspec
import pytest

from tests.scenes import Scene, make_scene
from tracker.actions.activity.corrections import correct_cause
from tracker.actions.alerting.reminders import remind
from tracker.actions.deps import Deps
from tracker.actions.hooks import hooks
from tracker.actions.hooks.due_tasks import tell_due_tasks
from tracker.actions.leads.leads import add_lead, change_lead
from tracker.actions.merging.merge import merge, settle, unmerge
from tracker.actions.pipeline import notes, sales, stages, tasks
from tracker.actions.privacy.erase import erase_lead
from tracker.base.ids import id_of
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.activity.event import Label
from tracker.domain.hooks.hook import Hook
from tracker.domain.ops.audit import SYSTEM
from tracker.rules.duplicates import merging
from tracker.rules.hooks.catalogue import TYPES
from workers.drain.process import Drain
from workers.recompute.run import recompute

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ALL = tuple(TYPES)


@pytest.fixture
def scene(deps: Deps) -> Scene:
    return make_scene(deps)


def hook_for(scene: Scene, *events: str, since: timedelta = DAY) -> Hook:
    """A webhook that has existed for a day."""
    made = hooks.add_hook(scene.deps, scene.workspace.id, url="https://hooks.example/x", events=events or ALL)
    earlier = tuple(msgspec.structs.replace(one, since=one.since - since) for one in made.events)
    return scene.store.hooks.put(msgspec.structs.replace(made, events=earlier))


def work(scene: Scene) -> None:
    scene.spool()
    scene.captures.clear()
    scene.settle()


def written(scene: Scene, hook: Hook) -> dict[str, list[dict]]:
    """The bodies by type, oldest first."""
    found: dict[str, list[dict]] = {}
    for row in reversed(scene.store.hook_events.log_of(hook.id, limit=200).items):
        found.setdefault(row.type, []).append(json.loads(row.body))
    return found


def test_what_a_lead_does_becomes_events_once(scene: Scene):
    """Mail, visit, page, form, inquiry and alert, each with its lead; a second run writes nothing; the visit ends half an hour later."""
    hook, now, lead = hook_for(scene), scene.deps.now(), scene.lead()
    message = scene.message(lead, now - 60 * MINUTE)
    scene.open(message, now - 45 * MINUTE)
    click = scene.click(message, now - 44 * MINUTE)
    scene.page("dana", "/", now - 44 * MINUTE, landing=click.id)
    scene.page("dana", "/pricing", now - 43 * MINUTE)
    scene.page("dana", "/pricing", now - 42 * MINUTE, kind=CaptureKind.SUBMIT, fields={"message": "Please call"})
    work(scene)
    found = written(scene, hook)

    assert set(found) >= {"email.opened", "email.clicked", "visit.started", "visit.ended", "page.viewed", "form.submitted"}
    assert {one["data"]["lead"]["email"] for bodies in found.values() for one in bodies} == {lead.email}
    assert [len(found[kind]) for kind in ("email.opened", "email.clicked", "visit.started", "visit.ended", "page.viewed")] == [
        1,
        1,
        1,
        1,
        2,
    ]
    assert found["email.opened"][0]["data"]["message"] == message.id
    assert found["visit.ended"][0]["data"]["pages"][1]["url"].endswith("/pricing")
    before = written(scene, hook)
    scene.deps.store.dirty.mark(scene.workspace.id, lead.id, [now - 60 * MINUTE])
    recompute(scene.deps, "live")
    assert written(scene, hook) == before


def test_a_visit_that_goes_on_has_not_ended(scene: Scene):
    """The lead is looked at again when its visit may be over."""
    hook, now, lead = hook_for(scene, "visit.ended"), scene.deps.now(), scene.lead()
    click = scene.click(scene.message(lead, now - 60 * MINUTE), now - 2 * MINUTE)
    scene.page("dana", "/", now - MINUTE, landing=click.id)
    scene.spool()
    scene.captures.clear()
    Drain(scene.deps).step()
    recompute(scene.deps, "live")
    begun = written(scene, hook)
    scene.settle()  # goes on to the time at which the visit is over
    (visit,) = scene.store.visits.of_lead(lead.id)

    assert begun == {}
    assert [one["data"]["visit"] for one in written(scene, hook)["visit.ended"]] == [visit.id]


def test_work_of_reps_and_programs_becomes_events(scene: Scene):
    """Leads, moves, sales, refunds, tasks and notes; imported records do not; nothing for a workspace without webhooks."""
    hook, ws, deps = hook_for(scene), scene.workspace.id, scene.deps
    lead = add_lead(deps, ws, email="new@acme.example", name="New Lead")
    stages.move_lead(deps, ws, lead.id, "Contacted", reason="Called")
    change_lead(deps, ws, lead.id, job_title="CTO")
    today = deps.now().date()
    sale = sales.add_sale(deps, ws, lead=lead.id, product="Licence", amount=5000, currency="EUR", sold_on=today)
    sales.add_sale(deps, ws, lead=lead.id, amount=1000, sold_on=today, refund_of=sale.id)
    task = tasks.add_task(deps, ws, lead=lead.id, text="Call", due=deps.now() + MINUTE)
    tasks.add_task(deps, ws, lead=lead.id, text="Old", created_at=deps.now() - DAY, done_at=deps.now())
    notes.add_note(deps, ws, lead=lead.id, kind="call", text="Wants an offer")
    add_lead(deps, ws, email="old@acme.example", name="Old", created_at=deps.now() - DAY)
    recompute(deps, "live")
    tell_due_tasks(deps, deps.now())
    assert "task.due" not in written(scene, hook)
    for _ in range(2):
        tell_due_tasks(deps, deps.now() + 2 * MINUTE)
    tasks.finish_task(deps, ws, task.id)
    recompute(deps, "live")
    found = written(scene, hook)

    assert {kind: len(bodies) for kind, bodies in found.items() if kind != "lead.changed"} == {
        "lead.created": 1,
        "lead.stage_moved": 1,
        "sale.created": 1,
        "sale.refunded": 1,
        "task.created": 1,
        "task.due": 1,
        "task.done": 1,
        "activity.logged": 1,
    }
    move = found["lead.stage_moved"][0]["data"]
    assert (move["before"], move["stage"], move["lead"]["stage"]) == ("New", "Contacted", "Contacted")
    assert found["sale.refunded"][0]["data"]["amount"] == -1000
    assert 1 <= len(found["lead.changed"]) <= 3


def test_only_chosen_events_from_the_choice_on(scene: Scene):
    """Other types are not written, nor what happened before; a paused webhook keeps its events, one that ended does not."""
    chosen, deps, ws = hook_for(scene, "lead.created"), scene.deps, scene.workspace.id
    fresh = hooks.add_hook(deps, ws, url="https://hooks.example/y", events=["lead.stage_moved"])
    paused = hooks.change_hook(deps, ws, hook_for(scene, "lead.created").id, enabled=False)
    ended = hook_for(scene, "lead.created")
    scene.store.hooks.disable(ended, "gone", is_ended=True)
    lead = add_lead(deps, ws, email="new@acme.example", name="New Lead")
    stages.log_move(deps, ws, lead.id, "Contacted", at=deps.now() - MINUTE)
    recompute(deps, "live")

    assert [set(written(scene, hook)) for hook in (chosen, fresh, paused, ended)] == [{"lead.created"}, set(), {"lead.created"}, set()]
    (row,) = scene.store.hook_events.log_of(paused.id).items
    assert (row.state, row.error) == ("failed", "switched off")


def test_what_no_longer_counts_is_taken_back(scene: Scene):
    """An open that turns out to be a scanner's: the earlier message is named, and its alert is withdrawn."""
    hook, now, lead = hook_for(scene), scene.deps.now(), scene.lead()
    message = scene.message(lead, now - 60 * MINUTE)
    scene.click(message, now - 5 * MINUTE)
    work(scene)
    (raised,) = written(scene, hook)["alert.raised"]
    (clicked,) = written(scene, hook)["email.clicked"]
    (event,) = [one for one in scene.store.events.of_leads_since({lead.id: now - DAY}) if one.kind == "click"]
    correct_cause(scene.deps, scene.workspace.id, event.id, "machine", scene.rep)
    recompute(scene.deps, "live")
    found = written(scene, hook)

    assert found["event.withdrawn"][0]["data"] | {"lead": None} == {"event": clicked["id"], "type": "email.clicked", "lead": None}
    assert found["alert.withdrawn"][0]["data"]["alert"] == raised["data"]["alert"]
    assert event.verdict.label is Label.HUMAN


def test_an_erased_lead_leaves_one_message_with_its_id(scene: Scene):
    """All others about it are removed, also those of alerts that name it among others."""
    hook = hook_for(scene)
    lead, other = (add_lead(scene.deps, scene.workspace.id, email=f"{name}@acme.example", name=name) for name in ("dana", "otto"))
    recompute(scene.deps, "live")
    erase_lead(scene.deps, scene.workspace.id, lead.id, SYSTEM)
    found = written(scene, hook)

    assert [one["data"] for one in found["lead.erased"]] == [{"lead": {"id": lead.id}}]
    assert lead.email not in json.dumps(found)
    assert lead_names(found) == {other.id}


def lead_names(found: dict[str, list[dict]]) -> set[str]:
    return {one["data"]["lead"]["id"] for kind, bodies in found.items() for one in bodies if kind != "lead.erased"}


def test_ids_follow_from_the_cause(scene: Scene, deps: Deps):
    """A reminder that is sent twice is one event."""
    hook, lead = hook_for(scene, "alert.raised"), scene.lead(owner=scene.rep.id)
    tasks.add_task(deps, scene.workspace.id, lead=lead.id, text="Call", due=deps.now() + MINUTE, rep=scene.rep.id, remind_minutes=5)
    for _ in range(2):
        remind(deps, deps.now())
    (row,) = scene.store.hook_events.log_of(hook.id).items
    (alert,) = scene.store.alerts.latest()
    assert row.id == id_of(hook.id, id_of(scene.workspace.id, "alert.raised", id_of(alert.id, "0")))


def test_merges_and_their_undos_are_told_once(scene: Scene):
    """Both ids, under the lead that is kept; a merge that was interrupted, and what is settled again, tell nothing."""
    hook, one, other = hook_for(scene, "lead.merged", "lead.unmerged"), scene.lead(), scene.lead("Ben")
    half = merging.taken_over(scene.store.leads.own(one.id), other, scene.deps.now())
    scene.store.leads.save_own(scene.store.leads.own(one.id), merging.values_with(scene.store.leads.own(one.id), half))
    settle(scene.deps, scene.workspace.id, one.id)
    assert written(scene, hook) == {}
    merge(scene.deps, scene.workspace.id, one.id, other.id)
    settle(scene.deps, scene.workspace.id, one.id)
    unmerge(scene.deps, scene.workspace.id, other.id)
    merge(scene.deps, scene.workspace.id, one.id, other.id)
    settle(scene.deps, scene.workspace.id, one.id)
    found = written(scene, hook)
    assert {kind: len(bodies) for kind, bodies in found.items()} == {"lead.merged": 2, "lead.unmerged": 1}
    for body in (*found["lead.merged"], *found["lead.unmerged"]):
        assert (body["data"]["lead"]["id"], body["data"]["kept"], body["data"]["merged"]) == (one.id, one.id, other.id)
    erase_lead(scene.deps, scene.workspace.id, one.id, SYSTEM)
    assert written(scene, hook) == {}
