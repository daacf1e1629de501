"""The leads list: found by every choice, kept in the address, safe for hostile names."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.console.conftest import Browser, Office, make_office
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.workspace import workspaces
from tracker.domain.leads.lead import Derived, Lead, NextAction
from tracker.domain.team.rep import Rep
from tracker.rules.scoring.fit import profile_of
from tracker.store.leads.leads import DerivedSave

HOSTILE = '"><svg/onload=alert(1)>{{7*7}}</script>\u202e'


@pytest.fixture
def rita(signed_in: Callable[[Rep], Browser], office: Office) -> Browser:
    """A browser in which the admin is signed in."""
    return signed_in(office.admin)


def add(deps: Deps, office: Office, name: str, derived: dict[str, Any] | None = None, **more: Any) -> Lead:
    """A lead of the office."""
    made = leads.add_lead(deps, office.workspace.id, email=f"{name.split(maxsplit=1)[0].lower()}@acme.example", name=name, **more)
    if derived:
        made = deps.store.of(office.workspace.id).leads.change(made.id, derived=Derived(**derived))
    return made


def test_without_leads_the_list_says_what_to_do(rita: Browser) -> None:
    """The first thing a newcomer sees is the next step."""
    assert "Import a file or add the first." in rita.get("/leads").text


def test_every_choice_narrows_the_list(rita: Browser, deps: Deps, office: Office) -> None:
    """Stage, score, source, owner, last seen, quadrant, no next action and search each find the right lead."""
    now = deps.now()
    add(
        deps,
        office,
        "Dana Whitfield",
        {"score": 62, "quadrant": "call_now", "last_seen_at": now},
        company="Acme",
        source="Referral",
        stage="Qualified",
        owner=office.admin.id,
    )
    add(
        deps,
        office,
        "Marcus Oyelaran",
        {"score": 5, "quadrant": "leave", "last_seen_at": now - timedelta(days=40)},
        next_action=NextAction("Call him"),
    )
    for query in (
        "q=whitf",
        "q=acme",
        "stage=Qualified",
        "score=60",
        "source=Referral",
        "owner=me",
        "seen=7",
        "quadrant=call_now",
        "no_next=yes",
    ):
        page = rita.get(f"/leads?{query}").text
        assert ("Dana Whitfield" in page, "Marcus Oyelaran" in page) == (True, query == "q=acme"), query
    for query in ("owner=none", "seen=-30", "quadrant=leave"):
        page = rita.get(f"/leads?{query}").text
        assert ("Dana Whitfield" in page, "Marcus Oyelaran" in page) == (False, True), query
    assert "No leads match." in rita.get("/leads?q=unknown").text


def test_the_quadrant_is_in_words(rita: Browser, deps: Deps, office: Office) -> None:
    """An open lead shows its quadrant, a closed one *Customer* or *Closed*; a lead nothing is known of is not rated yet."""
    dana = add(deps, office, "Dana Whitfield", {"quadrant": "unrated"})
    for path in ("/leads", f"/leads/{dana.id}"):
        page = rita.get(path).text
        assert "Not rated yet" in page
        assert "Add industry, size, budget or country." in page
    add(deps, office, "Marcus Oyelaran", {"quadrant": "distraction"})
    page = rita.get("/leads?quadrant=distraction").text
    assert 'title="Active, but unlike your customers.">Interested, low fit</span>' in page
    for stage, label in (("Won", "Customer"), ("Lost", "Closed")):
        leads.change_lead(deps, office.workspace.id, dana.id, stage=stage, lost_reason="Price" if stage == "Lost" else None)
        for path in ("/leads?q=dana", f"/leads/{dana.id}"):
            page = rita.get(path).text
            assert f">{label}</span>" in page, path
        assert "Dana Whitfield" not in rita.get("/leads?quadrant=unrated").text


def test_values_that_count_for_fit_are_picked_from_lists(rita: Browser, deps: Deps, office: Office) -> None:
    """In the form of a new lead and on its page; text from before stays, and lists filter by meaning."""
    fields = {"email": "dana@acme.example", "industry": "Logistics", "size": "51–200", "budget": "5,000–20,000", "country": "Portugal"}
    assert '<option value="Logistics"' in rita.get("/leads/new").text
    rita.post("/leads", fields)
    dana = deps.store.of(office.workspace.id).leads.by_email("dana@acme.example")
    assert dana is not None
    assert (dana.fields, dana.country) == ({"industry": "Logistics", "size": "51–200", "budget": "5,000–20,000"}, "Portugal")
    leads.change_lead(deps, office.workspace.id, dana.id, fields={"industry": "Beekeeping", "size": "120"}, country="Deutschland")
    page = rita.get(f"/leads/{dana.id}").text
    assert '<option value="Beekeeping" selected>Beekeeping</option>' in page
    assert '<option value="120" selected>51–200</option>' in page
    assert '<option value="Deutschland" selected>Germany</option>' in page
    lead = deps.store.of(office.workspace.id).leads.get(dana.id)
    derived = msgspec.structs.replace(lead.derived, profile=profile_of(lead, None))
    deps.store.of(office.workspace.id).leads.save_derived(
        [DerivedSave(lead=lead, derived=derived, stage=lead.stage, stage_since=lead.stage_since)]
    )
    for query, is_found in (("size=51–200", True), ("country=Germany&size=51–200", True), ("industry=Logistics", False)):
        assert ("/leads/" + dana.id in rita.get(f"/leads?{query}").text) is is_found, query


def test_fitting_values_are_chosen_in_the_settings(rita: Browser, deps: Deps, office: Office) -> None:
    """Checkboxes, saved as they are listed; no choice names nothing."""
    page = rita.get("/settings/rules").text
    assert 'name="fit-budget" value="1,000–5,000"' in page
    rita.post("/settings/rules", {"fit-budget": ["1,000–5,000", "5,000–20,000"], "fit-location": "Portugal"})
    policy = deps.store.workspaces.get(office.workspace.id).policy
    assert policy.fit == {"budget": ("1,000–5,000", "5,000–20,000"), "location": ("Portugal",)}
    rita.post("/settings/rules", {})
    assert deps.store.workspaces.get(office.workspace.id).policy.fit == {}


def test_choices_stand_in_every_link(rita: Browser, deps: Deps, office: Office) -> None:
    """Sorting keeps the filter, so that a link can be sent to a colleague."""
    add(deps, office, "Dana Whitfield", {"score": 62})
    page = rita.get("/leads?score=20&q=dana").text
    assert "/leads?q=dana&amp;score=20&amp;sort=-score" in page
    assert '<input type="hidden" name="q" value="dana">' in page, "the filter panel keeps the search"


def test_a_long_list_comes_in_pages(rita: Browser, deps: Deps, office: Office) -> None:
    """Sixty leads: fifty, then ten, none twice."""
    one = add(deps, office, "Lead 00")
    store = deps.store.of(office.workspace.id).leads
    for i in range(1, 60):
        store.add(msgspec.structs.replace(one, id=f"{i:032x}", email=f"l{i}@acme.example", name=f"Lead {i:02}"))
    first = rita.get("/leads?sort=name").text
    cursor = first.partition("cursor=")[2].partition('"')[0].replace("&amp;", "&")
    second = rita.get(f"/leads?sort=name&cursor={cursor}").text
    names = [f"Lead {i:02}<" for i in range(60)]
    assert [name in first for name in names] == [i < 50 for i in range(60)]
    assert [name in second for name in names] == [i >= 50 for i in range(60)]


def test_a_lead_is_added_by_hand(rita: Browser, deps: Deps, office: Office) -> None:
    """An address is enough; the next action and its date are kept in the rep's zone."""
    answer = rita.post("/leads", {"email": "dana@acme.example", "name": "Dana Whitfield", "action": "Call", "due": "2027-03-01"})
    assert answer.status_code == 303
    lead = deps.store.of(office.workspace.id).leads.by_email("dana@acme.example")
    assert lead is not None
    assert answer.location == f"/leads/{lead.id}"
    assert lead.next_action is not None
    assert lead.next_action.due is not None
    assert lead.next_action.due.isoformat() == "2027-03-01T00:00:00+00:00"


