"""Touches, notes, sales and tasks on the lead page: recorded, edited, deleted, undone; required fields and reasons in move forms."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.console.conftest import Browser
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.imports.csv_import import import_csv, report_of
from tracker.actions.leads.custom_fields import set_custom_fields
from tracker.actions.links.share_links import create_share_link
from tracker.actions.privacy.consents import set_consent
from tracker.domain.leads.lead import Lead, LeadValue
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.custom_field import CustomField, FieldKind

FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace with a site and a rep."""
    return make_scene(deps)


@pytest.fixture
def dana(scene: Scene) -> Lead:
    """A lead of the rep."""
    return scene.lead()


@pytest.fixture
def rita(signed_in: Callable[[Rep], Browser], scene: Scene) -> Browser:
    """The rep's browser."""
    return signed_in(scene.rep)


def test_touches_and_notes_are_recorded_edited_and_undone(rita: Browser, scene: Scene, dana: Lead) -> None:
    """A touch by one click; a call with its result; what a note said before stays, and an undone deletion brings it back."""
    touched = rita.post(f"/leads/{dana.id}/touches", {"type": "Webinar"}, headers=FETCH).get_json()
    assert touched["text"] == "Webinar recorded."
    assert rita.post(f"/leads/{dana.id}/touches", {"type": "x"}, headers=FETCH).status_code == 422
    called = {"kind": "call", "text": "Asked for <b>", "result": "no_answer", "direction": "out"}
    assert rita.post(f"/leads/{dana.id}/notes", called, headers=FETCH).get_json()["after"] == "no_answer"
    page = rita.get(f"/leads/{dana.id}").text
    assert "Webinar, recorded by you" in page
    assert "You called, no answer" in page

    note = next(one for one in scene.store.notes.of_lead(dana.id) if one.kind == "call")
    path = f"/leads/{dana.id}/notes/{note.id}"
    assert "Asked for &lt;b&gt;" in rita.get(path).text
    rita.post(path, {"kind": "call", "text": "Wants an offer", "result": "reached", "direction": "in"})
    page = rita.get(f"/leads/{dana.id}").text
    assert "Called you" in page
    assert "Edited by you" in page
    assert "Asked for &lt;b&gt;" in page
    change = rita.post(path, {"delete": "yes"}, headers=FETCH).get_json()["change"]
    assert "Wants an offer" not in rita.get(f"/leads/{dana.id}").text
    assert rita.post(path, {"text": "x"}).status_code == 404
    rita.post(f"/changes/{change}/undo")
    page = rita.get(f"/leads/{dana.id}").text
    assert "Wants an offer" in page
    assert "Edited by you" in page
    other = scene.lead(email="other@acme.example")
    assert rita.get(f"/leads/{other.id}/notes/{note.id}").status_code == 404


def test_a_link_too_long_for_a_qr_code_is_refused_in_words(rita: Browser, scene: Scene, dana: Lead) -> None:
    """Only where tracking is refused, since tracked links are shorter."""
    set_consent(scene.deps, dana.workspace, dana.id, state="refused", how="phone", by=scene.rep.id)
    for url, status in (("https://www.us.example/offer", 200), (f"https://www.us.example/{'日' * 1_900}", 422)):
        link = create_share_link(scene.deps, dana.workspace, lead=dana.id, url=url, label="Offer")
        assert rita.get(f"/leads/{dana.id}/links/{link.id}/qr.svg").status_code == status


def test_sales_and_tasks_are_edited_deleted_and_reopened(rita: Browser, scene: Scene, dana: Lead) -> None:
    """Each from a form of its own, with undo; an invalid value leaves the record."""
    rita.post(f"/leads/{dana.id}/sales", {"product": "Pilot", "amount": "100", "currency": "EUR", "sold_on": "2026-10-02"})
    (sale,) = scene.store.sales.of_lead(dana.id)
    path = f"/leads/{dana.id}/sales/{sale.id}"
    values = {"product": "Pilot 2", "amount": "250,50", "currency": "usd", "sold_on": "2026-10-03", "recurring": "yes"}
    assert rita.post(path, values | {"amount": "much"}).status_code == 422
    change = rita.post(path, values, headers=FETCH).get_json()["change"]
    page = rita.get(f"/leads/{dana.id}").text
    assert "250.50 USD" in page
    assert "3 Oct 2026, recurring" in page
    rita.post(f"/changes/{change}/undo")
    assert scene.store.sales.get(sale.id).amount == 10_000
    rita.post(path, {"delete": "yes"})
    assert scene.store.sales.of_lead(dana.id) == []

    due = (scene.deps.now() + timedelta(days=2)).strftime("%Y-%m-%dT14:30")
    rita.post(f"/leads/{dana.id}/tasks", {"text": "Call", "due": due, "remind": "15"})
    (task,) = scene.store.tasks.open_of_lead(dana.id)
    assert task.remind_minutes == 15
    path = f"/leads/{dana.id}/tasks/{task.id}"
    assert due in rita.get(path).text
    rita.post(path, {"text": "Call Ines", "due": due, "remind": ""})
    assert scene.store.tasks.get(task.id).remind_minutes is None
    assert rita.post(f"/leads/{dana.id}/tasks/done", {"task": task.id}, headers=FETCH).get_json()["after"] == "task"
    rita.post(path, {"reopen": "yes"})
    assert [one.text for one in scene.store.tasks.open_of_lead(dana.id)] == ["Call Ines"]
    change = rita.post(path, {"delete": "yes"}, headers=FETCH).get_json()["change"]
    assert scene.store.leads.get(dana.id).next_action is None
    rita.post(f"/changes/{change}/undo")
    assert scene.store.leads.get(dana.id).next_action.text == "Call Ines"


