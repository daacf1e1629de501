"""Settings that change while leads are merged: an undo brings back nothing that does not exist any more."""

from dataclasses import replace
from datetime import timedelta

import msgspec

from tests.scenes import NOON, make_scene
from tracker.actions.deps import Deps
from tracker.actions.leads.custom_fields import set_custom_fields
from tracker.actions.merging.merge import merge, unmerge
from tracker.actions.pipeline.pipeline import set_stages
from tracker.actions.pipeline.stages import log_move, move_lead
from tracker.actions.workspace.sources import set_sources
from tracker.domain.workspace.custom_field import CustomField, FieldKind
from tracker.domain.workspace.source import Source


def test_settings_that_change_meanwhile_reach_merged_leads(deps: Deps):
    """A stage is removed, a custom field renamed, another one removed, a source renamed: parted, both leads are as if never merged."""
    clock = [NOON]
    scene = make_scene(replace(deps, now=lambda: clock[0]))
    ws, store = scene.workspace.id, scene.store
    set_custom_fields(scene.deps, ws, [CustomField(id="", name=name) for name in ("Region", "Old")])
    (fair,) = set_sources(scene.deps, ws, [Source(id="", workspace=ws, name="Fair", created_at=NOON)])
    plain = scene.lead("Ada")
    merged = scene.lead("Ben", stage="Qualified", fields={"Region": "07", "Old": "x"}, source="Fair")
    log_move(scene.deps, ws, merged.id, "Contacted", at=NOON)
    scene.settle()
    merge(scene.deps, ws, plain.id, merged.id)
    assert (store.leads.get(merged.id).id, store.leads.get(plain.id).fields["Region"]) == (plain.id, "07")

    clock[0] += timedelta(hours=1)
    stages = scene.deps.store.workspaces.get(ws).stages
    move_lead(scene.deps, ws, plain.id, "Qualified")
    set_stages(scene.deps, ws, [one for one in stages if one.name != "Contacted"])
    (region,) = (one for one in scene.deps.store.workspaces.get(ws).custom_fields if one.name == "Region")
    renamed = msgspec.structs.replace(region, name="Area", kind=FieldKind.NUMBER)
    set_custom_fields(scene.deps, ws, [renamed], removes=["Old"])
    set_sources(scene.deps, ws, [msgspec.structs.replace(fair, name="Trade fair")])
    assert (store.leads.get(plain.id).fields, store.leads.get(plain.id).source) == ({"Area": 7}, "Trade fair")

    unmerge(scene.deps, ws, merged.id)
    scene.settle()
    one, other = store.leads.get(plain.id), store.leads.get(merged.id)
    assert (one.fields, one.source, one.merged_values) == ({}, None, ())
    assert (other.fields, other.source, other.stage) == ({"Area": 7}, "Trade fair", stages[0].id)
    assert [move.stage for move in store.moves.of_lead(other.id)] == ["Contacted", stages[0].id]
    assert store.leads.get(plain.id).stage == "Qualified"
