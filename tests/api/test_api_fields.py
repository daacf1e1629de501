"""Custom fields: typed values, required from a stage, filters and orders; values follow a new name, a new type and a removal."""

import pytest

FIELDS = [
    {"name": "Seats", "type": "number"},
    {"name": "Deal", "type": "money", "currency": "EUR"},
    {"name": "Renewal", "type": "date"},
    {"name": "Region", "type": "choice", "choices": ["North", "South"]},
    {"name": "Pilot", "type": "yes_no"},
    {"name": "Portal", "type": "url"},
    {"name": "Need"},
]


def put(api, fields, **more):
    return api.put("/fields", {"items": fields, **more})


def fields_of(api, lead):
    return api.get(f"/leads/{lead['id']}").json["fields"]


def listed(api, query):
    return [lead["name"] for lead in api.get(f"/leads?{query}").json["items"]]


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("Seats", "1,250", "1250"),
        ("Seats", 12, "12"),
        ("Seats", 0.5, "0.5"),
        ("Seats", "-3.25", "-3.25"),
        ("Seats", "1.234.567,5", "1234567.5"),
        ("Deal", "€ 12,400.50", "12400.5"),
        ("Deal", "12400 EUR", "12400"),
        ("Renewal", "2027-03-01", "2027-03-01"),
        ("Region", "north", "North"),
        ("Pilot", True, "true"),
        ("Pilot", "No", "false"),
        ("Portal", "https://acme.example/p", "https://acme.example/p"),
        ("need", "A pilot\nin spring", "A pilot\nin spring"),
        ("Undefined", 5, "5"),
    ],
)
def test_values_are_read_by_type(api, name, given, kept):
    """Under the name of the definition, in one form; a name without a definition keeps text."""
    put(api, FIELDS)
    lead = api.lead(fields={name: given})
    assert lead["fields"] == {name[:1].upper() + name[1:]: kept}
    assert api.patch(f"/leads/{lead['id']}", {"fields": lead["fields"]}).json["fields"] == lead["fields"]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Seats", "many"),
        ("Seats", "1e3"),
        ("Seats", 10**16),
        ("Seats", True),
        ("Deal", "12 USD"),
        ("Renewal", "soon"),
        ("Renewal", "2027-02-30"),
        ("Region", "West"),
        ("Pilot", "perhaps"),
        ("Portal", "javascript:alert(1)"),
    ],
)
def test_values_of_another_type_are_refused(api, name, given):
    """The message names the field."""
    put(api, FIELDS)
    answer = api.post("/leads", {"email": "dana@acme.example", "name": "Dana", "fields": {name: given}})
    assert (answer.status_code, answer.json["field"].startswith("fields")) == (422, True)


def test_an_empty_value_is_no_value(api):
    """It is left out for a defined field."""
    put(api, FIELDS)
    assert api.lead(fields={"Seats": "", "Need": ""})["fields"] == {}


def test_a_required_field_holds_a_lead_back(api):
    """From its stage on, not before; a lost lead needs none. A value may come with the move."""
    put(api, [{"name": "Seats", "type": "number", "required_from": "qualified"}])
    path = f"/leads/{api.lead()['id']}"
    assert api.patch(path, {"stage": "Contacted"}).status_code == 200
    for stage in ("Qualified", "Won"):
        answer = api.patch(path, {"stage": stage})
        assert (answer.status_code, answer.json["field"]) == (422, "fields.Seats")
        assert "Qualified" in answer.json["detail"]
    assert api.patch(path, {"stage": "Qualified", "fields": {"Seats": 0}}).json["stage"] == "Qualified"
    assert api.post("/leads", {"email": "b@acme.example", "name": "B", "stage": "Won"}).status_code == 422
    assert api.post("/leads", {"email": "b@acme.example", "name": "B", "stage": "Lost", "lost_reason": "Price"}).status_code == 201
    report = api.post("/leads/import", b"email,stage\nc@acme.example,Won", Content_Type="text/csv").json
    assert [row["field"] for row in report["warnings"]] == ["fields.Seats"]
    found = api.get("/leads?search=c@acme.example").json["items"][0]
    assert (found["stage"], found["fields"]) == ("New", {"stage": "Won"})


