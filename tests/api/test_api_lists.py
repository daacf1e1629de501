"""Saved lists: conditions are checked, lists are private or shared, and hold what the caller may see."""

import pytest

OPEN = {"field": "stage_kind", "is": "open"}


def made(program, condition, **more):
    answer = program.post("/lists", {"name": "Mine", "condition": condition, **more})
    assert answer.status_code == 201, answer.text
    return answer.json


def names(program, key, query=""):
    return sorted(lead["name"] for lead in program.get(f"/lists/{key}/leads{query}").json["items"])


def test_a_list_holds_the_leads_of_its_condition(api):
    """Names of stages stay valid when a stage is renamed; the count, the words and the pages are those of the leads."""
    for name, score in (("Dana", "North"), ("Marcus", "South"), ("Tom", "North")):
        api.post("/leads", {"name": name, "email": f"{name}@x.example", "fields": {"Region": score}, "stage": "Contacted"})
    condition = {"all": [{"field": "custom.region", "is": "NORTH"}, {"field": "stage", "in": ["contacted", "Won"]}]}
    found = made(api, condition, shared=True, sort="name")

    assert found["condition"] == {"all": [{"field": "custom.region", "is": "NORTH"}, {"field": "stage", "in": ["Contacted", "Won"]}]}
    assert (found["leads"], found["words"]) == (2, "region is NORTH and Stage is one of Contacted, Won")
    assert names(api, found["id"]) == ["Dana", "Tom"]
    first = api.get(f"/lists/{found['id']}/leads?limit=1").json
    assert [lead["name"] for lead in first["items"]] == ["Dana"]
    assert names(api, found["id"], f"?limit=1&cursor={first['next']}") == ["Tom"]

    stages = api.get("/stages").json["items"]
    renamed = [{"id": one["id"], "name": "In touch" if one["name"] == "Contacted" else one["name"], "kind": one["kind"]} for one in stages]
    assert api.put("/stages", {"items": renamed}).status_code == 200
    assert names(api, found["id"]) == ["Dana", "Tom"]
    assert api.get(f"/lists/{found['id']}").json["condition"]["all"][1] == {"field": "stage", "in": ["In touch", "Won"]}


def test_a_private_list_is_its_owners_and_a_shared_one_everybodys(api, hire):
    """404 for others; a shared one is changed by its owner and admins, and `me` is the reader."""
    (rosa_rep, rosa), (_, ivo) = hire("Rosa"), hire("Ivo")
    api.post("/leads", {"name": "Dana", "email": "dana@x.example", "owner": rosa_rep.id})
    key = made(rosa, {"field": "owner", "is": "me"})["id"]
    for method, path, body in (("GET", "", None), ("GET", "/leads", None), ("PATCH", "", {"name": "x"}), ("DELETE", "", None)):
        for other in (ivo, api):
            assert other.call(method, f"/lists/{key}{path}", body).status_code == 404
    assert key not in ivo.get("/lists").text

    assert rosa.patch(f"/lists/{key}", {"shared": True}).status_code == 200
    assert (names(rosa, key), names(ivo, key)) == (["Dana"], [])
    assert ivo.patch(f"/lists/{key}", {"name": "x"}).status_code == 403
    assert ivo.delete(f"/lists/{key}").status_code == 403
    assert api.patch(f"/lists/{key}", {"name": "Everyone's"}).json["name"] == "Everyone's"
    assert api.patch(f"/lists/{key}", {"shared": False}).status_code == 403
    assert api.delete(f"/lists/{key}").status_code == 204
    assert rosa.get(f"/lists/{key}").status_code == 404


def test_chips_count_what_the_caller_sees(api, hire):
    """The built-in lists in their order, each with its count."""
    rosa_rep, rosa = hire("Rosa")
    for number, owner in enumerate((rosa_rep.id, None)):
        api.post("/leads", {"name": "Dana", "email": f"{number}@x.example", "owner": owner})
    found = rosa.get("/chips").json["items"]
    assert [(one["id"], one["leads"]) for one in found] == [
        ("hot", 0),
        ("going_cold", 0),
        ("slipped", 2),
        ("mine", 1),
        ("no_owner", 1),
        ("bounced", 0),
    ]


def test_a_program_without_a_rep_makes_shared_lists(api):
    """A private one would be no one's."""
    answer = api.post("/lists", {"name": "x", "condition": OPEN})
    assert (answer.status_code, answer.json["field"]) == (422, "shared")


