"""Leads by API: what goes in comes out, lists filter and page, changes keep their promises."""

import pytest


def test_a_lead_comes_back_as_it_was_given(api):
    """Everything that the contract names is kept, moments come out in UTC."""
    given = {
        "email": "Dana@Acme.example",
        "name": "Dana Whitfield",
        "company": "Acme",
        "phone": "+351 21 000",
        "job_title": "CTO",
        "country": "Portugal",
        "timezone": "Europe/Lisbon",
        "tags": ["trial", "Trial", "north"],
        "source": "linkedin",
        "stage": "qualified",
        "next_action": {"text": "Call her", "due": "2027-01-01T10:00:00+01:00"},
        "value": {"amount": 150_050, "currency": "EUR"},
        "external_url": "https://crm.example/1",
        "fields": {"budget": "50k"},
    }

    made = api.lead(**given)

    assert api.get(f"/leads/{made['id']}").json == made
    kept = ("email", "name", "company", "phone", "job_title", "country", "timezone", "value", "external_url", "fields")
    same = {name: made[name] for name in kept}
    assert same == {name: given[name] for name in same}
    assert made["tags"] == ["trial", "north"]
    assert (made["source"], made["stage"]) == ("LinkedIn", "Qualified")
    assert made["next_action"] == {"text": "Call her", "due": "2027-01-01T09:00:00.000Z"}


def test_one_address_is_one_lead(api):
    """The same address in capitals is a conflict, not a second lead."""
    api.lead("dana@acme.example")

    assert api.post("/leads", {"email": "DANA@acme.EXAMPLE", "name": "D"}).status_code == 409


@pytest.mark.parametrize(
    "email",
    [
        "",
        "dana",
        "dana@",
        "@acme.example",
        "a b@acme.example",
        "a@b>\r\nRCPT TO:<c@d.example>",
        "dana@acme..example",
        "a@-b.example",
        "x" * 300,
    ],
)
def test_what_is_no_address_is_refused(api, email):
    """No mail could be sent there, and no header broken out of."""
    answer = api.post("/leads", {"email": email, "name": "Dana"})

    assert (answer.status_code, answer.json["field"]) == (422, "email")


def test_lost_needs_a_reason_and_the_log_keeps_it(api):
    """A lead is lost for a reason; every move says who, when and why."""
    lead = api.lead()
    assert api.patch(f"/leads/{lead['id']}", {"stage": "Lost"}).json["field"] == "lost_reason"

    lost = api.patch(f"/leads/{lead['id']}", {"stage": "Lost", "lost_reason": "Too dear"}).json
    back = api.patch(f"/leads/{lead['id']}", {"stage": "Negotiation"}).json

    assert (lost["stage"], lost["lost_reason"], back["lost_reason"]) == ("Lost", "Too dear", None)
    moves = api.get(f"/leads/{lead['id']}/moves").json["items"]
    assert [(m["before"], m["stage"], m["reason"], m["actor"]) for m in moves] == [
        ("New", "Lost", "Too dear", "api"),
        ("Lost", "Negotiation", None, "api"),
    ]


def test_a_day_will_do_as_due_and_means_that_day_where_the_rep_is(api, deps, workspace):
    """Programs know days more often than hours: midnight of the workspace's zone stands for the whole day."""
    deps.store.workspaces.change(workspace.id, timezone="America/New_York")
    lead = api.lead(next_action={"text": "Call", "due": "2027-03-02"})
    task = api.post("/tasks", {"lead": lead["id"], "text": "Write", "due": "2027-07-01"}).json

    assert lead["next_action"]["due"] == "2027-03-02T05:00:00.000Z"
    assert task["due"] == "2027-07-01T04:00:00.000Z"
    assert api.patch(f"/tasks/{task['id']}", {"due": "2027-07-02"}).json["due"] == "2027-07-02T04:00:00.000Z"
    assert api.post("/tasks", {"lead": lead["id"], "text": "Write", "due": "2027-07-01T10:00:00"}).status_code == 422


def test_the_next_action_is_the_earliest_open_task(api):
    """Setting, finishing and adding tasks keep the lead's next action true."""
    lead = api.lead(next_action={"text": "Call", "due": "2027-03-02T09:00:00Z"})
    earlier = api.post("/tasks", {"lead": lead["id"], "text": "Write", "due": "2027-03-01T09:00:00Z"}).json

    def now():
        return (api.get(f"/leads/{lead['id']}").json["next_action"] or {}).get("text")

    assert now() == "Write"
    assert api.patch(f"/tasks/{earlier['id']}", {"done": True}).json["done_at"]
    assert now() == "Call"
    assert api.patch(f"/leads/{lead['id']}", {"next_action": {"text": "Visit"}}).json["next_action"]["text"] == "Visit"
    assert api.patch(f"/leads/{lead['id']}", {"next_action": None}).json["next_action"] is None
    assert [lead["id"]] == [one["id"] for one in api.get("/leads?no_next_action=true").json["items"]]


