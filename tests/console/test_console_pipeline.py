"""Settings, Pipeline: the form as the page sends it."""

import re
from collections.abc import Callable

from tests.console.conftest import Browser, Office
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.domain.workspace.stage import WARMTH_STAGES

SignIn = Callable[..., Browser]


def form_of(page: str) -> dict[str, list[str]]:
    """The values of the page's fields, as a browser would send them."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", page.partition('action="/settings/stages"')[2].partition("</form>")[0]):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrf_token" and ('type="radio"' not in tag or " checked" in tag):
            found.setdefault(name[1], []).append(value[1] if value else "")
    kinds = re.findall(r'<select name="kind".*?</select>', page, re.DOTALL)
    found["kind"] = [re.search(r'value="(\w+)"(?= selected)', kind)[1] for kind in kinds]
    return found


def test_saving_the_page_unchanged_changes_nothing(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Ids, meanings and the mark stay."""
    browser = signed_in(office.admin)
    before = deps.store.workspaces.get(office.workspace.id).stages
    assert browser.post("/settings/stages", form_of(browser.get("/settings/stages").text)).status_code == 303
    assert deps.store.workspaces.get(office.workspace.id).stages == before


def test_a_stage_is_renamed_moved_up_and_removed(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Its leads follow; a stage with leads that is not told where they go stays, and the page says why."""
    lead = leads.add_lead(deps, office.workspace.id, email="l@x.example", name="Lena", stage="Qualified")
    browser = signed_in(office.admin)
    form = form_of(browser.get("/settings/stages").text)
    form["name"][2] = "Discovery"
    browser.post("/settings/stages", form | {"move": "up-2"})
    stages = deps.store.workspaces.get(office.workspace.id).stages
    assert [stage.name for stage in stages[:3]] == ["New", "Discovery", "Contacted"]
    assert ">Discovery<" in browser.get(f"/leads/{lead.id}").text

    form = form_of(browser.get("/settings/stages").text)
    form["name"][1] = ""
    browser.post("/settings/stages", form)
    assert len(deps.store.workspaces.get(office.workspace.id).stages) == len(stages)
    form["name"][1] = "Discovery"
    browser.post("/settings/stages", form | {"to-Qualified": "Contacted"})
    assert deps.store.of(office.workspace.id).leads.get(lead.id).stage == "Contacted"


def test_a_template_replaces_stages_without_leads(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """With a lead in a stage that it lacks, nothing changes."""
    browser = signed_in(office.admin)
    browser.post("/settings/stages/template", {"template": "warmth"})
    assert [s.name for s in deps.store.workspaces.get(office.workspace.id).stages] == [s.name for s in WARMTH_STAGES]
    leads.add_lead(deps, office.workspace.id, email="l@x.example", name="Lena", stage="Hot")
    browser.post("/settings/stages/template", {"template": "standard"})
    assert deps.store.workspaces.get(office.workspace.id).stages[0].name == "Cold"