def test_built_in_lists_have_counts_and_cannot_be_changed(api, hire):
    """Every workspace has them, by their keys."""
    rep, rosa = hire("Rosa")
    api.post("/leads", {"name": "Dana", "email": "dana@x.example", "owner": rep.id, "next_action": {"text": "Call"}})
    api.post("/leads", {"name": "Marcus", "email": "m@x.example"})
    built_in = [one["id"] for one in rosa.get("/lists").json["items"] if one["built_in"]]
    assert built_in == ["hot", "going_cold", "slipped", "mine", "no_owner", "bounced"]
    assert {key: names(rosa, key) for key in ("mine", "no_owner", "slipped", "hot")} == {
        "mine": ["Dana"], "no_owner": ["Marcus"], "slipped": ["Marcus"], "hot": [],
    }  # fmt: skip
    assert rosa.get("/lists/mine").json["leads"] == 1
    assert [lead["name"] for lead in rosa.get("/leads?list=slipped").json["items"]] == ["Marcus"]
    assert rosa.patch("/lists/hot", {"name": "x"}).status_code == 403
    assert rosa.delete("/lists/hot").status_code == 403


def _nested(depth):
    return {"all": [_nested(depth - 1)]} if depth else OPEN


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        ({}, "condition.field"),
        ({"field": "nope", "is": "x"}, "condition.field"),
        ({"field": "custom.", "is": "x"}, "condition.field"),
        ({"field": "score"}, "condition"),
        ({"field": "score", "at_least": 1, "at_most": 2}, "condition"),
        ({"field": "score", "contains": "1"}, "condition"),
        ({"field": "score", "at_least": "1"}, "condition.at_least"),
        ({"field": "score", "at_least": True}, "condition.at_least"),
        ({"field": "score", "at_least": 1e300}, "condition.at_least"),
        ({"field": "quadrant", "is": "x"}, "condition.is"),
        ({"field": "opted_out", "is": "yes"}, "condition.is"),
        ({"field": "created", "before": "2027-03-01T09:30:00"}, "condition.before"),
        ({"field": "created", "before": "0001-01-01"}, "condition.before"),
        ({"field": "created", "before": "yesterday"}, "condition.before"),
        ({"field": "created", "within_days": -1}, "condition.within_days"),
        ({"field": "tags", "in": []}, "condition.in"),
        ({"field": "tags", "in": ["x", 1]}, "condition.in.1"),
        ({"field": "tags", "is": {"$ne": 1}}, "condition.is"),
        ({"field": "tags", "is_set": False}, "condition.is_set"),
        ({"any": []}, "condition.any"),
        ({"all": OPEN}, "condition.all"),
        ({"all": [OPEN], "any": [OPEN]}, "condition"),
        ({"all": [OPEN, "x"]}, "condition.all.1"),
        ({"all": [{"any": [OPEN, {"field": "score", "is": "x"}]}]}, "condition.all.0.any.1.is"),
        ({"all": [{"all": [OPEN] * 16}, {"all": [OPEN] * 15}]}, "condition"),
        (_nested(4), "condition.all.0.all.0.all.0"),
        ({"field": "stage", "is": "Nowhere"}, "condition"),
        ({"field": "owner", "in": ["me", "stranger@x.example"]}, "condition"),
    ],
)
def test_a_wrong_condition_says_where(api, condition, field):
    """422 with the path of what is wrong."""
    answer = api.post("/lists", {"name": "x", "condition": condition, "shared": True})
    assert (answer.status_code, answer.json.get("field")) == (422, field), answer.text


def test_hostile_texts_match_themselves_only(api):
    """Operators, patterns and control characters are text."""
    for number, tag in enumerate((".*", "$where", "a|b", "(", "\\", "^x")):
        api.post("/leads", {"name": f"Lead {number}", "email": f"l{number}@x.example", "tags": [tag]})
        for word in ("is", "contains", "starts_with"):
            found = made(api, {"field": "tags", word: tag}, shared=True)
            assert names(api, found["id"]) == [f"Lead {number}"], (word, tag)
    assert made(api, {"field": "tags", "contains": "tags"}, shared=True)["leads"] == 0
    assert made(api, {"field": "tags", "is": "\u0000\ud7ff"}, shared=True)["leads"] == 0
