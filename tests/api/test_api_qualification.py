"""Buying role, need, timeline, categories and referrers of leads: by API, in conditions, undone, erased."""

import pytest

from tracker.actions.workspace import workspaces
from tracker.domain.workspace.workspace import Policy

ROLE = {"buying_role": "champion", "need": "A\nquicker way", "timeline": "Q3", "categories": ["past CLIENT"]}


def found_by(api, **term):
    """The names of the leads for which the condition holds."""
    made = api.post("/lists", {"name": "x", "condition": {"all": [term]}, "shared": True})
    assert made.status_code == 201, made.text
    return sorted(lead["name"] for lead in api.get(f"/lists/{made.json['id']}/leads").json["items"]), made.json


def test_a_lead_is_qualified_and_found_by_it(api):
    """Values are kept as the workspace spells them; lists and filters find them."""
    lead = api.lead(**ROLE)
    api.lead("omar@acme.example", "Omar Reed")
    assert {name: lead[name] for name in ROLE} == ROLE | {"categories": ["Past client"]}
    for term in (
        {"field": "buying_role", "is": "champion"},
        {"field": "buying_role", "in": ["champion", "user"]},
        {"field": "category", "is": "Past client"},
        {"field": "category", "is_set": True},
        {"field": "timeline", "contains": "q3"},
        {"field": "need", "contains": "quick"},
    ):
        assert found_by(api, **term)[0] == ["Dana Whitfield"], term
    assert found_by(api, field="category", is_empty=True)[0] == ["Omar Reed"]
    for query in ("category=past%20client", "buying_role=champion"):
        assert len(api.get(f"/leads?{query}").json["items"]) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"buying_role": "boss"},
        {"categories": ["Press"]},
        {"referred_by": {}},
        {"referred_by": {"text": "x", "lead": "ab" * 16}},
        {"referred_by": {"lead": "ab" * 16}},
        {"referred_by": {"company": "ab" * 16}},
    ],
    ids=str,
)
def test_what_is_unknown_is_refused(api, values):
    """With the field; nothing is stored."""
    lead = api.lead()
    answer = api.patch(f"/leads/{lead['id']}", values | {"phone": "1"})
    assert answer.status_code == 422
    assert (answer.json.get("field") or "").split(".")[0] in {*values, ""}
    assert api.get(f"/leads/{lead['id']}").json["phone"] is None


def test_categories_of_leads_outlast_the_list(api):
    """A removed category stays on its leads, also where others are added; no other lead gets it."""
    api.put("/categories", {"items": ["Press", "Past client"]})
    lead = api.lead(categories=["Press"])
    assert api.put("/categories", {"items": ["Partner"]}).json["items"] == [{"name": "Partner"}]
    kept = api.patch(f"/leads/{lead['id']}", {"categories": ["Partner", "press"]})
    assert (kept.status_code, kept.json["categories"]) == (200, ["Partner", "Press"])
    assert api.post("/leads", {"email": "o@x.example", "name": "Omar", "categories": ["Press"]}).status_code == 422


def test_won_leads_are_customers_until_it_is_undone(api):
    """Alone or many at once; a lead added as won is one too."""
    one, two = api.lead(categories=["Past client"]), api.lead("omar@acme.example", "Omar Reed")
    moved = api.patch(f"/leads/{one['id']}", {"stage": "Won"}).json
    assert moved["categories"] == ["Past client", "Customer"]
    bulk = api.post("/leads/bulk", {"leads": [one["id"], two["id"]], "set": {"stage": "Won"}})
    assert bulk.status_code == 200, bulk.text
    assert api.get(f"/leads/{two['id']}").json["categories"] == ["Customer"]
    for change in (bulk.json["change"], moved["change"]):
        api.post(f"/changes/{change}/undo")
    assert [api.get(f"/leads/{lead['id']}").json["categories"] for lead in (one, two)] == [["Past client"], []]
    assert api.lead("new@acme.example", "New", stage="Won")["categories"] == ["Customer"]


