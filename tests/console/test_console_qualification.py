"""Qualification on the page of a lead: edited, undone, kept from other reps; and whom a lead or company referred."""

import pytest

from tracker.actions.changes import undo
from tracker.actions.changes.values import seen_text
from tracker.actions.leads import leads
from tracker.actions.workspace import workspaces
from tracker.domain.leads.qualification import Referrer
from tracker.domain.workspace.workspace import Policy

SCRIPT = {"headers": {"Origin": "http://localhost", "X-Requested-With": "fetch"}}
NONE = {"was-buying_role": "null", "was-need": "null", "was-categories": "[]"}


@pytest.fixture
def add(deps, office):
    """Adds a lead."""

    def make(name, owner=None, **more):
        address = f"{name.split()[0].lower()}@acme.example"
        return leads.add_lead(deps, office.workspace.id, email=address, name=name, owner=(owner or office.rep).id, **more)

    return make


@pytest.fixture
def stored(deps, office):
    """The lead as it is stored now."""
    return lambda lead: deps.store.of(office.workspace.id).leads.get(lead.id)


def test_a_lead_is_qualified_in_place(signed_in, office, deps, add, stored):
    """All fields in one form; another rep's change of a field meanwhile is not lost; the change is undone as a whole."""
    lead, browser = add("Dana Whitfield"), signed_in(office.rep)
    form = {
        "buying_role": "champion",
        "need": "<b>Speed</b>",
        "timeline": "Q3",
        "own-budget": "5,000–20,000",
        "category": ["", "Past client"],
    }

    answer = browser.post(f"/leads/{lead.id}/qualification", {**NONE, **form, "referred_by": "The fair"}, **SCRIPT)

    assert answer.json["text"] == "Saved."
    now = stored(lead)
    assert (now.buying_role, now.need, now.timeline, now.categories) == ("champion", "<b>Speed</b>", "Q3", ("Past client",))
    assert (now.fields["budget"], now.referred_by) == ("5,000–20,000", Referrer(text="The fair"))
    page = browser.get(f"/leads/{lead.id}").text.split('id="qualification"')[1].split("</section>")[0]
    for text in ("Champion", "&lt;b&gt;Speed", "Q3", "The fair", 'value="Past client" checked', ">Past client</span>"):
        assert text in page, text
    late = browser.post(f"/leads/{lead.id}/qualification", {**NONE, "buying_role": "user", "need": ""}, **SCRIPT)
    assert (late.status_code, "Buying role was changed" in late.json["detail"]) == (409, True)
    undo.undo(deps, office.workspace.id, answer.json["change"], actor=office.rep.id, may_see=lambda _: True)
    now = stored(lead)
    assert (now.buying_role, now.need, now.categories, now.referred_by, "budget" in now.fields) == (None, None, (), None, False)
    wrong = browser.post(f"/leads/{lead.id}/qualification", {"category": "Nonsense"}, **SCRIPT)
    assert (wrong.status_code, "is not a category" in wrong.json["detail"]) == (422, True)


def test_dates_are_added_changed_and_removed(signed_in, office, add, stored):
    """One at a time, in the order of their days; a list that another rep changed is not overwritten; all can be undone."""
    lead, browser = add("Dana Whitfield"), signed_in(office.rep)
    path, form = f"/leads/{lead.id}/dated-facts", {"text": "<b>Contract</b> ends", "day": "2027-09-30", "remind": "30"}

    browser.post(path, form, **SCRIPT)
    made = browser.post(path, {"text": "Budget", "day": "2027-03-01", "remind": ""}, **SCRIPT)

    assert made.json["change"]
    assert [(fact.text, fact.remind_days) for fact in stored(lead).dated_facts] == [("Budget", None), ("<b>Contract</b> ends", 30)]
    page = browser.get(f"/leads/{lead.id}").text
    assert "&lt;b&gt;Contract" in page
    assert "30 Sep 2027" in page
    seen = {"was-dated_facts": seen_text(stored(lead), "dated_facts")}
    browser.post(path, form | seen | {"fact": "1", "text": "Contract renewed", "day": "2028-09-30"}, **SCRIPT)
    assert [fact.text for fact in stored(lead).dated_facts] == ["Budget", "Contract renewed"]
    late = browser.post(path, seen | {"fact": "0", "remove": "yes"}, **SCRIPT)
    assert (late.status_code, "changed meanwhile" in late.json["detail"]) == (409, True)
    seen = {"was-dated_facts": seen_text(stored(lead), "dated_facts")}
    browser.post(path, seen | {"fact": "0", "remove": "yes"}, **SCRIPT)
    assert [fact.text for fact in stored(lead).dated_facts] == ["Contract renewed"]
    assert browser.post(path, form | {"day": "soon"}, **SCRIPT).status_code == 422


def test_the_referrer_says_whom_it_referred(signed_in, office, add, stored):
    """By an address or a company's name; the pages count the leads, and link to the list of them."""
    ref, browser = add("Rita Referrer", company="Acme"), signed_in(office.rep)
    referred = [add(f"Lead{n} Doe") for n in range(3)]
    for lead, typed in zip(referred, ("RITA@acme.example", "rita@acme.example", "ACME"), strict=True):
        browser.post(f"/leads/{lead.id}/qualification", {"referred_by": typed}, **SCRIPT)
    browser.post(f"/leads/{referred[0].id}/stage", {"stage": "Won"}, **SCRIPT)

    page, company = browser.get(f"/leads/{ref.id}").text, browser.get(f"/companies/{ref.company_id}").text

    assert [stored(lead).referred_by for lead in referred] == [Referrer(lead=ref.id)] * 2 + [Referrer(company=ref.company_id)]
    assert "Referred 2 leads, 1 won" in page
    assert "Referred 1 lead, 0 won" in company
    link = page.split('">Referred 2')[0].rsplit('href="', 1)[1]
    shown = browser.get(link).text
    assert shown.count("data-row-link>Lead") == 2
    assert "Referred by is Rita Referrer" in shown
    mine = browser.get(f"/leads/{referred[2].id}").text
    assert f'<a href="/companies/{ref.company_id}">Acme</a>' in mine
    browser.post(f"/leads/{referred[0].id}/qualification", {"referred_by": "rita@acme.example", "need": "x"}, **SCRIPT)
    assert stored(referred[0]).referred_by == Referrer(lead=ref.id)


def test_a_referrer_of_a_colleague_stays_hidden(signed_in, office, deps, add, stored):
    """Its name is not shown, saving keeps it, and its address is text like any other."""
    workspaces.change_workspace(deps, office.workspace.id, policy=Policy(reps_see="own"))
    hidden = add("Hilda Hidden", office.admin, company="Secret Works")
    mine, other = add("Dana Whitfield", referred_by=Referrer(lead=hidden.id)), add("Omar Reed")
    browser = signed_in(office.rep)

    page = browser.get(f"/leads/{mine.id}").text
    browser.post(f"/leads/{mine.id}/qualification", {"referred_by": f"lead:{hidden.id}"}, **SCRIPT)
    browser.post(f"/leads/{other.id}/qualification", {"referred_by": "hilda@acme.example"}, **SCRIPT)

    assert "Hilda" not in page
    assert "hilda@" not in page
    assert stored(mine).referred_by == Referrer(lead=hidden.id)
    assert stored(other).referred_by == Referrer(text="hilda@acme.example")
    assert "Hilda" not in browser.get(f"/leads?c=referred_by~is~lead:{hidden.id}").text
