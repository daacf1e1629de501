"""The page of alerts in a real browser: by keyboard, with undo, and the rows that follow the stream."""

from playwright.sync_api import Browser, expect

from tests.api.samples import add_alert
from tests.browser.test_live import ConsoleStack, chromium, stack  # noqa: F401 - fixtures
from tracker.domain.alerting.payload import AlertWithdrawn


def test_alerts_are_worked_through_by_keyboard(stack: ConsoleStack, chromium: Browser) -> None:  # noqa: F811 - fixtures
    """Done and its undo, snooze, not useful, the delivery log, a call in a dialog; a withdrawn alert leaves the list."""
    here = stack.deps.store.of(stack.workspace)
    first, second = (
        add_alert(stack.deps, stack.workspace, stack.dana.id, stack.mara.id, title=title)["alert"]
        for title in ("Dana Whitfield is on Pricing", "Dana Whitfield is on Docs")
    )
    context = stack.enter(chromium)
    page = stack.open(context, "/alerts")
    rows, unread = page.locator("[data-row]"), page.locator("[data-unseen]")
    expect(unread).to_have_text("2")
    chosen = page.locator(f"[data-key='{first}']")
    chosen.locator("[data-row-link]").focus()

    page.keyboard.press("d")
    expect(rows).to_have_count(1)
    expect(unread).to_have_text("1")
    page.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(2)
    expect(unread).to_have_text("2")

    chosen.locator("[data-row-link]").focus()
    page.keyboard.press("u")
    expect(chosen).to_contain_text("Not useful")
    page.keyboard.press("c")
    expect(page.locator("dialog[open] h2").first).to_contain_text("Log call")
    page.keyboard.press("Escape")
    chosen.get_by_role("link", name="Not delivered by email").click()
    expect(page.locator("dialog[open]")).to_contain_text("550 no such mailbox")
    page.locator("dialog[open]").get_by_text("Close").click()

    chosen.locator("[data-row-link]").focus()
    page.keyboard.press("s")
    expect(chosen.get_by_role("button", name="30 minutes")).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    assert here.alerts.get(first).snoozed_until is not None

    stack.deps.store.database.alerts.update_one({"_id": f"{stack.workspace}:{second}"}, {"$set": {"state": "withdrawn"}})
    stack.deps.bus.publish(stack.workspace, AlertWithdrawn(id=second, lead=stack.dana.id, rep=stack.mara.id))
    expect(page.locator(".live-empty")).to_contain_text("No open alerts.")
    context.close()
