"""Merged leads: whatever happens while leads are merged and parted again, all parted they are as if they never were merged."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.leads.leads import change_lead
from tracker.actions.merging.merge import finish_merges, merge, unmerge
from tracker.actions.pipeline.notes import add_note
from tracker.actions.pipeline.sales import add_sale
from tracker.actions.pipeline.scores import rescore
from tracker.actions.pipeline.stages import log_move
from tracker.actions.pipeline.tasks import add_task
from tracker.actions.reports.period_reports import ReportQuestion, answer
from tracker.base.errors import Conflict, Invalid
from tracker.domain.duplicates.merge import Merged
from tracker.domain.leads.lead import Lead
from tracker.rules.duplicates.merging import taken_over, values_with
from tracker.rules.reports.catalogue import METRICS
from tracker.rules.visibility import Viewer
from tracker.store.leads.lead_query import LeadQuery

REPORTS = tuple(METRICS)
STAGES = ("Contacted", "Qualified", "Proposal Sent", "Won", "Lost")


@dataclass
class Clock:
    """The time of both worlds."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class World:
    """Some leads, by number, in a workspace of their own."""

    scene: Scene
    leads: list[Lead]
    messages: list[tuple[int, Any]] = field(default_factory=list)

    def kept(self, number: int) -> int:
        """The number of the lead that answers for this one."""
        ids = [lead.id for lead in self.leads]
        return ids.index(self.scene.store.leads.kept_ids([ids[number]])[ids[number]])

    def state(self) -> dict[str, Any]:
        """What is stored and derived of each lead, and the figures of all."""
        store, numbers = self.scene.store, {lead.id: number for number, lead in enumerate(self.leads)}
        found: dict[str, Any] = {}
        for number, one in enumerate(self.leads):
            lead = store.leads.own(one.id)
            found[f"derived {number}"] = msgspec.structs.replace(lead.derived, scored_at=None)
            found[f"lead {number}"] = (lead.merged, lead.stage, lead.stage_since, lead.lost_reason, lead.next_action, lead.created_at)
            found[f"values {number}"] = (lead.name, lead.phone, lead.job_title, lead.tags, lead.source, lead.fields, lead.merged_values)
            moves = [move for move in store.moves.of_lead(one.id) if not move.withdrawn]
            found[f"moves {number}"] = [(numbers[move.lead], move.stage, move.at) for move in moves]
            found[f"facts {number}"] = [
                (day.day, {n: c.n for n, c in day.counts.items()}) for day in store.facts.of_leads([one.id])[one.id]
            ]
            found[f"alerts {number}"] = Counter(
                (numbers[a.lead], a.rule, a.at) for a in store.alerts.latest(lead=one.id, limit=500) if a.withdrawn is None
            )
        return found | {f"report {name}": self.figures(name) for name in REPORTS}

    def figures(self, name: str) -> Any:
        viewer = Viewer(self.scene.deps.store.workspaces.get(self.scene.workspace.id), None)
        asked = ReportQuestion(name=name, first=(NOON - timedelta(days=200)).date(), end=(NOON + timedelta(days=200)).date(), filters={})
        report = answer(self.scene.deps, viewer, asked).report
        return report.total, sorted(((str(key), figure) for key, figure in report.items), key=lambda row: row[0])


def make_world(deps: Deps, name: str, count: int, dice: random.Random) -> World:
    scene = make_scene(deps, name)
    leads = []
    for number in range(count):
        more: dict[str, Any] = {"created_at": NOON - timedelta(days=60, hours=dice.randint(0, 500))}
        more |= {key: f"{key} {number}" for key in ("phone", "job_title") if dice.random() < 0.5}
        more |= {"tags": tuple(dice.sample(["fair", "web", "vip"], 2)), "source": dice.choice(["Fair", "Web", None])}
        lead = Lead(
            id=f"{dice.getrandbits(128):032x}",
            workspace=scene.workspace.id,
            name=f"Person {number}",
            email=f"p{number}@firm{number}.example",
            owner=scene.rep.id,
            updated_at=NOON,
            fields={"industry": f"Industry {number}"} if dice.random() < 0.5 else {},
            **more,
        )
        leads.append(scene.store.leads.add(lead))
    world = World(scene, leads)
    for number in range(0, count, 2):
        world.messages.append((number, scene.message(leads[number])))
    return world