def test_a_list_is_narrowed_and_sorted_by_a_field(api):
    """Numbers by size and not by text; leads without a value come last; pages continue each other."""
    put(api, FIELDS)
    for number, seats in enumerate(("9", "10", "100", None, "10")):
        api.lead(f"l{number}@a.example", f"L{number}", fields={"Seats": seats, "Region": "South"} if seats else {})
    assert listed(api, "sort=field:Seats") == ["L0", "L1", "L4", "L2", "L3"] or listed(api, "sort=field:Seats") == [
        "L0",
        "L4",
        "L1",
        "L2",
        "L3",
    ]
    whole = listed(api, "sort=-field:seats")
    assert (whole[0], whole[-1]) == ("L2", "L3")
    paged, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/leads?sort=-field:Seats&limit=2{cursor and '&cursor=' + cursor}").json
        paged += [lead["name"] for lead in page["items"]]
        cursor = page["next"]
    assert paged == whole
    assert set(listed(api, "field=Seats&field_from=10&field_to=50")) == {"L1", "L4"}
    assert listed(api, "field=Seats&field_is=100") == ["L2"]
    assert len(listed(api, "field=region&field_is=south")) == 4
    assert listed(api, "search=south") != []
    assert api.get("/leads?field=Seats&field_is=many").status_code == 422
    assert api.get("/leads?field_is=many").status_code == 422


def test_a_renamed_field_keeps_its_values(api):
    """The old name still stands for it, until another field has it."""
    (made,) = put(api, [{"name": "Seats", "type": "number"}]).json["items"]
    lead = api.lead(fields={"Seats": 5})
    answer = put(api, [{"id": made["id"], "name": "Users", "type": "number"}])
    assert [(row["name"], row["leads"]) for row in answer.json["items"]] == [("Users", 1)]
    assert fields_of(api, lead) == {"Users": "5"}
    assert api.patch(f"/leads/{lead['id']}", {"fields": {"seats": 7}}).json["fields"] == {"Users": "7"}
    assert len(listed(api, "field=Seats&field_is=7")) == 1

    put(api, [{"id": made["id"], "name": "Users"}, {"name": "Seats"}])
    assert api.patch(f"/leads/{lead['id']}", {"fields": {"Seats": "7", "Users": 8}}).json["fields"] == {"Seats": "7", "Users": "8"}


def test_removing_a_field_says_how_many_leads_lose_a_value(api):
    """Nothing is lost unasked."""
    put(api, FIELDS)
    lead = api.lead(fields={"Seats": 5, "Need": "x", "Old": "y"})
    refused = put(api, FIELDS[1:])
    assert (refused.status_code, "1 lead" in refused.json["detail"]) == (422, True)
    assert fields_of(api, lead)["Seats"] == "5"

    answer = put(api, FIELDS[1:], removes=["seats", "Old"])
    assert fields_of(api, lead) == {"Need": "x"}
    assert {row["name"] for row in answer.json["items"]} == {field["name"] for field in FIELDS[1:]}
    assert listed(api, "search=x") != []


def test_a_definition_takes_over_what_leads_have(api):
    """Values under another spelling too; what does not fit stays as text, and is listed before there is a definition."""
    one, two = (api.lead(f"l{n}@a.example", fields=fields) for n, fields in enumerate(({"team seats": "1,500"}, {"Team Seats": "a lot"})))
    assert {(row["name"], row["is_defined"], row["leads"]) for row in api.get("/fields").json["items"]} == {
        ("team seats", False, 1),
        ("Team Seats", False, 1),
    }
    put(api, [{"name": "Team seats", "type": "number"}])
    assert (fields_of(api, one), fields_of(api, two)) == ({"Team seats": "1500"}, {"Team seats": "a lot"})
    fields = {**fields_of(api, two), "Other": "x"}
    assert api.patch(f"/leads/{two['id']}", {"fields": fields}).json["fields"] == fields
    assert len(listed(api, "field=Team%20seats&field_from=1000")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "a.b"},
        {"name": "$a"},
        {"name": "x" * 61},
        {"name": "Industry"},
        {"name": "A", "type": "colour"},
        {"name": "A", "type": "choice"},
        {"name": "A", "type": "money", "currency": "E1"},
        {"name": "A", "required_from": "Nowhere"},
        {"name": "seats"},
    ],
)
def test_wrong_definitions_are_refused(api, wrong):
    """Nothing changes."""
    put(api, FIELDS)
    before = api.get("/fields").json
    assert put(api, [*FIELDS, wrong]).status_code == 422
    assert api.get("/fields").json == before
