"""Duplicates on the way in: told where a lead is added or imported, dismissed for good, and nothing of hidden leads."""

import msgspec
import pytest

from tracker.actions.workspace import workspaces


@pytest.fixture
def lisbon(deps, workspace):
    """The workspace is in Portugal, for phone numbers without a country code."""
    return workspaces.change_workspace(deps, workspace.id, timezone="Europe/Lisbon")


def same(answer):
    assert answer.status_code in (200, 201), answer.text
    return {one["lead"]: one["reasons"] for one in answer.json.get("items") or answer.json.get("may_be_duplicates") or []}


def test_a_new_lead_is_added_and_its_duplicates_are_told(api, lisbon):
    """With the reasons, the best first; the lead itself is added. A dismissed pair is not told again, from neither side."""
    dana = api.lead("dana@acme.example", "Dana Whitfield", company="Acme Foods", phone="+351 912 345 678")["id"]
    tag = api.lead("dana+fair@acme.example", "D")["id"]
    api.lead("other@acme.example", "Other Person", company="Acme Foods")
    new = api.post("/leads", {"email": "d@home.example", "name": "Whitfield, Dana", "company": "ACME Foods Ltd", "phone": "912345678"})
    assert same(new) == {dana: ["phone", "name_and_company"]}
    key = new.json["id"]
    assert same(api.get(f"/leads/{dana}/duplicates")) == {tag: ["address"], key: ["phone", "name_and_company"]}
    assert api.get(f"/leads/{key}").json["may_be_duplicates"] is None
    assert same(api.post(f"/leads/{key}/duplicates/dismiss", {"leads": [dana]})) == {}
    assert same(api.get(f"/leads/{dana}/duplicates")) == {tag: ["address"]}
    assert api.post(f"/leads/{key}/duplicates/dismiss", {"leads": [key]}).status_code == 422
    api.patch(f"/leads/{tag}", {"email": "someone@else.example"})
    assert same(api.get(f"/leads/{dana}/duplicates")) == {}
    assert api.delete(f"/leads/{key}").status_code == 204


def test_nothing_is_told_of_leads_that_the_caller_may_not_see(api, deps, workspace, hire):
    """Neither by adding, nor by the list, nor by dismissing."""
    ivo, as_ivo = hire("Ivo")
    workspaces.change_workspace(deps, workspace.id, policy=msgspec.structs.replace(workspace.policy, reps_see="own"))
    theirs = api.lead("dana@acme.example", "Dana Whitfield", company="Acme")["id"]
    api.patch(f"/leads/{theirs}", {"owner": api.get("/reps").json["items"][0]["id"]})
    hidden = api.lead("x@acme.example", "Dana Whitfield", company="Acme", owner=hire("Rosa")[0].id)["id"]
    mine = as_ivo.post("/leads", {"email": "d@home.example", "name": "Dana Whitfield", "company": "Acme", "owner": ivo.id})
    assert hidden not in same(mine)
    assert hidden not in same(as_ivo.get(f"/leads/{mine.json['id']}/duplicates"))
    assert as_ivo.post(f"/leads/{mine.json['id']}/duplicates/dismiss", {"leads": [hidden]}).status_code == 404
    assert hidden in same(api.get(f"/leads/{mine.json['id']}/duplicates"))


def test_an_import_lists_its_pairs(api, deps, workspace, lisbon):
    """With known leads and within the file, each once; a switchboard and many equal names make none. Erasing a lead removes its pairs."""
    dana = api.lead("dana@acme.example", "Dana Whitfield", company="Acme", phone="+351912345678")["id"]
    rows = [
        "email,name,company,phone",
        "d@home.example,Dana Whitefield,Acme,",
        "x@a.example,Tom Reyes,Brunner,912 345 679",
        "y@a.example,T. Reyes,Brunner,",
    ]
    rows += [
        f"s{number}@b.example,{name},Line,210000000" for number, name in enumerate(["Ann Lee", "Bob Stone", "Cy Marsh", "Di Fox", "Ed Kay"])
    ]
    rows += [f"t{number}@c.example,Test User,," for number in range(60)]
    done = api.post("/leads/import", "\n".join(rows).encode()).json
    assert (done["added"], done["may_be_duplicates"]) == (68, 2)
    pairs = api.get(f"/imports/{done['id']}/result").json["may_be_duplicates"]
    assert sorted(pair["reasons"] for pair in pairs) == [["name_and_company"], ["name_and_company"]]
    (known,) = [pair["leads"] for pair in pairs if dana in pair["leads"]]
    (other,) = [key for key in known if key != dana]
    api.post(f"/leads/{dana}/duplicates/dismiss", {"leads": [other]})
    (left,) = api.get(f"/imports/{done['id']}/result").json["may_be_duplicates"]
    assert dana not in left["leads"]
    assert api.delete(f"/leads/{left['leads'][0]}").status_code == 204
    assert len(list(deps.store.of(workspace.id).duplicate_pairs.each())) == 1
