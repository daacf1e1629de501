"""The list of leads as a sheet in a real browser: edits in cells, selection and Undo, by keyboard alone and on a phone; axe."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.test_live import SIZES
from tests.chromium import CHROMIUM, FLAGS
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.leads.leads import change_lead
from tracker.actions.team import sessions
from tracker.domain.leads.lead import Lead

LONG = "Maximiliane-Alexandrina Hohenzollernsdorf-Weidenbachthal of Donaudampfschifffahrtsgesellschaft"
DENSE = 18


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def scene(console_deps: Deps) -> Scene:
    """A workspace with a rep, and a console."""
    return make_scene(console_deps)


@pytest.fixture
def leads(scene: Scene) -> list[Lead]:
    """Thirty leads, by name; the first has a long one."""
    names = [f"A {LONG}", *(f"Lead {n:02}" for n in range(1, 30))]
    return [scene.lead(email=f"l{n}@acme.example", name=name, company="Acme Foods") for n, name in enumerate(names)]


def page_of(chromium: Browser, scene: Scene, size: str, problems: list[str], scheme: str = "light") -> Page:
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    url = f"http://localhost:{scene.deps.settings.port}"
    context.add_cookies([{"name": "ll_session", "value": sessions.start(scene.deps, scene.rep), "url": url}])
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{url}/leads?sort=name")
    return page


def serious(page: Page) -> list[str]:
    return [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]


def test_the_sheet_is_worked_by_keyboard_alone(chromium: Browser, scene: Scene, leads: list[Lead]) -> None:
    """J to a row, Enter in a cell, a new stage, Ctrl+Z; x and Shift+Arrow select, the bar tags, Undo restores. Escape leaves an editor."""
    problems: list[str] = []
    page, store = page_of(chromium, scene, "desktop", problems), scene.store.leads
    assert (
        page.evaluate("[...document.querySelectorAll('[data-row]')].filter(r => r.getBoundingClientRect().bottom <= 900).length") >= DENSE
    )
    page.keyboard.press("j")
    expect(page.locator("[data-row]").nth(0).locator("[data-row-link]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Stage", exact=True).locator("visible=true").last).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".cell-editor")).to_have_count(0)
    page.keyboard.press("Enter")
    page.locator(".cell-editor select").select_option("Qualified")
    page.keyboard.press("Enter")
    expect(page.locator(".toast-undo")).to_be_visible()
    assert store.get(leads[0].id).stage == "Qualified"
    page.keyboard.press("Control+z")
    expect(page.locator("[data-row]").nth(0).locator(".c-stage")).to_have_text("New")

    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("[data-count]")).to_have_text("3")
    page.locator("[data-bulk] summary").get_by_text("Tag", exact=True).press("Enter")
    page.get_by_label("Tags, separated by commas").last.fill("vip")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    expect(page.locator(".toast", has_text="3 leads changed.")).to_be_visible()
    assert [store.get(lead.id).tags for lead in leads[:4]] == [("vip",)] * 3 + [()]
    page.locator(".toast-undo").press("Enter")
    expect(page.locator(".toast-undo")).to_have_count(0)
    assert {store.get(lead.id).tags for lead in leads} == {()}
    assert (serious(page), problems) == ([], [])
    page.context.close()


def test_a_field_changed_by_a_colleague_is_told_and_nothing_is_lost(chromium: Browser, scene: Scene, leads: list[Lead]) -> None:
    """The editor stays open with what was typed, and says what happened."""
    problems: list[str] = []
    page = page_of(chromium, scene, "desktop", problems)
    change_lead(scene.deps, scene.workspace.id, leads[1].id, stage="Contacted")
    page.locator("[data-row]").nth(1).locator("[data-edit=stage]").click()
    page.locator(".cell-editor select").select_option("Won")
    page.locator(".cell-editor button").click()
    expect(page.locator(".cell-editor .field-error")).to_contain_text("Stage was changed to “Contacted”")
    assert page.locator(".cell-editor select").input_value() == "Won"
    assert scene.store.leads.get(leads[1].id).stage == "Contacted"
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_has_the_same_actions(chromium: Browser, scene: Scene, leads: list[Lead], scheme: str) -> None:
    """Cards with a checkbox and cells to edit, the bar above the navigation, nothing wider than the screen."""
    problems: list[str] = []
    page = page_of(chromium, scene, "phone", problems, scheme)
    page.locator("[data-row]").nth(1).locator("[data-edit=next]").click()
    page.get_by_label("Next action", exact=True).locator("visible=true").fill("Call")
    page.locator(".cell-editor button").click()
    expect(page.locator("[data-row]").nth(1).locator(".c-next")).to_contain_text("Call")
    page.locator("[data-pick]").nth(2).check()
    page.locator("[data-bulk] summary", has_text="Stage").click()
    page.locator("[data-bulk] select[name=stage]").select_option("Qualified")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator("[data-row]").nth(2).locator(".c-stage")).to_have_text("Qualified")
    assert scene.store.leads.get(leads[1].id).next_action.text == "Call"
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES["phone"][0]
    assert (serious(page), problems) == ([], [])
    page.context.close()
