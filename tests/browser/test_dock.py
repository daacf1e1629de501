"""Toasts stand where they cover nothing, and a test alert is heard."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.test_live import SIZES, ConsoleStack, chromium, stack

__all__ = ["chromium", "stack"]
ZOOMED = (640, 400)
"""What a window of 1280 × 800 has at 200 % zoom."""
COUNT_TONES = (
    "window.tones = 0; const make = AudioContext.prototype.createOscillator;"
    "AudioContext.prototype.createOscillator = function () { window.tones += 1; return make.call(this); };"
)
COVERED = """() => {
  const meet = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  const isOurs = (control) => control.closest('.toasts') || control.closest('details:not([open])') && !control.closest('summary');
  const visible = (control) => {
    let shown = control.getBoundingClientRect();
    for (let box = control.parentElement; box; box = box.parentElement) {
      if (getComputedStyle(box).overflowY === 'visible') continue;
      const clip = box.getBoundingClientRect();
      const top = Math.max(shown.top, clip.top), bottom = Math.min(shown.bottom, clip.bottom);
      shown = new DOMRect(shown.left, top, shown.width, Math.max(0, bottom - top));
    }
    return shown;
  };
  const toasts = [...document.querySelectorAll('.toast')].map(visible).filter((toast) => toast.height > 0);
  return [...document.querySelectorAll('a, button, input, select, textarea, summary')].filter((control) => !isOurs(control))
    .filter((control) => visible(control).height > 0 && toasts.some((toast) => meet(visible(control), toast)))
    .map((control) => control.outerHTML.slice(0, 90));
}"""


@pytest.fixture(params=[*SIZES, "zoomed"])
def context(request: pytest.FixtureRequest, stack: ConsoleStack, chromium: Browser) -> Iterator[BrowserContext]:
    width, height = SIZES.get(request.param, ZOOMED)
    made = stack.enter(chromium, viewport={"width": width, "height": height}, has_touch=request.param == "phone")
    made.add_init_script(COUNT_TONES)
    yield made
    made.close()


def _listen(stack: ConsoleStack, context: BrowserContext, path: str) -> Page:
    with context.expect_event("response", lambda answer: answer.url.endswith("/live/stream")):
        return stack.open(context, path)


def test_toasts_cover_no_control_and_leave_the_page_where_it_is(stack: ConsoleStack, context: BrowserContext) -> None:
    page = _listen(stack, context, "/settings/rules")
    long: dict[str, Any] = {"text": "Third visit this week, from your email “Offer v2”. Source: web form. " * 3}
    place = "scrollY + document.querySelector('#main').scrollTop"
    for part in (0, 0.5, 1):
        page.evaluate(f"scrollTo(0, {part} * (document.documentElement.scrollHeight - innerHeight))")
        before = page.evaluate(place)
        stack.alert(f"a{part}", title="Dana Whitfield (Acme) is on Pricing", **long)
        expect(page.locator(".toast")).to_have_count(1)
        stack.alert(f"b{part}", lead="", title="Import is done", priority="quiet", text="")
        expect(page.locator(".toast")).to_have_count(2)
        covered = page.evaluate(COVERED)
        assert covered == []
        expect(page.locator(".toast h3").first).to_be_in_viewport(ratio=1)
        assert abs(page.evaluate(place) - before) < 2
        page.evaluate("document.querySelectorAll('.toast .toast-close').forEach((button) => button.click())")
        expect(page.locator(".toast")).to_have_count(0)
        assert abs(page.evaluate(place) - before) < 2
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


def test_a_test_alert_is_heard_at_once(stack: ConsoleStack, context: BrowserContext) -> None:
    """Also where *Send test* is the first thing that is touched; the button stays in view."""
    page = _listen(stack, context, "/settings/alerts")
    button = page.locator("form[action='/settings/alerts/me/console/test'] button")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    press = page.touchscreen.tap if page.evaluate("navigator.maxTouchPoints") else page.mouse.click
    press(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".toast .tag")).to_have_text("Test")
    page.wait_for_function("window.tones === 2")
    expect(button).to_be_in_viewport(ratio=1)
