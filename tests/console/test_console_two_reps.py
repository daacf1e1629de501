"""Two reps with the same form: no change is lost, and who comes second reads what was changed, by whom and to what."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from lxml import html

from tests.console.conftest import Browser, Office
from tracker.actions.deps import Deps
from tracker.actions.leads import companies, leads, lists
from tracker.actions.leads.custom_fields import set_custom_fields
from tracker.actions.pipeline import notes, sales, tasks
from tracker.domain.leads.lead import NextAction
from tracker.domain.workspace.custom_field import CustomField, FieldKind
from tracker.rules.conditions.condition import parsed
from tracker.rules.visibility import Viewer

SignIn = Callable[..., Browser]
FETCH = {"X-Requested-With": "fetch"}


def form_at(page: str, action: str) -> dict[str, list[str]]:
    """What a browser sends for the form with this address."""
    form = next(one for one in html.fromstring(page).forms if one.get("action") == action and len(one.inputs.keys()) > 1)
    found: dict[str, list[str]] = {}
    for name, value in form.form_values():
        if name != "csrf_token":
            found.setdefault(name, []).append(value)
    return found


class World:
    """A lead with a note, a sale and a task; a company and a shared list. `ids` are used in addresses."""

    def __init__(self, deps: Deps, office: Office) -> None:
        here = office.workspace.id
        fields = [CustomField(id="", name="Seats", kind=FieldKind.NUMBER), CustomField(id="", name="Plan")]
        self.workspace = set_custom_fields(deps, here, fields)
        self.lead = leads.add_lead(
            deps,
            here,
            email="dana@acme.example",
            name="Dana",
            fields={"Seats": 40, "Plan": "Basic"},
            next_action=NextAction("Call", datetime(2027, 3, 1, 9, 0, 42, tzinfo=UTC)),
        ).id
        note = notes.add_note(
            deps, here, lead=self.lead, kind="call", text="Asked\nfor an offer", at=datetime(2026, 3, 1, 9, 0, 42, tzinfo=UTC)
        )
        sale = sales.add_sale(deps, here, lead=self.lead, product="Pilot", amount=100, currency="EUR", sold_on=date(2026, 3, 1))
        task = tasks.add_task(deps, here, lead=self.lead, text="Write", due=datetime(2027, 4, 1, 9, 0, 42, tzinfo=UTC))
        company = companies.add_company(deps, here, name="Acme")
        viewer = Viewer(self.workspace, office.admin)
        made = lists.add_list(deps, viewer, name="North", condition=parsed({"field": "tags", "is": "north"}), is_shared=True)
        source = deps.store.of(here).sources.all()[0]
        field = self.workspace.custom_fields[1]
        self.ids = {"lead": self.lead, "note": note.id, "sale": sale.id, "task": task.id, "company": company.id, "list": made.id}
        self.ids |= {"source": source.id, "field": field.id}


CASES: list[tuple[str, str, str, dict[str, Any], dict[str, Any], dict[str, Any], str]] = [
    ("contact", "/leads/{lead}", "/leads/{lead}/contact", {"phone": "1"}, {"phone": "2"}, {"job_title": "CTO"}, "Phone was changed to “1”"),
    ("tags", "/leads/{lead}", "/leads/{lead}/contact", {"tags": "a, b"}, {"tags": "c"}, {"phone": "9"}, "Tags was changed to “a, b”"),
    ("value", "/leads/{lead}", "/leads/{lead}/contact", {"amount": "5"}, {"amount": "6"}, {"phone": "8"}, "Value was changed to “5.00 EUR”"),
    ("need", "/leads/{lead}", "/leads/{lead}/qualification", {"need": "A\r\nB"}, {"need": "C"}, {"timeline": "Now"}, "Need was changed to “A\nB”"),
    ("fields", "/leads/{lead}", "/leads/{lead}/fields", {"value": ["50", "Basic"]}, {"value": ["60", "Basic"]}, {"value": ["40", "Pro"]}, "Seats was changed to “50”"),
    ("source", "/leads/{lead}", "/leads/{lead}/source", {"source_detail": "x"}, {"source_detail": "y"}, {"source": "Referral"}, "Source detail was changed to “x”"),
    ("next", "/leads/{lead}", "/leads/{lead}/next", {"text": "Meet"}, {"text": "Ask"}, {}, "Next action was changed to “Meet”"),
    ("note", "/leads/{lead}/notes/{note}", "", {"text": "No"}, {"text": "Yes"}, {"result": "no_answer"}, "Text was changed to “No”"),
    ("sale", "/leads/{lead}/sales/{sale}", "", {"amount": "2"}, {"amount": "3"}, {"product": "Other"}, "Amount was changed to “2.00 EUR”"),
    ("task", "/leads/{lead}/tasks/{task}", "", {"text": "Ring"}, {"text": "Visit"}, {"remind": "15"}, "Text was changed to “Ring”"),
    ("company", "/companies/{company}", "", {"note": "A"}, {"note": "B"}, {"domain": "acme.example"}, "Note was changed to “A”"),
    ("list", "/leads?list={list}", "/leads/lists/{list}", {"name": "South"}, {"name": "West"}, {}, "Name was changed to “South”"),
    ("reasons", "/settings/reasons", "", {"lost": "A"}, {"lost": "B"}, {"won": "C"}, "List of reasons for Lost was changed to “A”"),
    ("products", "/settings/products", "", {"products": "A"}, {"products": "B"}, {}, "List of products was changed to “A”"),
    ("categories", "/settings/categories", "", {"categories": "A"}, {"categories": "B"}, {}, "List of categories was changed to “A”"),
    ("custom field", "/settings/fields", "/settings/fields/{field}", {"name": "Tariff"}, {"name": "Rate"}, {"in_list": "yes"}, "Name was changed to “Tariff”"),
    ("managed source", "/settings/sources", "/settings/sources/{source}", {"meaning": "A"}, {"meaning": "B"}, {"group": "G"}, "Meaning was changed to “A”"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "action", "first", "second", "other", "told"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_no_form_overwrites_what_someone_else_changed(
    signed_in: SignIn, office: Office, deps: Deps, page: str, action: str, first: Any, second: Any, other: Any, told: str
) -> None:
    """The second change of the same field is refused with the field, the value and the rep, and saved when it is sent again knowingly.

    A change of another field keeps both; without scripts, a page holds what was typed.
    """
    world = World(deps, office)
    page, action = page.format(**world.ids), (action or page).format(**world.ids)
    mara, tom = signed_in(office.admin), signed_in(office.admin)
    shown = form_at(tom.get(page).text, action)
    assert tom.post(action, shown, headers=FETCH).status_code < 400  # as it is: nothing changes
    assert mara.post(action, shown | first, headers=FETCH).status_code < 400

    refused = tom.post(action, shown | second, headers=FETCH)

    assert refused.status_code == 409, refused.text
    assert refused.json["detail"].startswith(f"{told}"), refused.json
    assert f"by {office.admin.name}, just now" in refused.json["detail"]
    assert refused.json["detail"].endswith("Your change was not saved")
    now = form_at(mara.get(page).text, action)
    assert {name: now[name] for name in first} == {name: [one] if isinstance(one, str) else one for name, one in _stored(first).items()}

    kept = tom.post(action, shown | second)
    assert kept.status_code == 409
    typed = form_at(kept.text, action)
    assert {name: typed[name] for name in second} == {name: [one] if isinstance(one, str) else one for name, one in second.items()}
    if other:
        assert tom.post(action, shown | other, headers=FETCH).status_code < 400
        both = form_at(mara.get(page).text, action)
        fields = {name: value for name, value in (_stored(first) | other).items() if name != "value"}
        assert {name: both[name][0] for name in fields} == fields
    assert tom.post(action, shown | second | refused.json["seen"], headers=FETCH).status_code < 400
    again = form_at(mara.get(page).text, action)
    assert {name: again[name][0] for name in second} == {
        name: one if isinstance(one, str) else one[0] for name, one in _stored(second).items()
    }


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    """As the form shows them when they are saved."""
    shown = {"amount": "{}.00", "need": "{}"}
    return {name: shown[name].format(one).replace("\r\n", "\n") if name in shown else one for name, one in values.items()}


def test_stages_and_touches_say_what_changed(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Forms with rows are refused as a whole, and name the first difference."""
    mara, tom = signed_in(office.admin), signed_in(office.admin)
    shown = form_at(tom.get("/settings/stages").text, "/settings/stages")
    days = ["5", *shown["usual_days"][1:]]
    mara.post("/settings/stages", shown | {"usual_days": days})
    refused = tom.post("/settings/stages", shown | {"name": ["First", *shown["name"][1:]]}, headers=FETCH)
    assert refused.status_code == 409
    assert refused.json["detail"] == "Usual days was changed to “5” for “New” by Mara Oliveira, just now. Your change was not saved"
    assert deps.store.workspaces.get(office.workspace.id).stages[0].usual_days == 5

    shown = form_at(tom.get("/settings/touches").text, "/settings/touches")
    mara.post("/settings/touches", shown | {"name": ["Fair", *shown["name"][1:]]})
    assert tom.post("/settings/touches", shown | {"name": ["Talk", *shown["name"][1:]]}, headers=FETCH).status_code == 409
    assert deps.store.workspaces.get(office.workspace.id).touch_types[0].name == "Fair"
