"""The board in a real browser: cards moved by mouse, touch and keyboard, put back where that is refused, and readable on every screen."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_live import SIZES, ConsoleStack, chromium, stack  # noqa: F401 - fixtures
from tracker.actions.leads import leads
from tracker.domain.leads.lead import Lead, LeadValue

LONG = "Unternehmensbeteiligungsgesellschaftsname"


@pytest.fixture
def page(stack: ConsoleStack, chromium: Browser) -> Iterator[Page]:  # noqa: F811 - a fixture
    """The board of Mara, with Dana in New."""
    context = stack.enter(chromium, viewport={"width": 2100, "height": 900})
    opened = stack.open(context, "/board")
    expect(opened.locator("[data-cards][data-sortable]").last).to_be_attached()
    yield opened
    context.close()


def now(stack: ConsoleStack, lead: Lead | None = None) -> Lead:  # noqa: F811
    return stack.deps.store.of(stack.workspace).leads.get((lead or stack.dana).id)


def cards(page: Page, stage: str, name: str = "Dana Whitfield") -> object:
    return page.locator(f'[data-column="{stage}"] [data-card]', has_text=name)


def drag(page: Page, stage: str) -> None:
    card, target = page.locator("[data-card]").first, page.locator(f'[data-column="{stage}"] [data-cards]')
    card.drag_to(target, source_position={"x": 20, "y": 50}, target_position={"x": 60, "y": 30})


def test_a_card_is_dragged_by_mouse(stack: ConsoleStack, page: Page) -> None:  # noqa: F811
    """The server moves the lead; a second move uses the new version."""
    for stage in ("Contacted", "Qualified"):
        with page.expect_response("**/move") as answer:
            drag(page, stage)
        assert answer.value.status == 200
        expect(cards(page, stage)).to_have_count(1)
        expect(page.locator(f'[data-column="{stage}"] [data-count]')).to_have_text("1")
    assert now(stack).stage == "Qualified"


def test_a_refused_move_puts_the_card_back(stack: ConsoleStack, page: Page) -> None:  # noqa: F811
    """The message says what happened, and the card shows what is true now."""
    leads.change_lead(stack.deps, stack.workspace, stack.dana.id, stage="Negotiation", actor=stack.mara.id)

    with page.expect_response("**/move") as answer:
        drag(page, "Contacted")

    assert answer.value.status == 409
    expect(page.locator(".toast")).to_contain_text("You moved it to Negotiation")
    expect(cards(page, "Negotiation")).to_have_count(1)
    stack.troubles[:] = [text for text in stack.troubles if "409" not in text]  # Chromium reports refused requests as errors


def test_a_drop_on_lost_asks_for_the_reason(stack: ConsoleStack, page: Page) -> None:  # noqa: F811
    """Cancelled, the card goes back; answered, it stays."""
    drag(page, "Lost")
    with page.expect_response("**/board/rows*"):
        page.get_by_role("link", name="Cancel").click()
    expect(cards(page, "New")).to_have_count(1)
    assert now(stack).stage == "New"

    drag(page, "Lost")
    page.get_by_label("Reason for Lost").select_option("Price")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator("[data-sheet]")).to_be_hidden()
    expect(cards(page, "Lost")).to_have_count(1)
    assert now(stack).lost_reason == "Price"


def test_a_card_is_moved_by_keyboard_alone(stack: ConsoleStack, page: Page) -> None:  # noqa: F811
    """Picked up, put back, moved; then won in the dialog."""
    page.keyboard.press("j")
    for key in ("Space", "ArrowRight", "Escape"):
        page.keyboard.press(key)
    expect(cards(page, "New")).to_have_count(1)
    with page.expect_response("**/move"):
        for key in ("Space", "ArrowRight", "ArrowRight", "Enter"):
            page.keyboard.press(key)
    expect(cards(page, "Qualified")).to_have_count(1)
    expect(page.locator("[data-row-link]:focus")).to_have_text("Dana Whitfield")

    page.keyboard.press("m")
    page.get_by_role("radio", name="Won").focus()
    page.keyboard.press("Space")
    page.get_by_label("Product").fill("Plan")
    page.get_by_label("Amount").fill("900")
    page.keyboard.press("Enter")
    expect(cards(page, "Won")).to_have_count(1)
    expect(page.locator('[data-column="Won"]')).to_contain_text("€900 sold")
    assert "Customer" in now(stack).categories


def test_a_card_glows_while_its_lead_is_on_the_site(stack: ConsoleStack, page: Page) -> None:  # noqa: F811
    stack.walk("Pricing")
    expect(page.locator(".is-here")).to_contain_text("On your site now")
    stack.walk("Pricing", state="left")
    expect(page.locator(".is-here")).to_have_count(0)


def test_a_card_is_moved_by_finger(stack: ConsoleStack, chromium: Browser) -> None:  # noqa: F811
    """Held, then dragged to the next column of a wide touch screen."""
    context = stack.enter(chromium, has_touch=True)
    page = stack.open(context, "/board")
    expect(page.locator("[data-cards][data-sortable]").last).to_be_attached()
    start = page.locator("[data-card]").first.bounding_box()
    end = page.locator('[data-column="Contacted"] [data-cards]').bounding_box()
    assert start
    assert end
    finger = context.new_cdp_session(page)
    x, y = start["x"] + 20, start["y"] + 50
    with page.expect_response("**/move"):
        finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        page.wait_for_timeout(500)
        for part in range(1, 11):
            point = {"x": x + (end["x"] + 60 - x) * part / 10, "y": y + (end["y"] + 30 - y) * part / 10}
            finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
            page.wait_for_timeout(40)
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(cards(page, "Contacted")).to_have_count(1)
    context.close()
    assert now(stack).stage == "Contacted"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_board_is_accessible_and_fits(stack: ConsoleStack, chromium: Browser, size: str, scheme: str) -> None:  # noqa: F811
    """Nothing serious from axe, no page wider than the screen, also with names of 40 characters without a space."""
    leads.add_lead(
        stack.deps,
        stack.workspace,
        email="long@acme.example",
        name=LONG,
        company=LONG,
        owner=stack.mara.id,
        value=LeadValue(123_456_789_00, "CHF"),
    )
    width, height = SIZES[size]
    context = stack.enter(chromium, viewport={"width": width, "height": height}, color_scheme=scheme)
    page = stack.open(context, "/board")
    expect(page.locator("[data-cards][data-sortable]").last).to_be_attached()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.querySelectorAll('.board-card')].every((one) => one.scrollWidth <= one.clientWidth)")
    context.close()
