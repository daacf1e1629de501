"""The list of leads as a sheet, by plain forms: edits with Undo, changes of several leads, columns, export."""

import csv
import io
import re
from collections.abc import Callable

import pytest

from tests.console.conftest import Browser
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace with a rep."""
    return make_scene(deps)


@pytest.fixture
def rita(signed_in: Callable[[Rep], Browser], scene: Scene) -> Browser:
    """The rep's browser."""
    return signed_in(scene.rep)


@pytest.fixture
def two(scene: Scene) -> list[Lead]:
    """Two leads; a custom field and a name try to be formulas."""
    return [scene.lead(email=f"l{n}@acme.example", name=name, fields={"Plan": "=1+1"}) for n, name in enumerate(("=cmd()", "Ana Reis"))]


def undo_form(page: str) -> str:
    """Where *Undo* above the page leads."""
    found = re.search(r'action="(/changes/[0-9a-f]{32}/undo)"', page)
    assert found, page[:3000]
    return found[1]


def test_an_edit_offers_undo_above_the_next_page(rita: Browser, scene: Scene, two: list[Lead]) -> None:
    """Without scripts, by a button; the lead is as before afterwards, and a second undo says so."""
    lead = two[1].id
    rita.post(f"/leads/{lead}/stage", {"stage": "Contacted"})
    path = undo_form(rita.get(f"/leads/{lead}").text)
    assert rita.post(path).status_code == 303
    assert scene.store.leads.get(lead).stage == "New"
    assert "Undone." in rita.get(f"/leads/{lead}").text
    rita.post(path)
    assert "undone already" in rita.get("/leads").text


def test_an_edit_by_script_returns_the_change_and_who_was_first(rita: Browser, scene: Scene, two: list[Lead]) -> None:
    """JSON with the id to undo; where another rep changed the field since it was seen: 409 with who and what, nothing lost."""
    lead, fetch = two[1].id, {"X-Requested-With": "fetch"}
    first = rita.post(f"/leads/{lead}/source", {"source": "Fair", "was-source": "null"}, headers=fetch)
    assert (first.status_code, len(first.json["change"])) == (200, 32)

    late = rita.post(f"/leads/{lead}/source", {"source": "Referral", "was-source": "null"}, headers=fetch)

    assert late.status_code == 409
    assert late.json["detail"] == f"Source was changed to “Fair” by {scene.rep.name}, just now. Your change was not saved"
    assert scene.store.leads.get(lead).source == "Fair"


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ({"action": "owner", "owner": ""}, lambda lead: lead.owner is None),
        ({"action": "stage", "stage": "Contacted"}, lambda lead: lead.stage == "Contacted"),
        ({"action": "tag", "tag": "vip, north"}, lambda lead: lead.tags == ("vip", "north")),
        ({"action": "task", "text": "Call", "due": "2027-03-01"}, lambda lead: lead.next_action and lead.next_action.text == "Call"),
        ({"action": "archive"}, lambda lead: lead.archived_at is not None),
    ],
)
def test_selected_leads_are_changed_together(
    rita: Browser, deps: Deps, scene: Scene, two: list[Lead], form: dict[str, str], shown: Callable[[Lead], bool]
) -> None:
    """Each action of the bar, by its form; one undo takes it back for all, and the audit log has one entry."""
    ids = [lead.id for lead in two]
    rita.post("/leads/bulk", {**form, "lead": ids})
    assert all(shown(scene.store.leads.get(lead)) for lead in ids)
    assert deps.store.database.audit.count_documents({"action": "leads_changed"}) == 1

    page = rita.get("/leads?archived=yes").text
    assert "2 leads changed." in page
    rita.post(undo_form(page))

    for lead in two:
        now = scene.store.leads.get(lead.id)
        assert (now.owner, now.stage, now.tags, now.next_action, now.archived_at) == (lead.owner, lead.stage, lead.tags, None, None)


def test_every_lead_of_the_list_is_changed_together(rita: Browser, scene: Scene, two: list[Lead]) -> None:
    """By the list's filters, not by the rows of one page; leads that do not match stay, and one undo restores all."""
    scene.store.leads.change(two[1].id, tags=("north",))
    listed = "q=%3Dcmd&c=tags~is_empty~yes"
    assert rita.get(f"/leads?{listed}").status_code == 200
    answer = rita.post("/leads/bulk", {"action": "stage", "stage": "Contacted", "every": listed}, headers={"X-Requested-With": "fetch"})
    assert answer.json["text"] == "1 lead changed."
    assert [scene.store.leads.get(lead.id).stage for lead in two] == ["Contacted", "New"]
    rita.post(f"/changes/{answer.json['change']}/undo")
    assert scene.store.leads.get(two[0].id).stage == "New"
    assert rita.post("/leads/export", {"every": "q=Ana"}).text.count("@acme.example") == 1


def test_no_selection_or_an_unknown_action_changes_nothing(rita: Browser, two: list[Lead]) -> None:
    """The list says what is missing."""
    assert two
    for form in ({"action": "archive"}, {"action": "nonsense", "lead": two[0].id}, {"action": "stage", "stage": "Lost", "lead": two[0].id}):
        assert rita.post("/leads/bulk", form, headers={"X-Requested-With": "fetch"}).status_code == 422


def test_the_export_holds_the_selected_leads_without_formulas(rita: Browser, scene: Scene, two: list[Lead]) -> None:
    """With columns that an import reads; a lead of another workspace is left out."""
    answer = rita.post("/leads/export", {"lead": [two[0].id, "0" * 32]})
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["email"], row["name"], row["Plan"], row["owner"]) == ("l0@acme.example", "'=cmd()", "'=1+1", scene.rep.email)


def test_each_rep_chooses_columns(rita: Browser, two: list[Lead]) -> None:
    """Stored for the rep; unknown names are ignored."""
    assert two
    rita.post("/leads/columns", {"column": ["email", "tags", "nonsense"]})
    page = rita.get("/leads").text
    heads = re.findall(r'<th scope="col">(?:<a[^>]*>|\s)*([^<\n]+)', page)
    assert [head for head in heads if head in ("Stage", "Email", "Tags", "Owner")] == ["Tags", "Email"]