def test_moves_ask_for_required_fields_and_offer_reasons(rita: Browser, scene: Scene, dana: Lead) -> None:
    """On the lead page, the board and Today; what is given is saved with the move. The strip opens a form only where one is needed."""
    stages = {stage.name: stage.id for stage in scene.workspace.stages}
    set_custom_fields(
        scene.deps, scene.workspace.id, [CustomField(id="", name="Seats", kind=FieldKind.NUMBER, required_from=stages["Qualified"])]
    )
    strip = rita.get(f"/leads/{dana.id}").text
    assert f'<button name="stage" value="{stages["Contacted"]}"' in strip
    assert f"/board/{dana.id}/move?stage={stages['Qualified']}" in strip
    for path in (f"/leads/{dana.id}", f"/board/{dana.id}/move", f"/today/{dana.id}/move"):
        page = rita.get(path).text
        assert "Required for this stage." in page, path
        assert "<option>No budget</option>" in page, path
    assert "Required for" not in rita.get(f"/board/{dana.id}/move?stage={stages['Contacted']}&then=lead").text.split("data-only")[0]

    version = scene.store.leads.get(dana.id).version
    move = {"stage": stages["Qualified"], "version": str(version), "field": "Seats"}
    assert rita.post(f"/board/{dana.id}/move", move | {"value": ""}).status_code == 422
    rita.post(f"/board/{dana.id}/move", move | {"value": "40"})
    found = scene.store.leads.get(dana.id)
    assert (found.stage, found.fields["Seats"]) == (stages["Qualified"], 40)
    answer = rita.post(f"/today/{dana.id}/move", {"stage": stages["Lost"], "lost": "No budget"}, headers=FETCH)
    assert "What next?" in answer.text
    assert scene.store.leads.get(dana.id).lost_reason == "No budget"
    rita.post(f"/changes/{answer.headers['X-Change']}/undo")
    assert scene.store.leads.get(dana.id).stage == stages["Qualified"]


def test_a_new_lead_takes_custom_fields_and_its_value_is_imported_and_exported(rita: Browser, scene: Scene, dana: Lead) -> None:
    """A field that the first stage requires is asked for; amounts are read as people write them."""
    first = scene.workspace.stages[0].id
    set_custom_fields(scene.deps, scene.workspace.id, [CustomField(id="", name="Seats", kind=FieldKind.NUMBER, required_from=first)])
    assert "Seats" in rita.get("/leads/new").text
    assert rita.post("/leads", {"email": "new@acme.example", "field": "Seats", "value": "many"}).status_code == 422
    rita.post("/leads", {"email": "new@acme.example", "field": "Seats", "value": "12"})
    assert scene.store.leads.by_email("new@acme.example").fields["Seats"] == 12

    rows = (
        'a@x.example,"1,500.50",usd',
        "b@x.example,2000,",
        'c@x.example,"1.500,50 EUR",',
        "d@x.example,12 500 CHF,",
        "e@x.example,much,",
    )
    report = report_of(scene.deps, import_csv(scene.deps, scene.workspace.id, "\n".join(("email,value,value_currency", *rows)).encode()))
    values = {one.email[0]: one.value for one in scene.store.leads.each() if one.value}
    assert values == {
        "a": LeadValue(150_050, "USD"),
        "b": LeadValue(200_000, "EUR"),
        "c": LeadValue(150_050, "EUR"),
        "d": LeadValue(1_250_000, "CHF"),
    }
    assert (report.errors, [(one.line, one.field) for one in report.warnings]) == ([], [(6, "value")])
    assert scene.store.leads.by_email("e@x.example").fields == {"value": "much"}
    lead = scene.store.leads.by_email("a@x.example")
    scene.store.leads.change(lead.id, owner=scene.rep.id)
    csv = rita.post("/leads/export", {"lead": lead.id}).text
    assert "1500.50,USD" in csv