def test_a_change_meant_for_an_older_version_is_refused(api):
    """Two reps do not overwrite each other unseen."""
    lead = api.lead()
    api.patch(f"/leads/{lead['id']}", {"job_title": "CTO", "version": lead["version"]})

    assert api.patch(f"/leads/{lead['id']}", {"job_title": "CEO", "version": lead["version"]}).status_code == 409


def test_pages_hold_every_lead_once(api):
    """Cursors walk through any order without loss or repetition, also where the sort key is missing."""
    ids = {api.lead(f"lead{n}@acme.example", f"Lead {n % 3}")["id"] for n in range(11)}

    for sort in ("name", "-name", "created", "-created", "last_seen", "-last_seen", "score", "-score", "next_action", "updated"):
        seen, cursor = [], ""
        while cursor is not None:
            page = api.get(f"/leads?limit=4&sort={sort}{f'&cursor={cursor}' if cursor else ''}").json
            seen += [one["id"] for one in page["items"]]
            cursor = page["next"]
        assert (len(seen), set(seen)) == (11, ids), sort


@pytest.mark.parametrize("text", ["whit", "hitf", "DANA acm", "dana@acme.example", "acme.exam", "Ｄana"])
def test_search_finds_parts_of_names_addresses_companies(api, text):
    """Any part of any word finds the lead, in any case and width."""
    lead = api.lead(company="Acme Tools")
    api.lead("rui@other.example", "Rui Costa")

    assert [lead["id"]] == [one["id"] for one in api.get(f"/leads?search={text}").json["items"]]


@pytest.mark.parametrize("text", ["^(a%2B)%2B$", ".*", "%24where", "[", "\\", "x%00y", "a" * 200])
def test_search_is_text_not_a_pattern(api, text):
    """What looks like a pattern or an operator finds nothing and harms nothing."""
    api.lead()

    answer = api.get(f"/leads?search={text}")

    assert (answer.status_code, answer.json["items"]) == (200, [])


@pytest.mark.parametrize(
    "query",
    ["lead[$gt]=", "sort=$natural", "limit=0", "limit=x", "cursor=abc", "stage=New&stage=Won", "score_min=1e99", "seen_after=2027-01-01"],
)
def test_odd_queries_are_refused(api, query):
    """Unknown names, doubled names and wrong types are 422, never an error of ours."""
    assert api.get(f"/leads?{query}").status_code == 422


def test_import_takes_what_it_can_and_gives_back_the_rest(api):
    """A German spreadsheet with one bad row: one lead more, one line explained, formulas harmless; a second import changes nothing."""
    api.lead("known@acme.example", "Known", company="Acme")
    table = (
        "E-Mail;Vorname;Nachname;Firma;Quelle;Budget\r\n"
        "new@acme.example;Jörg;Müller;=HYPERLINK(1);Messe;10k\r\n"
        "known@acme.example;Known;;;;\r\n"
        "=cmd;Bad;;;;\r\n"
        "NEW@acme.example;Again;;;;\r\n"
    ).encode("latin-1")

    report = api.post("/leads/import", table).json

    assert (report["added"], report["updated"], report["duplicates"]) == (1, 0, 2)
    assert [(e["line"], e["field"]) for e in report["errors"]] == [(4, "email")]
    assert "'=cmd" in report["error_csv"]
    found = api.get("/leads?search=müller").json["items"][0]
    assert (found["name"], found["company"], found["source"], found["fields"]) == (
        "Jörg Müller",
        "=HYPERLINK(1)",
        "Messe",
        {"Budget": "10k"},
    )
    again = api.post("/leads/import", table).json
    assert (again["added"], again["duplicates"], len(again["errors"])) == (0, 3, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   \r\n",
        b"name\r\nDana",
        b"PK\x03\x04rest",
        b"\x00\x01\x02\xff" * 50,
        b"\xff\xfee\x00m",
        b'email,name\r\n"a@b.example' + b"x" * 200_000,
    ],
    ids=["empty", "blank", "no address", "xlsx", "binary", "cut utf-16", "endless cell"],
)
def test_files_that_cannot_be_read_are_explained(api, data):
    """Whatever is uploaded, the answer names the file and what is wrong with it."""
    answer = api.post("/leads/import", data)

    assert answer.status_code == 422 or answer.json["errors"]