def test_referrers_are_leads_companies_or_text(api):
    """Lists find whom they referred, and name them."""
    ref = api.lead("ref@acme.example", "Rita Referrer", company="Acme")
    lead = api.lead(referred_by={"lead": ref["id"]})
    names, made = found_by(api, field="referred_by", **{"is": f"lead:{ref['id']}"})
    assert (names, made["words"]) == (["Dana Whitfield"], "Referred by is Rita Referrer")
    assert len(api.get(f"/leads?referred_by=lead:{ref['id']}").json["items"]) == 1
    assert api.patch(f"/leads/{ref['id']}", {"referred_by": {"lead": ref["id"]}}).status_code == 422
    path = f"/leads/{lead['id']}"
    for value in ({"company": ref["company_id"]}, {"text": "A friend"}):
        given = dict.fromkeys(("lead", "company", "text")) | value
        assert api.patch(path, {"referred_by": value}).json["referred_by"] == given
    assert found_by(api, field="referred_by", **{"is": "a friend"})[0] == ["Dana Whitfield"]


def test_a_referrer_that_goes_leaves_no_trace(api):
    """A deleted company leaves its name; an erased lead leaves nothing."""
    ref = api.lead("ref@acme.example", "Rita Referrer", company="Acme")
    lead, other = api.lead(referred_by={"lead": ref["id"]}), api.lead("omar@x.example", "Omar", referred_by={"company": ref["company_id"]})
    api.delete(f"/companies/{ref['company_id']}")
    assert api.get(f"/leads/{other['id']}").json["referred_by"] == {"lead": None, "company": None, "text": "Acme"}
    assert api.delete(f"/leads/{ref['id']}").status_code == 204
    assert api.get(f"/leads/{lead['id']}").json["referred_by"] is None
    assert api.get(f"/leads?referred_by=lead:{ref['id']}").json["items"] == []


def test_a_hidden_referrer_is_as_one_that_does_not_exist(api, hire, deps, workspace):
    """To a rep who sees own leads; the sentence of a list does not name it either."""
    workspaces.change_workspace(deps, workspace.id, policy=Policy(reps_see="own"))
    rosa, _ = hire("Rosa")
    _, ivo = hire("Ivo")
    hidden = api.lead("ref@acme.example", "Rita Referrer", company="Acme", owner=rosa.id)
    mine = ivo.lead("omar@x.example", "Omar Reed")
    for referrer in ({"lead": hidden["id"]}, {"company": hidden["company_id"]}):
        unknown = {next(iter(referrer)): "ab" * 16}
        refused = [ivo.patch(f"/leads/{mine['id']}", {"referred_by": one}) for one in (referrer, unknown)]
        assert [one.status_code for one in refused] == [422, 422]
        assert refused[0].json == refused[1].json
    for key, words in ((f"lead:{hidden['id']}", "a lead"), (f"company:{hidden['company_id']}", "a company")):
        made = ivo.post("/lists", {"name": "x", "condition": {"all": [{"field": "referred_by", "is": key}]}}).json
        assert made["words"] == f"Referred by is {words}"


def test_dated_facts_are_kept_in_order_and_undone(api):
    """All at once; the export has them; null empties the list; what is wrong is refused."""
    facts = [
        {"text": "Contract ends", "day": "2027-09-30", "remind_days": 30},
        {"text": "Budget", "day": "2027-03-01", "remind_days": None},
    ]
    lead = api.lead(dated_facts=facts)
    assert lead["dated_facts"] == facts[::-1]
    assert api.get(f"/leads/{lead['id']}/export").json["lead"]["dated_facts"] == facts[::-1]
    emptied = api.patch(f"/leads/{lead['id']}", {"dated_facts": None})
    assert emptied.json["dated_facts"] == []
    assert api.post(f"/changes/{emptied.json['change']}/undo").status_code == 200
    assert api.get(f"/leads/{lead['id']}").json["dated_facts"] == facts[::-1]
    for wrong in (
        facts[:1] * 21,
        [facts[0] | {"text": " "}],
        [facts[0] | {"text": "a" * 201}],
        [facts[0] | {"day": "30.09.2027"}],
        [facts[0] | {"day": "0001-01-01"}],
        [facts[0] | {"remind_days": 366}],
        [facts[0] | {"remind_days": -1}],
        [facts[0] | {"colour": "red"}],
    ):
        assert api.patch(f"/leads/{lead['id']}", {"dated_facts": wrong}).status_code == 422, wrong
