"""Today in a real browser: an inquiry worked through by keyboard alone, and by touch on a phone."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_live import SIZES, ConsoleStack, chromium, stack  # noqa: F401 - fixtures


def by_keys(page: Page) -> None:
    """Call logged, stage moved, next action set: eight keys."""
    dialog = page.locator("dialog[open]")
    for key in ("j", "c"):
        page.keyboard.press(key)
    expect(dialog).to_contain_text("Dana Whitfield")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("What next?")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("[data-row-link]:focus")).to_have_text("Dana Whitfield")
    page.keyboard.press("m")
    expect(dialog).to_contain_text("Dana Whitfield")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(dialog).to_contain_text("What next?")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


def by_touch(page: Page) -> None:
    """The same by eight taps."""
    dialog, row = page.locator("dialog[open]"), page.locator("[data-row]", has_text="Dana Whitfield")
    row.locator("[data-step=call]").tap()
    dialog.get_by_role("button", name="Save").tap()
    dialog.get_by_role("button", name="Skip").tap()
    row.locator("summary").tap()
    row.locator("[data-step=move]").tap()
    dialog.locator(".pick", has_text="Qualified").first.tap()
    dialog.get_by_role("button", name="Move").tap()
    expect(dialog).to_contain_text("What next?")
    dialog.get_by_role("button", name="Save").tap()
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
def test_an_inquiry_is_worked_through(stack: ConsoleStack, chromium: Browser, size: str) -> None:  # noqa: F811
    """A call is logged, the stage moved and the next action set, without a mouse; nothing is wider than the screen."""
    width, height = SIZES[size]
    context = stack.enter(chromium, viewport={"width": width, "height": height}, has_touch=size == "phone")
    page = stack.open(context, "/today")
    (by_touch if size == "phone" else by_keys)(page)
    lead = stack.deps.store.of(stack.workspace).leads.get(stack.dana.id)
    assert stack.deps.store.workspaces.get(stack.workspace).stage_name(lead.stage) == "Qualified"
    assert lead.next_action is not None
    assert [note.kind for note in stack.deps.store.of(stack.workspace).notes.of_lead(lead.id)] == ["call"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