def test_a_known_address_leads_to_the_lead(rita: Browser, deps: Deps, office: Office) -> None:
    """No lead is added twice; the form keeps its input."""
    known = add(deps, office, "Dana Whitfield")
    answer = rita.post("/leads", {"email": "DANA@acme.example", "name": "D. W.", "company": "Acme Inc"})
    assert answer.status_code == 409
    assert f"/leads/{known.id}" in answer.text
    assert 'value="Acme Inc"' in answer.text


def test_a_wrong_address_is_said_at_its_field(rita: Browser) -> None:
    """The form says which field, and what would do."""
    answer = rita.post("/leads", {"email": "dana", "name": "Dana"})
    assert answer.status_code == 422
    assert "It must be an email address" in answer.text


def test_hostile_names_are_text(rita: Browser, deps: Deps, office: Office) -> None:
    """Whatever a name holds, the page shows it and does nothing else."""
    lead = add(deps, office, f"Eve {HOSTILE[:-1]}", company="</script><img src=x>", job_title=HOSTILE[:-1])
    for path in ("/leads", f"/leads/{lead.id}", f"/leads/{lead.id}/write", f"/leads/{lead.id}/replay", "/leads?q=%3Csvg/onload=x%3E"):
        page = rita.get(path).text
        assert "<svg/onload" not in page, path
        assert "<img src=x" not in page, path
        assert "49</script>" not in page, path


def test_another_workspace_is_not_found(rita: Browser, deps: Deps) -> None:
    """Its leads, messages and visits do not exist here, whatever is asked of them."""
    other = add(deps, make_office(deps, "Southbeam"), "Otto Fremd")
    for path in ("", "/write", "/replay"):
        assert rita.get(f"/leads/{other.id}{path}").status_code == 404
    for path in ("stage", "notes", "owner", "next", "contact", "tasks", "sales", "write", "write/check"):
        assert rita.post(f"/leads/{other.id}/{path}", {"stage": "Won", "text": "x", "subject": "x", "body": "x"}).status_code == 404
    assert deps.store.of(other.workspace).leads.get(other.id) == other


def test_a_rep_who_sees_only_own_leads(signed_in: Callable[[Rep], Browser], deps: Deps, office: Office) -> None:
    """A colleague's lead is not found; a lead without an owner can be assigned."""
    policy = msgspec.structs.replace(office.workspace.policy, reps_see="own")
    workspaces.change_workspace(deps, office.workspace.id, policy=policy)
    theirs = add(deps, office, "Dana Whitfield", owner=office.admin.id)
    free = add(deps, office, "Marcus Oyelaran")
    tom = signed_in(office.rep)
    page = tom.get("/leads").text
    assert ("Dana Whitfield" in page, "Marcus Oyelaran" in page) == (False, True)
    assert tom.get(f"/leads/{theirs.id}").status_code == 404
    assert tom.post(f"/leads/{free.id}/owner", {"take": "yes"}).status_code == 303
    assert deps.store.of(office.workspace.id).leads.get(free.id).owner == office.rep.id
