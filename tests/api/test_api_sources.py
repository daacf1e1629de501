"""Sources: a managed list with meaning, group and details; leads follow a new name. Reasons and products."""

import pytest

FAIR = {
    "name": "Fair",
    "group": "Events",
    "meaning": "They spoke with us at a fair.",
    "details": ["Porto 2026", "Lyon 2027"],
    "active": True,
}


def names(api):
    return [(row["name"], row["leads"]) for row in api.get("/sources").json["items"]]


def put(api, *items):
    return api.put("/sources", {"items": list(items)})


def test_a_source_is_described(api):
    """Names alone keep what is known of a source, and their order is that of the list."""
    (fair, phone) = put(api, FAIR, "Phone").json["items"]
    assert {name: fair[name] for name in FAIR} == FAIR
    (first, second) = put(api, "Phone", "fair").json["items"]
    assert (first["id"], second["id"], second["name"]) == (phone["id"], fair["id"], "fair")
    assert second["meaning"] == FAIR["meaning"]


def test_leads_follow_a_renamed_source(api):
    """The old name still means it in leads, imports and filters, until another source has it."""
    (fair,) = put(api, FAIR).json["items"]
    lead = api.lead(source="fair")
    assert lead["source"] == "Fair"
    assert put(api, {"id": fair["id"], "name": "Trade fair"}).status_code == 200
    assert names(api) == [("Trade fair", 1)]
    assert api.get(f"/leads/{lead['id']}").json["source"] == "Trade fair"
    assert api.lead("b@acme.example", source="Fair")["source"] == "Trade fair"
    assert len(api.get("/leads?source=Fair").json["items"]) == 2

    put(api, {"id": fair["id"], "name": "Trade fair"}, "Fair")
    assert api.lead("c@acme.example", source="Fair")["source"] == "Fair"
    assert names(api) == [("Trade fair", 2), ("Fair", 1)]


def test_leads_of_a_removed_source_keep_its_name(api):
    """It is listed after the others, without an id; so is any other text."""
    put(api, FAIR, "Phone")
    api.lead(source="Fair")
    api.lead("b@acme.example", source="Somewhere else")
    rows = put(api, "Phone").json["items"]
    assert [(row["name"], row["leads"], bool(row["id"])) for row in rows] == [
        ("Phone", 0, True),
        ("Fair", 1, False),
        ("Somewhere else", 1, False),
    ]


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"name": "fair"}, {"name": "A", "id": "0" * 32}, {"name": "A", "meaning": "x" * 201}, {"name": "Phone "}]
)
def test_wrong_sources_are_refused(api, wrong):
    """Nothing changes."""
    put(api, FAIR, "Phone")
    before = api.get("/sources").json
    assert put(api, FAIR, "Phone", wrong).status_code == 422
    assert api.get("/sources").json == before


def test_sources_cannot_swap_their_names(api):
    """One step would mix their leads."""
    fair, phone = put(api, FAIR, "Phone").json["items"]
    assert put(api, {"id": fair["id"], "name": "Phone"}, {"id": phone["id"], "name": "Fair"}).status_code == 422


def test_reasons_and_products_are_lists(api):
    """A list that is not given stays; a lead may have another reason."""
    before = api.get("/reasons").json
    assert "Price" in before["lost"]
    assert api.put("/reasons", {"lost": ["Price", "price", "Fashion"]}).json == {"won": before["won"], "lost": ["Price", "Fashion"]}
    assert api.lead(stage="Lost", lost_reason="Moved away")["lost_reason"] == "Moved away"
    assert api.put("/products", {"items": ["Licence", "Training"]}).json["items"] == [{"name": "Licence"}, {"name": "Training"}]
    assert api.put("/reasons", {"lost": [" "]}).status_code == 422


def test_the_history_of_a_source_is_kept(api):
    """Changes of source or detail, of one lead or of many, and their undo; a new name of the source is none."""
    put(api, FAIR, "Phone")
    lead = api.lead(source="Fair", name="Lena")["id"]
    other = api.lead("b@acme.example", source="Phone")["id"]
    api.patch(f"/leads/{lead}", {"source_detail": "Porto", "name": "Lena Kern"})
    api.patch(f"/leads/{lead}", {"source_detail": "Porto"})
    change = api.post("/leads/bulk", {"leads": [lead, other], "set": {"source": "Phone"}}).json["change"]
    assert api.post(f"/changes/{change}/undo").status_code == 200
    put(api, {"id": api.get("/sources").json["items"][0]["id"], "name": "Trade fair"}, "Phone")

    rows = api.get(f"/leads/{lead}/source-changes").json["items"]
    assert [(row["old_source"], row["old_source_detail"], row["source"], row["source_detail"]) for row in rows] == [
        ("Phone", "Porto", "Fair", "Porto"),
        ("Fair", "Porto", "Phone", "Porto"),
        ("Fair", None, "Fair", "Porto"),
    ]
    assert {row["by"] for row in rows} == {"api"}
    assert api.get(f"/leads/{other}/source-changes").json["items"] == []
    assert api.get(f"/leads/{lead}").json["source"] == "Trade fair"
