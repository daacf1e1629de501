"""Settings, Pipeline, Fields; and the fields on a lead's page."""

import re
from collections.abc import Callable

from tests.console.conftest import Browser, Office
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.leads.custom_fields import set_custom_fields
from tracker.domain.workspace.custom_field import CustomField, FieldKind

SignIn = Callable[..., Browser]


def names(deps: Deps, office: Office) -> list[str]:
    return [field.name for field in deps.store.workspaces.get(office.workspace.id).custom_fields]


def define(deps: Deps, office: Office, *fields: CustomField) -> tuple[CustomField, ...]:
    return set_custom_fields(deps, office.workspace.id, fields).custom_fields


def test_a_field_is_added_changed_moved_and_deleted(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Deleting asks first, with the number of leads that lose a value."""
    browser = signed_in(office.admin)
    lead = leads.add_lead(deps, office.workspace.id, email="l@x.example", name="Lena", fields={"Seats": "12"})
    assert "/settings/fields?name=Seats" in browser.get("/settings/fields").text
    browser.post("/settings/fields", {"name": "Region", "type": "choice", "choices": "North\nSouth"})
    browser.post("/settings/fields", {"name": "Seats", "type": "number", "required_from": "Won", "in_list": "yes"})
    region, seats = deps.store.workspaces.get(office.workspace.id).custom_fields
    assert (region.choices, seats.required_from, seats.in_list) == (("North", "South"), "Won", True)
    assert deps.store.of(office.workspace.id).leads.get(lead.id).fields == {"Seats": 12.0}

    browser.post(f"/settings/fields/{seats.id}", {"move": "up", "name": "x", "type": "text"})
    assert names(deps, office) == ["Seats", "Region"]
    browser.post(f"/settings/fields/{seats.id}", {"name": "Users", "type": "number"})
    assert names(deps, office) == ["Users", "Region"]

    assert "1 lead loses its value" in browser.get(f"/settings/fields/{seats.id}/delete").text
    browser.post(f"/settings/fields/{seats.id}/delete")
    assert names(deps, office) == ["Region"]
    assert deps.store.of(office.workspace.id).leads.get(lead.id).fields == {}
    assert browser.get("/settings/fields/unknown/delete").status_code == 404


def test_a_lead_shows_and_edits_fields_by_type(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """A value that does not fit stays until someone changes it; an empty one is removed."""
    old = leads.add_lead(deps, office.workspace.id, email="l@x.example", name="Lena", fields={"Deal": "a lot", "Note": "<b>", "size": "12"})
    define(
        deps,
        office,
        CustomField(id="", name="Deal", kind=FieldKind.MONEY),
        CustomField(id="", name="Pilot", kind=FieldKind.YES_NO),
        CustomField(id="", name="Renewal", kind=FieldKind.DATE),
    )
    browser = signed_in(office.rep)
    form = {"field": ["Deal", "Pilot", "Renewal", "Note"], "value": ["a lot", "true", "2027-03-01", ""]}
    browser.get(f"/leads/{old.id}")
    browser.post(f"/leads/{old.id}/fields", form)
    kept = {"Deal": "a lot", "Pilot": "true", "Renewal": "2027-03-01", "size": "12"}
    assert deps.store.of(office.workspace.id).leads.get(old.id).fields == kept

    browser.post(f"/leads/{old.id}/fields", form | {"value": ["12400.5", "true", "soon", ""]})
    assert "Renewal must be a date" in browser.get(f"/leads/{old.id}").text
    browser.post(f"/leads/{old.id}/fields", form | {"value": ["12400.5", "true", "2027-03-01", "<i>"]})
    page = browser.get(f"/leads/{old.id}").text
    shown = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^\n]*?)</dd>", page))
    assert (shown["Deal"], shown["Pilot"], shown["Renewal"], shown["Note"]) == ("12,400.50 EUR", "Yes", "1 Mar 2027", "&lt;i&gt;")


def test_the_list_shows_and_filters_fields(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Those that are marked for it."""
    region = CustomField(id="", name="Region", kind=FieldKind.CHOICE, choices=("North", "South"), in_list=True, filterable=True)
    field, _ = define(deps, office, region, CustomField(id="", name="Secret plan"))
    leads.add_lead(deps, office.workspace.id, email="n@x.example", name="Nora", fields={"Region": "north", "Secret plan": "x"})
    leads.add_lead(deps, office.workspace.id, email="s@x.example", name="Sami", fields={"Region": "South"})
    browser = signed_in(office.rep)
    page = browser.get("/leads").text
    assert (">Region</th>" in page, ">Secret plan</th>" in page, "Region: South" in page) == (True, False, True)
    narrowed = browser.get(f"/leads?field={field.id}:South").text
    assert ("Sami" in narrowed, "Nora" in narrowed) == (True, False)


def test_a_lost_lead_has_a_reason_of_the_list_or_another(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Without one it is not lost. A won one may have one."""
    lead = leads.add_lead(deps, office.workspace.id, email="l@x.example", name="Lena")
    signed_in(office.admin).post("/settings/reasons", {"lost": "Price, or terms\nTiming", "won": "Service"})
    browser = signed_in(office.rep)
    assert ">Price, or terms</option>" in browser.get(f"/leads/{lead.id}").text
    here = deps.store.of(office.workspace.id)
    for form, reason in (
        ({"stage": "Lost", "lost": "", "reason": ""}, None),
        ({"stage": "Lost", "lost": "Price, or terms", "reason": "typed before", "won": "Service"}, "Price, or terms"),
        ({"stage": "Won", "won": "Service", "lost": "Timing"}, None),
        ({"stage": "Lost", "lost": "other", "reason": "Moved away"}, "Moved away"),
    ):
        browser.post(f"/leads/{lead.id}/stage", form)
        assert here.leads.get(lead.id).lost_reason == reason
    assert [move.reason for move in here.moves.of_lead(lead.id)] == ["Price, or terms", "Service", "Moved away"]
