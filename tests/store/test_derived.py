"""Derived values in the store: read for many leads at once, each over its own time range; stored whether or not they exist."""

from datetime import timedelta

import pytest

from tests.scenes import NOON, Scene, make_scene
from tracker.domain.activity.event import EventKind
from tracker.domain.activity.visitor import Visitor
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.score import Count, DayFacts
from tracker.store.core import time_ranges


@pytest.fixture
def scene(deps) -> Scene:
    """A workspace."""
    return make_scene(deps)


def test_each_lead_has_its_events_since_its_own_start(scene):
    """Leads with starts in the same hour share a query; earlier events of a lead are left out."""
    early, late = scene.lead("Dana Whitfield"), scene.lead("Omar Reyes")
    for lead in (early, late):
        message = scene.message(lead)
        for minutes in (5, 20, 50):
            scene.open(message, NOON + timedelta(minutes=minutes), address=f"203.0.113.{minutes}")
    scene.spool()
    scene.settle()

    found = scene.store.events.of_leads_since({early.id: NOON + timedelta(minutes=10), late.id: NOON + timedelta(minutes=20)})
    opens = [(event.lead, event.at) for event in found if event.kind is EventKind.OPEN]
    assert sorted(opens) == sorted((lead.id, NOON + timedelta(minutes=m)) for lead in (early, late) for m in (20, 50))


def test_each_visitor_has_its_pages_of_its_own_range(scene):
    """Both ends of the range are included."""
    for visitor in ("one", "two"):
        for minutes in (0, 10, 20, 30):
            scene.page(visitor, f"/{minutes}", NOON + timedelta(minutes=minutes))
    scene.spool()
    scene.settle()
    after = [NOON + timedelta(minutes=m) for m in (0, 10, 20, 30)]

    found = scene.store.events.of_visitors({"one": (after[1], after[2]), "two": (after[0], after[1])})
    assert [(e.visitor, e.at) for e in found if e.visitor == "one"] == [("one", after[1]), ("one", after[2])]
    assert [(e.visitor, e.at) for e in found if e.visitor == "two"] == [("two", after[0]), ("two", after[1])]
    long_before, too_late = after[0] - timedelta(minutes=31), after[3] + timedelta(hours=4, minutes=31)
    for moment, expected in ((long_before, []), (after[3], ["two"]), (too_late, []), (too_late - timedelta(minutes=2), ["two"])):
        found = scene.store.visits.around({"one": (long_before, long_before), "two": (moment, moment)})
        assert [visit.visitor for visit in found] == expected


def test_a_range_is_never_rounded_to_a_shorter_one():
    """Also at the limits of datetime."""
    for start in (NOON, NOON + timedelta(minutes=59, seconds=59), time_ranges._FIRST, time_ranges._LAST):
        ((rounded, keys),) = time_ranges.group_by_range({"x": (start, start)}).items()
        assert keys == ["x"]
        assert rounded[0] <= start <= rounded[1]
        assert next(iter(time_ranges.group_by_start({"x": start}))) <= start


def test_documents_are_replaced_or_inserted_whatever_was_expected(scene):
    """The expectation of a worker may be wrong, because another worker wrote meanwhile."""
    lead, here = scene.lead(), scene.store
    one, two = (Count(n, NOON, "a" * 32, NOON, "a" * 32) for n in (1, 2))
    for guess in ([], [DayFacts(lead=lead.id, day="2026-11-18", counts={})]):
        for count in (one, two):
            here.facts.save([DayFacts(lead=lead.id, day="2026-11-18", counts={"opened": count})], guess)
            assert here.facts.of_leads([lead.id])[lead.id][0].counts["opened"].n == count.n
    here.facts.save([DayFacts(lead=lead.id, day="2026-11-18", counts={})])
    assert here.facts.of_leads([lead.id]) == {lead.id: []}

    move = Move(id="f" * 32, workspace=here.workspace, lead=lead.id, before="New", stage="Contacted", at=NOON, rule="message_sent")
    here.moves.save_rule_moves([move], [move.id])
    here.moves.save_rule_moves([move])
    assert here.moves.of_lead(lead.id) == [move]
    visitor = Visitor(id="v", workspace=here.workspace, forwarded=True)
    here.visitors.save([Visitor(id="v", workspace=here.workspace)])
    here.visitors.save([visitor])
    assert here.visitors.get("v") == visitor
