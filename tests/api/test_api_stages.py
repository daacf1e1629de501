"""Stages: they keep their id when they are renamed, and their leads go elsewhere when they are removed."""

import pytest

from tracker.domain.workspace.stage import STAGE_TEMPLATES


def names(api):
    return [(stage["name"], stage["leads"]) for stage in api.get("/stages").json["items"]]


def items(api, **renamed):
    """The present stages, as they are sent back, some with another name."""
    return [{**stage, "name": renamed.get(stage["name"], stage["name"])} | {"leads": None} for stage in api.get("/stages").json["items"]]


def put(api, stages, **more):
    return api.put("/stages", {"items": [{k: v for k, v in stage.items() if k != "leads"} for stage in stages], **more})


def test_a_renamed_stage_keeps_its_leads_and_moves(api):
    """The API tells the new name of a lead and of its moves, accepts it, and no longer the old one."""
    lead = api.lead(stage="Qualified")
    assert put(api, items(api, Qualified="Discovery")).status_code == 200

    assert ("Discovery", 1) in names(api)
    assert api.get(f"/leads/{lead['id']}").json["stage"] == "Discovery"
    (move,) = api.get(f"/leads/{lead['id']}/moves").json["items"]
    assert (move["before"], move["stage"]) == ("New", "Discovery")
    assert [row["id"] for row in api.get("/leads?stage=Discovery").json["items"]] == [lead["id"]]
    assert api.patch(f"/leads/{lead['id']}", {"stage": "discovery"}).json["version"] == 1
    assert len(api.get(f"/leads/{lead['id']}/moves").json["items"]) == 1
    assert {row["stage"]: row["leads"] for row in api.get("/reports/stages").json["items"]}["Discovery"] == 1


def test_two_stages_swap_their_names(api):
    """Each keeps its own leads."""
    lead = api.lead(stage="Qualified")
    assert put(api, items(api, Qualified="Negotiation", Negotiation="Qualified")).status_code == 200
    assert api.get(f"/leads/{lead['id']}").json["stage"] == "Negotiation"


def test_leads_of_a_removed_stage_go_where_is_said(api):
    """The log shows the old name; without a target, with an unknown one and with a lost one nothing changes."""
    lead, stages = api.lead(stage="Qualified"), items(api)
    fewer = [stage for stage in stages if stage["name"] != "Qualified"]
    for more in ({}, {"moves_to": {"Qualified": "Qualified"}}, {"moves_to": {"Qualified": "Nowhere"}}, {"moves_to": {"Qualified": "Lost"}}):
        assert put(api, fewer, **more).status_code == 422, more
    assert ("Qualified", 1) in names(api)

    assert put(api, fewer, moves_to={"qualified": "Contacted"}).status_code == 200

    assert api.get(f"/leads/{lead['id']}").json["stage"] == "Contacted"
    moves = api.get(f"/leads/{lead['id']}/moves").json["items"]
    assert [(move["before"], move["stage"]) for move in moves] == [("New", "Qualified"), ("Qualified", "Contacted")]
    assert api.patch(f"/leads/{lead['id']}", {"stage": "Qualified"}).status_code == 422
    assert put(api, stages).status_code == 200
    assert api.patch(f"/leads/{lead['id']}", {"stage": "Qualified"}).json["stage"] == "Qualified"


def test_a_new_stage_with_the_name_of_a_renamed_one_is_another(api):
    """It has no leads."""
    lead = api.lead(stage="Qualified")
    put(api, items(api, Qualified="Discovery"))
    stages = items(api)
    assert put(api, [*stages[:-1], {"name": "Qualified"}, stages[-1]]).status_code == 200
    assert api.get(f"/leads/{lead['id']}").json["stage"] == "Discovery"
    assert {("Discovery", 1), ("Qualified", 0)} <= set(names(api))


@pytest.mark.parametrize(
    "change",
    [
        {"usual_days": 0},
        {"usual_days": 10**6},
        {"meaning": "x" * 201},
        {"name": "  "},
        {"kind": "closed"},
        {"is_qualified": "perhaps"},
        {"id": "New"},
    ],
)
def test_wrong_values_are_refused(api, change):
    """Nothing changes."""
    before = api.get("/stages").json
    stages = items(api)
    assert put(api, [*stages[:1], {**stages[1], **change}, *stages[2:]]).status_code == 422
    assert api.get("/stages").json == before


def test_each_template_is_a_pipeline():
    """Begins open, ends won and lost, with one qualified stage."""
    for stages in STAGE_TEMPLATES.values():
        kinds = [stage.kind for stage in stages]
        assert (kinds[0], kinds[-2:], sum(stage.is_qualified for stage in stages)) == ("open", ["won", "lost"], 1)
        assert all(stage.meaning for stage in stages)
