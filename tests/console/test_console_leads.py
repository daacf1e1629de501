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
    assert "No leads match." in rita.get("/leads?q=nobody").text


def test_a_lead_without_fit_values_is_not_rated_yet(rita: Browser, deps: Deps, office: Office) -> None:
    """The quadrant is shown once industry, size, budget or country is known; the API value stays."""
    dana = add(deps, office, "Dana Whitfield", {"quadrant": "distraction"})
    for path in ("/leads", f"/leads/{dana.id}"):
        page = rita.get(path).text
        assert "Not rated yet" in page
        assert "Add industry, size, budget or country." in page
    leads.change_lead(deps, office.workspace.id, dana.id, country="Portugal")
    page = rita.get("/leads").text
    assert ("Not rated yet" in page, 'title="Active, but unlike your customers.">Interested, low fit</span>' in page) == (False, True)


def test_choices_stand_in_every_link(rita: Browser, deps: Deps, office: Office) -> None:
    """Sorting keeps the filter, so that a link can be sent to a colleague."""
    add(deps, office, "Dana Whitfield", {"score": 62})
    page = rita.get("/leads?score=20&q=dana").text
    assert "/leads?q=dana&amp;score=20&amp;sort=-score" in page
    assert "quadrant=nurture" in page


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
