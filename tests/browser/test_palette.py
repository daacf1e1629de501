"""Command palette, keys and peek panel in a real browser, by keyboard alone and on a phone; nothing serious from axe, a silent console."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.test_live import SIZES, ConsoleStack, chromium, stack  # noqa: F401 - fixtures
from tracker.actions.leads import leads
from tracker.domain.leads.lead import Lead

LONG = "Unternehmensbeteiligungsgesellschaftsname"


@pytest.fixture
def other(stack: ConsoleStack) -> Lead:  # noqa: F811
    """A second lead, with a long name that has no space."""
    return leads.add_lead(stack.deps, stack.workspace, email="long@acme.example", name=LONG, company=LONG, owner=stack.mara.id)


def serious(page: Page) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_everything_is_reached_by_keyboard(stack: ConsoleStack, chromium: Browser, other: Lead) -> None:  # noqa: F811
    """A lead by Ctrl+K at once typed and entered; a command for it; g and a letter; `?`; a field keeps its letters."""
    context = stack.enter(chromium)
    page = stack.open(context, "/leads?sort=name")
    page.keyboard.press("Control+k")
    page.keyboard.type("dana")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/leads/{stack.dana.id}")

    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search leads")
    expect(field).to_be_focused()
    expect(page.get_by_role("group", name="Commands for Dana Whitfield")).to_be_visible()
    page.keyboard.type("add n")
    expect(page.locator(".palette-option[aria-selected=true]")).to_have_text("Add note")
    assert field.get_attribute("aria-activedescendant") == page.locator(".palette-option[aria-selected=true]").get_attribute("id")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Note", exact=True).locator("visible=true")).to_be_focused()
    page.keyboard.type("g t j x: letters of a note")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator(".t-said")).to_have_text("g t j x: letters of a note")

    press(page, "g", "e")
    page.wait_for_url("**/leads")
    expect(page.locator("[data-row]")).to_have_count(2)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Next row")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).not_to_contain_text("Pick up the card")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("group", name="Recent")).to_contain_text("Dana Whitfield")
    page.keyboard.type("nothing like this")
    expect(page.locator(".palette-status")).to_have_text("Nothing found.")
    context.close()


def test_what_is_entered_while_the_palette_loads_is_carried_out(stack: ConsoleStack, chromium: Browser) -> None:  # noqa: F811
    """On a slow connection the script and its lists come after the keys: the entered line opens all the same."""
    context = stack.enter(chromium)
    page = stack.open(context, "/leads")
    page.evaluate("window.isHere = true")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/palette/palette*.js*", hold)
    page.keyboard.press("Control+k")
    page.keyboard.type("dana")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Search leads")).to_have_value("dana")
    assert page.evaluate("window.isHere")
    held[0].continue_()
    page.wait_for_url(f"**/leads/{stack.dana.id}")
    context.close()


def test_the_peek_panel_follows_the_rows(stack: ConsoleStack, chromium: Browser, other: Lead) -> None:  # noqa: F811
    """The key p opens it, j goes on, a call is logged in it, Escape gives the row its focus back; from Today as from the list."""
    context = stack.enter(chromium)
    page = stack.open(context, "/leads?sort=name")
    panel, title = page.locator("[data-peek]"), page.locator("[data-peek-title]")
    press(page, "j", "p")
    expect(title).to_have_text("Dana Whitfield")
    expect(title).to_be_focused()
    press(page, "j")
    expect(title).to_have_text(LONG)
    press(page, "k")
    expect(title).to_have_text("Dana Whitfield")
    press(page, "c")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_role("button", name="Skip").press("Enter")
    expect(panel).to_contain_text("Call")
    expect(page.locator(".peek-lines")).to_contain_text("call")
    page.locator("[data-peek-title]").focus()
    press(page, "Escape")
    expect(panel).to_be_hidden()
    expect(page.locator("[data-row-link]:focus")).to_have_text("Dana Whitfield")

    stack.walk("Pricing")
    for path in ("/today", "/board", "/live"):
        page.goto(stack.url + path)
        expect(page.locator("[data-row]").first).to_be_visible()
        press(page, "j", "p")
        expect(title).to_be_visible()
        press(page, "Escape")
        expect(panel).to_be_hidden()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_dialogs_are_accessible_and_fit(
    stack: ConsoleStack,  # noqa: F811
    chromium: Browser,  # noqa: F811
    other: Lead,
    size: str,
    scheme: str,
) -> None:
    """Palette with and without words, help and panel, opened by their buttons; single keys do nothing once Profile switches them off."""
    width, height = SIZES[size]
    context = stack.enter(chromium, viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce")
    page = stack.open(context, "/leads?sort=name")
    page.locator("[data-palette-open]").locator("visible=true").click()
    expect(page.locator(".palette-option").first).to_be_visible()
    assert serious(page) == []
    page.keyboard.type(LONG[:9])
    expect(page.get_by_role("group", name="Leads")).to_contain_text(LONG)
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.locator("[data-row]", has_text=LONG).first.hover()
    page.get_by_role("button", name=f"Peek at {LONG}").click()
    expect(page.locator("[data-peek-title]")).to_have_text(LONG)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Escape")
    expect(page.locator("[data-peek]")).to_be_hidden()
    stack.deps.store.of(stack.workspace).reps.change(stack.mara.id, shortcuts=False)
    page.reload()
    press(page, "?", "j", "p", "g", "t")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search leads")).to_be_focused()
    assert page.url.endswith("/leads?sort=name")
    context.close()
