"""The stored figures of the board: equal to a count after every change, and counted again by the sweep."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.scenes import NOON, make_scene
from tracker.actions.changes.bulk import BulkEdit, edit_leads
from tracker.actions.changes.edits import archive, edit_lead, take_lead
from tracker.actions.changes.undo import undo
from tracker.actions.leads.leads import add_lead
from tracker.actions.pipeline import board_totals
from tracker.domain.leads.lead import LeadValue
from tracker.domain.pipeline.stage_total import BoardTotals
from tracker.store.pipeline.board_totals import BOARD


@pytest.fixture
def deps(deps):
    return replace(deps, now=lambda: NOON)


def counted(here):
    return sorted(here.leads.stage_totals(), key=repr)


def test_they_follow_every_change_and_the_sweep_finds_the_rest(deps):
    """Of stage, owner, value, archive, bulk and undo at once; what a rule changed shows with the next sweep."""
    scene = make_scene(deps)
    here, ws = scene.store, scene.workspace.id
    leads = [add_lead(deps, ws, email=f"{n}@x.example", name=f"Lead {n}", value=LeadValue(3_000_000_000 * n, "EUR")) for n in range(4)]
    assert board_totals.board_totals(deps, ws) == tuple(here.leads.stage_totals())
    assert here.board_totals.find(BOARD) is None, "few leads are counted for each page"
    here.board_totals.replace(BoardTotals(id=BOARD, workspace=ws, at=NOON, totals=tuple(here.leads.stage_totals()), version=1))

    first, second, third, _ = (lead.id for lead in leads)
    later = replace(deps, now=lambda: NOON + timedelta(hours=5))
    moved = edit_lead(later, ws, first, actor=None, stage="Contacted")
    steps = (
        lambda: edit_lead(later, ws, first, actor=None, owner=scene.rep.id, value=LeadValue(7, "CHF")),
        lambda: take_lead(later, ws, second, scene.rep),
        lambda: edit_lead(later, ws, second, actor=None, stage="Lost", lost_reason="Price"),
        lambda: add_lead(later, ws, email="new@x.example", name="New", stage="Qualified", value=LeadValue(5, "EUR")),
        lambda: archive(later, ws, third, actor=None, is_archived=True),
        lambda: archive(later, ws, third, actor=None, is_archived=False),
    )
    for step in steps:
        step()
        assert sorted(board_totals.board_totals(later, ws), key=repr) == counted(here)

    edit_leads(
        later,
        scene.workspace,
        [first, second, third],
        BulkEdit(given=frozenset({"stage"}), stage="Qualified"),
        actor=None,
        may_see=lambda _: True,
    )
    assert sorted(board_totals.board_totals(later, ws), key=repr) == counted(here)
    undo(later, ws, moved.change, actor=None, may_see=lambda _: True)
    here.leads.set_stage([first, second], scene.workspace.stages[1].id, NOON + timedelta(hours=6))
    assert sorted(board_totals.board_totals(later, ws), key=repr) != counted(here)
    board_totals.recount(later, NOON + timedelta(hours=6))
    assert sorted(board_totals.board_totals(later, ws), key=repr) == counted(here)
