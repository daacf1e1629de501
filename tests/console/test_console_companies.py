"""Companies: the list, the page of one, whose leads count, and who changes or deletes one."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tracker.actions.leads import archive, companies, leads
from tracker.actions.pipeline import notes, sales
from tracker.actions.workspace import workspaces
from tracker.domain.activity.presence import Presence
from tracker.domain.activity.visit import Visit, VisitPage
from tracker.domain.leads.lead import LeadValue, NextAction
from tracker.domain.workspace.workspace import Policy

SCRIPT = {"headers": {"Origin": "http://localhost", "X-Requested-With": "fetch"}}
NOON = datetime(2027, 3, 10, 12, tzinfo=UTC)
LONG = "W" * 40 + " <b>&"


@pytest.fixture
def deps(deps):
    """With the clock at a fixed time."""
    return replace(deps, now=lambda: NOON)


@pytest.fixture
def store(deps, office):
    """The repositories of the workspace."""
    return deps.store.of(office.workspace.id)


@pytest.fixture
def acme(deps, office, store):
    """A company with people of the rep, of the admin and without an owner, one archived; another company of the admin."""

    def add(name, company, owner, **more):
        address = f"{name.split()[0].lower()}@lead.example"
        return leads.add_lead(deps, office.workspace.id, email=address, name=name, company=company, owner=owner, **more)

    mine = add("Dana Whitfield", "Acme Foods", office.rep.id, value=LeadValue(1_240_000, "EUR"), source="Fair", job_title="Buyer")
    theirs = add("Omar Reed", "ACME foods", office.admin.id, value=LeadValue(30_000, "USD"), next_action=NextAction("Ask about the trial"))
    add("Lea Kundin", "Acme Foods", None, value=LeadValue(1, "EUR"), stage="Lost", lost_reason="Price")
    archive.archive_lead(deps, office.workspace.id, add("Gone Girl", "Acme Foods", None).id)
    add("Ivo Reis", LONG, office.admin.id)
    for lead, amount in ((mine, 500_000), (theirs, 700_000)):
        sales.add_sale(
            deps, office.workspace.id, lead=lead.id, product="Licence", amount=amount, currency="EUR", sold_on=date(2027, 3, 1), rep=None
        )
        notes.add_note(deps, office.workspace.id, lead=lead.id, kind="call", text=f"Spoke with {lead.name}", rep=office.rep.id)
        page = VisitPage(event="ab" * 16, page=None, url="https://us.example/pricing", title="Pricing", at=NOON, active_ms=9000)
        visit = Visit(
            id=lead.id, workspace=lead.workspace, visitor="v" + lead.id, lead=lead.id, started_at=NOON, ended_at=NOON, pages=(page,)
        )
        store.visits.replace([], [visit])
    found = store.companies.get(mine.company_id)
    return companies.change_company(deps, office.workspace.id, found.id, note="Buys in spring\n<script>", domain="acme.example")


def narrow(deps, office):
    """Reps see their own leads and those without an owner."""
    workspaces.change_workspace(deps, office.workspace.id, policy=Policy(reps_see="own"))


def test_a_list_and_a_page_show_what_a_company_adds_up_to(signed_in, office, deps, acme, store):
    """People, readers, value, sales, sources, next actions and notes; archived leads count nowhere; names are text, not HTML."""
    lead = store.leads.by_email("dana@lead.example")
    deps.bus.set_presence(office.workspace.id, {"v": presence_of(lead)})
    browser = signed_in(office.admin)

    listed = browser.get("/companies").text
    page = browser.get(f"/companies/{acme.id}").text

    row = listed.split(f'data-key="{acme.id}"')[1].split("</tr>")[0]
    for text in (">3<", "1 on site", "€12,400 + $300", "€12,000", "Mara Oliveira"):
        assert text in row, text
    assert "W" * 40 + " &lt;b&gt;&amp;" in listed
    assert "<b>&" not in listed
    people = page.split('aria-label="People"')[1].split("</section>")[0]
    assert people.index("Dana Whitfield")
    assert "is-here" in people
    assert "On Pricing now" in people
    assert "Gone Girl" not in page
    for text in (
        "Buys in spring\n&lt;script&gt;",
        "acme.example",
        "Spoke with Omar Reed",
        "Together <b>€12,000",
        "Ask about the trial",
        "Fair",
    ):
        assert text in page, text
    assert page.count("Pricing <span") == 2
    assert browser.get("/companies?q=acme.ex").text.count("data-row-link") == 1
    assert "No companies match." in browser.get("/companies?q=nowhere").text
    names = [text.split("<")[0] for text in browser.get("/companies?sort=-name").text.split("data-row-link>")[1:]]
    assert names == ["W" * 40 + " &lt;b&gt;&amp;", "Acme Foods"]
    assert f'href="/companies/{acme.id}"' in browser.get(f"/leads/{lead.id}").text


def presence_of(lead):
    """On the page of prices."""
    now = int(NOON.timestamp() * 1000)
    return Presence(visitor="v", lead=lead.id, url="https://us.example/pricing", title="Pricing", state="active", since=now, last=now)


def test_a_rep_sees_a_company_through_visible_leads(signed_in, office, deps, acme, store):
    """Counts, sums, visits, notes and sales of those alone; nothing is changed or deleted for colleagues."""
    narrow(deps, office)
    theirs = store.companies.by_name(LONG)
    browser = signed_in(office.rep)

    listed, page = browser.get("/companies").text, browser.get(f"/companies/{acme.id}").text

    assert listed.count("data-row-link") == 1
    row = listed.split(f'data-key="{acme.id}"')[1].split("</tr>")[0]
    assert ">2<" in row
    assert "€12,400<" in row
    assert "€5,000" in row
    assert "Mara" not in row
    assert "Omar" not in page
    assert "Ask about" not in page
    assert "Together <b>€5,000" in page
    assert page.count("Pricing <span") == 1
    assert browser.get(f"/companies/{theirs.id}").status_code == 404
    assert browser.post(f"/companies/{theirs.id}", {"note": "x"}).status_code == 404
    assert browser.post(f"/companies/{theirs.id}/remove").status_code == 404
    assert browser.post(f"/companies/{acme.id}", {"note": "x"}).status_code == 403
    assert browser.post(f"/companies/{acme.id}/remove").status_code == 403
    assert store.companies.get(acme.id).note == acme.note


def test_fields_are_edited_in_place(signed_in, office, deps, acme, store):
    """A new name reaches the leads; a taken one is refused, and its company named only to those who see it."""
    browser = signed_in(office.admin)
    assert browser.post(f"/companies/{acme.id}", {"name": "Acme Food Group", "note": ""}, **SCRIPT).json["text"] == "Saved."
    saved = store.companies.get(acme.id)
    assert (saved.name, saved.note, saved.domain) == ("Acme Food Group", None, "acme.example")
    assert store.leads.by_email("omar@lead.example").company == "Acme Food Group"
    refused = browser.post(f"/companies/{acme.id}", {"name": LONG}, **SCRIPT)
    assert refused.status_code == 409
    assert "another company has this name" in refused.text.lower()
    assert browser.post(f"/companies/{acme.id}", {"name": " "}, **SCRIPT).status_code == 422


def test_a_deleted_company_leaves_its_name(signed_in, office, acme, store, deps):
    """Its leads keep the text, archived ones too; the name given again makes a new company."""
    browser = signed_in(office.admin)
    assert "3 leads lose this company" in browser.get(f"/companies/{acme.id}").text
    assert browser.post(f"/companies/{acme.id}/remove").status_code == 303
    lead = store.leads.by_email("omar@lead.example")
    assert (lead.company.casefold(), lead.company_id, store.companies.find(acme.id)) == ("acme foods", None, None)
    assert store.leads.by_email("gone@lead.example").company_id is None
    assert browser.get(f"/companies/{acme.id}").status_code == 404
    assert browser.get(f"/leads/{lead.id}").status_code == 200
    again = leads.change_lead(deps, office.workspace.id, lead.id, company="Acme Foods")
    assert again.company_id not in (None, acme.id)


def test_an_empty_list_says_how_companies_appear(signed_in, office):
    """Nothing to search yet."""
    page = signed_in(office.rep).get("/companies").text
    assert "Companies appear when you add leads." in page
    assert 'aria-current="page">Companies' in page
