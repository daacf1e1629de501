"""The command palette: what it offers to whom, what its search finds, and what was opened last."""

from collections.abc import Callable

import pytest

from tests.console.conftest import Browser, Office
from tracker.actions.deps import Deps
from tracker.actions.leads import archive, leads, lists
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep
from tracker.rules.conditions.condition import ConditionTerm
from tracker.rules.conditions.fields import Comparison
from tracker.rules.visibility import Viewer


@pytest.fixture
def people(deps: Deps, office: Office) -> list[Lead]:
    """Twelve leads of Acme, each with a number, and one with a name that is markup."""
    made = [
        leads.add_lead(deps, office.workspace.id, email=f"n{n}@acme.example", name=f"Number {n}", company="Acme Foods") for n in range(12)
    ]
    odd = leads.add_lead(deps, office.workspace.id, email="odd@x.example", name="<b>Ødd & Co</b>", phone="+351 555 123")
    return [*made, odd]


def test_search_finds_leads_companies_and_lists(
    deps: Deps, office: Office, signed_in: Callable[[Rep], Browser], people: list[Lead]
) -> None:
    """Eight of each; by any part of name, company, address or phone; archived leads are left out; names are text, not markup."""
    rita = signed_in(office.admin)
    condition = ConditionTerm("stage", Comparison.IS, "New")
    viewer = Viewer(office.workspace, office.admin)
    for name in ("Acme first", "Other"):
        lists.add_list(deps, viewer, name=name, condition=condition)
    found = rita.get("/palette/search?q=acme").json
    assert [len(found[kind]) for kind in ("leads", "companies", "lists")] == [8, 1, 1]
    assert (found["companies"][0]["label"], found["lists"][0]["label"]) == ("Acme Foods", "Acme first")
    assert found["leads"][0]["detail"] == "Acme Foods · New"
    odd = {"label": "<b>Ødd & Co</b>", "detail": "odd@x.example · New", "href": f"/leads/{people[-1].id}", "id": people[-1].id}
    for words in ("ødd", "555", "ODD@x.example", "  ødd   co ", "co"):
        assert rita.get("/palette/search", query_string={"q": words}).json["leads"] == [odd], words
    for words in (".*", "$where", "x" * 5000):
        assert rita.get("/palette/search", query_string={"q": words}).json["leads"] == []
    archive.archive_lead(deps, office.workspace.id, people[-1].id)
    assert rita.get("/palette/search?q=ødd").json["leads"] == []
    assert [one["label"] for one in rita.get("/palette/search?q=going").json["lists"]] == ["Going cold"]


def test_pages_and_commands_are_those_that_the_rep_may_use(office: Office, signed_in: Callable[[Rep], Browser]) -> None:
    """Each address answers, and the settings of admins are offered to admins alone."""
    for rep in (office.admin, office.rep):
        browser = signed_in(rep)
        entries = browser.get("/palette").json["entries"]
        addresses = {entry["href"] for entry in entries if entry["href"]}
        assert ("/settings/team" in addresses) is (rep is office.admin)
        wrong = {address: browser.get(address).status_code for address in addresses}
        assert {address: status for address, status in wrong.items() if status not in (200, 302, 303, 308)} == {}
        assert {entry["label"] for entry in entries} >= {"Today", "Add lead", "Log call", "Sign out", "Settings: Profile"}


def test_what_was_opened_last_keeps_its_order_and_drops_the_rest(
    office: Office, signed_in: Callable[[Rep], Browser], people: list[Lead]
) -> None:
    """Unknown kinds, ids that are none, lists and leads that are gone."""
    rita = signed_in(office.admin)
    named = f"list:hot,lead:{people[1].id},company:{people[1].company_id},lead:{people[0].id},lead:{'f' * 32},list:nope,page:x,:,lead"
    labels = [one["label"] for one in rita.get(f"/palette?recent={named}").json["recent"]]
    assert labels == ["Hot", "Number 1", "Acme Foods", "Number 0"]
    assert rita.get("/palette?recent=" + "lead:x," * 400).json["recent"] == []


def test_single_keys_are_switched_off_in_the_profile(deps: Deps, office: Office, signed_in: Callable[[Rep], Browser]) -> None:
    """The pages say so to their scripts; a form without the field changes nothing."""
    tom = signed_in(office.rep)
    form = {"name": "Tom Birch", "email": office.rep.email, "timezone": "Europe/Lisbon"}
    assert 'data-keys="off"' not in tom.get("/settings/me").text
    for given, is_off in (({"shortcuts": "off"}, True), ({}, True), ({"shortcuts": "on"}, False)):
        tom.post("/settings/me", form | given)
        assert ('data-keys="off"' in tom.get("/leads").text) is is_off
