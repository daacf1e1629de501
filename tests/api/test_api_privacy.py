"""Export and erasure of a lead by API."""

from tests.api.samples import body_of


def test_an_export_has_everything_about_the_lead_and_nothing_of_another(api, workspace, deps):
    """Every kind of record, with what was written."""
    lead, other = api.lead(company="Acme", email="dana@acme.example"), api.lead(email="omar@reed.example", name="Omar Reed")
    for path in ("messages", "links", "tasks", "notes", "sales"):
        for one in (lead, other):
            assert api.post(f"/{path}", body_of(f"POST /{path}", {"lead": one["id"]})).status_code == 201

    answer = api.get(f"/leads/{lead['id']}/export")
    found = answer.json
    assert (answer.status_code, found["lead"]["email"], found["company"]["name"]) == (200, "dana@acme.example", "Acme")
    for name in ("messages", "links", "tasks", "notes", "sales", "events", "days"):
        assert {row["lead"] for row in found[name] if "lead" in row} <= {lead["id"]}
    assert [len(found[name]) for name in ("messages", "links", "tasks", "notes", "sales")] == [1] * 5
    assert found["messages"][0]["source_html"] == "<p>x</p>"
    assert "omar" not in answer.text
    assert workspace.id not in answer.text


def test_an_export_names_no_person_who_got_a_copy(api):
    """The message itself is exported, with the recipients that it shows."""
    lead = api.lead(email="dana@acme.example")
    body = body_of("POST /messages", {"lead": lead["id"]}) | {"cc": ["boss@us.example"], "bcc": ["hidden@us.example"]}
    assert api.post("/messages", body).status_code == 201

    (message,) = api.get(f"/leads/{lead['id']}/export").json["messages"]
    assert [mailbox["email"] for mailbox in message["envelope"]["cc"]] == ["boss@us.example"]
    assert "hidden" not in str(message)


def test_an_erased_lead_is_gone_and_can_be_added_again(api, deps, workspace):
    """Also the stored response of an Idempotency-Key; the audit log has the id and neither name nor address."""
    body = {"email": "dana@whitfield.example", "name": "Dana Whitfield"}
    lead = api.post("/leads", body, Idempotency_Key="k1").json["id"]
    assert api.call("DELETE", f"/leads/{lead}").status_code == 204

    assert api.get(f"/leads/{lead}").status_code == 404
    assert api.call("DELETE", f"/leads/{lead}").status_code == 404
    entry = api.get("/audit").json["items"][0]
    assert (entry["action"], entry["subject"], entry["details"]) == ("deleted", "lead", {"id": lead})
    again = api.post("/leads", body, Idempotency_Key="k1")
    assert (again.status_code, again.json["id"] == lead) == (201, False)
