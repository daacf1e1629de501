"""/companies: figures, leads, notes, sorting and deletion."""


def test_a_company_has_figures_leads_and_a_note(api):
    """Over leads that are not archived; sums by currency. A new name is that of the archived ones too."""
    value = {"amount": 100, "currency": "EUR"}
    ada, bob = api.lead("ada@acme.example", company="Acme", value=value), api.lead("bob@acme.example", company="acme", value=value)
    gone = api.lead("gone@acme.example", company="Acme", value=value)
    api.post(f"/leads/{gone['id']}/archive")
    api.post("/sales", {"lead": bob["id"], "product": "x", "amount": 700, "currency": "USD", "sold_on": "2026-01-01"})
    path = f"/companies/{ada['company_id']}"

    changed = api.patch(path, {"note": "Two\nlines"})

    assert changed.status_code == 200
    found = api.get(path).json
    assert found == changed.json == api.get("/companies").json["items"][0]
    assert (found["people"], found["owners"], found["last_seen_at"], found["note"]) == (2, [], None, "Two\nlines")
    assert found["open_value"] == [{"amount": 200, "currency": "EUR"}]
    assert found["won_value"] == [{"amount": 700, "currency": "USD"}]
    assert {lead["id"] for lead in api.get(f"{path}/leads").json["items"]} == {ada["id"], bob["id"]}
    first = api.get(f"{path}/leads?limit=1").json
    assert len(first["items"]) == 1
    assert len(api.get(f"{path}/leads?limit=1&cursor={first['next']}").json["items"]) == 1

    api.patch(path, {"name": "Acme Foods"})
    assert {api.get(f"/leads/{lead['id']}").json["company"] for lead in (ada, gone)} == {"Acme Foods"}


def test_companies_are_sorted(api):
    """By name and by when they were added, both ways."""
    for name in ("Beta", "alpha", "Gamma"):
        api.post("/companies", {"name": name})

    def names(sort):
        return [one["name"] for one in api.get(f"/companies?sort={sort}").json["items"]]

    assert names("name") == names("-name")[::-1] == ["alpha", "Beta", "Gamma"]
    assert names("created") == names("-created")[::-1] == ["Beta", "alpha", "Gamma"]
    assert api.get("/companies?sort=people").status_code == 422


def test_a_deleted_company_says_how_many_people_were_in_it(api):
    """They keep its name; the name given again makes a new company."""
    lead = api.lead(company="Acme")
    path = f"/companies/{lead['company_id']}"
    assert api.delete(path).json == {"id": lead["company_id"], "people": 1}
    kept = api.get(f"/leads/{lead['id']}").json
    assert (kept["company"], kept["company_id"]) == ("Acme", None)
    assert api.get(path).status_code == api.delete(path).status_code == 404
    again = api.patch(f"/leads/{lead['id']}", {"company": "Acme"}).json["company_id"]
    assert again not in (None, lead["company_id"])
