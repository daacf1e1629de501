"""Merged leads by API: one answers for both, under both ids, until the merge is taken back."""

import msgspec
import pytest

from tracker.actions.workspace import workspaces


@pytest.fixture
def two(api):
    """Two leads of one person, each with a note."""
    one = api.lead("dana@acme.example", "Dana Whitfield", phone="+49 30 1", tags=["fair"])
    other = api.lead("d@home.example", "D. Whitfield", phone="+49 30 2", job_title="CEO", tags=["web"])
    for lead in (one, other):
        api.post("/notes", {"lead": lead["id"], "text": f"Note on {lead['name']}"})
    return one["id"], other["id"]


def test_one_answers_for_both_until_parted(api, two):
    dana, home = two
    merged = api.post(f"/leads/{dana}/merge", {"with": home, "values": {"phone": "merged"}})
    assert merged.status_code == 200, merged.text
    assert [merged.json[name] for name in ("id", "email", "phone", "job_title")] == [dana, "dana@acme.example", "+49 30 2", "CEO"]
    assert sorted(merged.json["tags"]) == ["fair", "web"]
    assert api.get(f"/leads/{home}").json["id"] == dana
    assert [lead["id"] for lead in api.get("/leads").json["items"]] == [dana]
    for lead in two:
        assert len(api.get(f"/leads/{lead}/events").json["items"]) == 2
        assert {row["id"] for row in api.get(f"/leads/{lead}/merged").json["items"]} == {home}
    assert api.post("/leads", {"email": "D@home.example", "name": "Again"}).json["lead"] == dana
    assert api.patch(f"/leads/{home}", {"job_title": "CTO"}).json["job_title"] == "CTO"
    assert api.post(f"/leads/{home}/merge", {"with": dana}).status_code == 422
    export = api.get(f"/leads/{home}/export").json
    assert ([one["email"] for one in export["merged"]], len(export["notes"])) == (["d@home.example"], 2)

    assert api.delete(f"/leads/{dana}/merged/{home}").status_code == 204
    assert api.delete(f"/leads/{dana}/merged/{home}").status_code == 404
    again, apart = (api.get(f"/leads/{lead}").json for lead in two)
    assert [again[name] for name in ("phone", "job_title", "tags")] == ["+49 30 1", "CTO", ["fair"]]
    assert [apart[name] for name in ("id", "phone", "job_title", "tags")] == [home, "+49 30 2", "CEO", ["web"]]
    assert len(api.get(f"/leads/{home}/events").json["items"]) == 1


def test_what_cannot_be_merged(api, deps, workspace, two, hire):
    """A lead with itself, another version, fields that do not differ, and leads that the caller may not see."""
    dana, home = two
    path = f"/leads/{dana}/merge"
    assert api.post(path, {"with": dana}).status_code == 422
    assert api.post(path, {"with": home, "version": 99}).status_code == 409
    assert api.post(path, {"with": home, "values": {"country": "merged"}}).status_code == 422
    assert api.post(path, {"with": "0" * 32}).status_code == 404
    ivo, as_ivo = hire("Ivo")
    workspaces.change_workspace(deps, workspace.id, policy=msgspec.structs.replace(workspace.policy, reps_see="own"))
    api.patch(f"/leads/{home}", {"owner": hire("Rosa")[0].id})
    api.patch(f"/leads/{dana}", {"owner": ivo.id})
    assert as_ivo.post(path, {"with": home}).status_code == 404
    assert api.post(path, {"with": home}).status_code == 200
    assert as_ivo.get(f"/leads/{home}").json["id"] == dana
    assert api.delete(f"/leads/{home}").status_code == 204
    leads = deps.store.of(workspace.id).leads
    assert leads.all_ids_with_merged() == []