def act(worlds: list[World], dice: random.Random, step: int, at: datetime) -> None:
    """The same in both worlds; what is done to a lead, in both to the one that answers for it in the first."""
    what, number = dice.choice(["open", "view", "mail", "move", "sale", "edit", "note", "task"]), dice.randrange(len(worlds[0].leads))
    target, stage, message = worlds[0].kept(number), dice.choice(STAGES), dice.randrange(len(worlds[0].messages))
    for world in worlds:
        scene, lead, ws = world.scene, world.leads[target].id, world.scene.workspace.id
        if what == "open":
            scene.open(world.messages[message][1], at)
        elif what == "view":
            click = scene.click(world.messages[message][1], at)
            scene.page(f"v{step}", "/pricing", at + timedelta(seconds=1), page=f"p{step}", landing=click.id, landing_at=click.at)
        elif what == "mail":
            world.messages.append((number, scene.message(world.leads[number], at, proposal=step % 3 == 0)))
        elif what == "move":
            log_move(scene.deps, ws, lead, stage, at=at, reason="price")
        elif what == "sale":
            add_sale(scene.deps, ws, lead=lead, amount=step * 100 + 100, sold_on=at.date(), currency="EUR", product="Plan")
        elif what == "edit":
            tags = {"tags": [*scene.store.leads.get(lead).tags, f"tag {step}"]} if step % 9 == 0 else {}
            change_lead(scene.deps, ws, lead, phone=f"+49 30 {step:06}", **tags)
        elif what == "note":
            add_note(scene.deps, ws, lead=lead, text="Called", kind="call", rep=scene.rep.id, at=at)
        else:
            add_task(scene.deps, ws, lead=lead, text=f"task {step}", due=at + timedelta(days=2, minutes=step), rep=scene.rep.id)


def settle(worlds: list[World]) -> None:
    for world in worlds:
        world.scene.spool()
        world.scene.captures.clear()
    worlds[0].scene.settle()


def counts_each_once(world: World, plain: World) -> None:
    """While some are merged: lists and figures have each person once, and lose no sale."""
    store = world.scene.store
    roots = {world.kept(number) for number in range(len(world.leads))}
    assert store.leads.count_of(LeadQuery()) == len(roots)
    assert sum(total.count for total in store.leads.stage_totals()) == len(roots)
    assert world.figures("leads-added")[0].count == len(roots)
    merged, apart = (one.figures("sales")[0] for one in (world, plain))
    assert (merged.count, merged.amount) == (apart.count, apart.amount)


def play(deps: Deps, seed: int, steps: int, count: int) -> None:
    clock, dice = Clock(), random.Random(seed)
    deps = replace(deps, now=clock)
    worlds = [make_world(deps, name, count, random.Random(seed)) for name in ("Merged", "Plain")]
    merging, ws = worlds[0], worlds[0].scene.workspace.id
    settle(worlds)
    for step in range(steps):
        clock.now += timedelta(minutes=dice.choice([1, 7, 45, 400]))
        merged = [lead.id for lead in merging.scene.store.leads.each_merged()]
        chance = dice.random()
        if chance < 0.3:
            one, other = (merging.leads[dice.randrange(count)].id for _ in range(2))
            try:
                merge(deps, ws, one, other)
            except Invalid:
                assert merging.scene.store.leads.is_one(one, other)
        elif chance < 0.5 and merged:
            unmerge(deps, ws, dice.choice(merged))
        else:
            act(worlds, dice, step, clock.now)
        if dice.random() < 0.15:
            settle(worlds)
            counts_each_once(*worlds)
    while merged := [lead.id for lead in merging.scene.store.leads.each_merged()]:
        unmerge(deps, ws, dice.choice(merged))
    settle(worlds)
    for world in worlds:
        rescore(deps, world.scene.workspace.id)  # what was gained within a day depends on when it was counted
    settle(worlds)
    found, wanted = (world.state() for world in worlds)
    for name, value in wanted.items():
        assert found[name] == value, name


@pytest.mark.parametrize("seed", [1])
def test_all_parted_they_are_as_if_never_merged(deps: Deps, seed: int):
    play(deps, seed, steps=50, count=7)


def test_a_merge_that_was_interrupted_ends_whole_or_not_at_all(deps: Deps):
    """Killed before the lead is hidden, it never was; after that, the sweep finishes it."""
    clock = Clock()
    world = make_world(replace(deps, now=clock), "One", 2, random.Random(3))
    (one, other), store = (lead.id for lead in world.leads), world.scene.store
    before, values = store.leads.own(one), values_with(store.leads.own(one), taken_over(store.leads.own(one), store.leads.own(other), NOON))
    for is_hidden in (False, True):
        assert store.leads.save_own(store.leads.own(one), {**values, "merging_at": clock.now})
        assert not is_hidden or store.leads.hide(store.leads.own(other), Merged(one, clock.now))
        clock.now += timedelta(minutes=2)
        finish_merges(world.scene.deps, clock.now)
        world.scene.settle()
        found = store.leads.own(one)
        assert (found.merging_at, len(found.merged_values), store.leads.is_one(one, other)) == (None, int(is_hidden), is_hidden)
        assert is_hidden or (found.phone, found.tags, found.created_at) == (before.phone, before.tags, before.created_at)


def test_two_merges_at_once_make_no_circle(deps: Deps):
    world = make_world(replace(deps, now=Clock()), "One", 2, random.Random(3))
    one, other = (lead.id for lead in world.leads)
    store, ws = world.scene.store, world.scene.workspace.id
    merge(world.scene.deps, ws, one, other)
    with pytest.raises(Invalid):
        merge(world.scene.deps, ws, other, one)
    stale = store.leads.own(one)
    assert store.leads.save_own(stale, {"phone": "1"})
    assert not store.leads.hide(stale, msgspec.structs.replace(store.leads.own(other).merged, into=other))
    unmerge(world.scene.deps, ws, other)
    with pytest.raises(Conflict):
        merge(world.scene.deps, ws, one, other, version=stale.version)
