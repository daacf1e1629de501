"""The main job in a real browser, on a whole instance: watch it work, then be the lead; Live, toasts and replay tell the truth."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.ports import free_ports
from tests.system.stack import Stack, running_stack

PASSWORD = "lantern harbor quilt"
STAY = {"/pricing": 4.0, "/product": 3.0, "/contact": 2.0}


class Story:
    """A signed-in rep in a new demo, and everything the browser complained about."""

    def __init__(self, context: BrowserContext, said: str) -> None:
        self.troubles: list[str] = []
        context.on("console", lambda message: message.type == "error" and self.troubles.append(message.text))
        context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        self.context = context
        self.console: Page = context.new_page()
        self.console.goto(re.search(r"http://\S+/sign-in/\S+", said)[0])
        self.console.get_by_role("button").first.click()
        self.introduce()
        self.console.get_by_role("button", name=re.compile("watch it work", re.IGNORECASE)).click()
        self.console.wait_for_url("**/live")

    def introduce(self) -> None:
        """The first admin says who they are, before anything else is asked."""
        for label, value in (("Your name", "Kim Doe"), ("Email address", "kim@acme.example"), ("Password", PASSWORD), ("Company", "Acme")):
            self.console.get_by_label(label, exact=True).fill(value)
        self.console.get_by_role("button", name="Save and continue").click()

    def mail(self) -> Page:
        """Mails oneself and opens it in the demo inbox."""
        self.console.get_by_text("Email yourself").click()
        with self.context.expect_page() as opened:
            self.console.get_by_role("link", name=re.compile("demo inbox")).click()
        inbox = opened.value
        inbox.get_by_text("Now you are the lead").first.click()
        return inbox

    def click(self, inbox: Page) -> Page:
        """Follows the mail's link to the prices."""
        with self.context.expect_page() as opened:
            inbox.frame_locator("iframe").get_by_role("link", name=re.compile("pricing")).click()
        return opened.value


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("story")
    with running_stack({"PORT": str(free_ports()), "DATA": str(folder / "var")}) as made:
        made.wait_ready()
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


def walk(site: Page) -> dict[str, tuple[float, float]]:
    """Stays on three pages, then sends the form; how long it surely was on each page but the last and at most, in seconds.

    Surely: while we waited there. At most: from the browser's own moment of asking for the page to that of the next.
    """
    waited, asked_at = {}, {}
    for path, stay in STAY.items():
        if path != "/pricing":
            site.get_by_role("link", name=path.strip("/").title(), exact=True).first.click()
            site.wait_for_url(f"**{path}")
        began = time.monotonic()
        asked_at[path] = site.evaluate("performance.timeOrigin") / 1000
        site.mouse.wheel(0, 300)
        site.wait_for_timeout(stay * 1000)
        waited[path] = time.monotonic() - began
    site.locator("form button[type=submit], form button:not([type])").first.scroll_into_view_if_needed()
    for field in site.locator("form input:visible, form textarea:visible").all():
        kind = field.get_attribute("type")
        field.fill("you@example.com" if kind == "email" else "1") if kind != "checkbox" else field.check()
    site.locator("form button[type=submit], form button:not([type])").first.click()
    ends = list(asked_at.values())[1:]
    return {path: (waited[path], end - asked_at[path]) for path, end in zip(STAY, ends, strict=False)}


def test_mailed_opened_clicked_walked_and_replayed(stack: Stack, chromium: Browser):
    """From the mail to the replay: a toast at once, the lead named on Live, two loud alerts besides the form's, true times."""
    context = chromium.new_context(viewport={"width": 1280, "height": 860})
    story = Story(context, stack.output())
    site = story.click(story.mail())
    expect(story.console.locator(".toast", has_text="Pricing").filter(has_text="Now you are the lead").first).to_be_visible(timeout=30_000)
    spent = walk(site)
    site.wait_for_timeout(1000)

    own = story.console.locator(".live-row", has_text="Your company").first
    expect(own).to_be_visible()
    site.close()
    expect(own.get_by_text(re.compile("Left"))).to_be_visible(timeout=30_000)

    loud = [row["rule"] for row in _alerts(stack) if row["priority"] == "loud" and row["lead"] == _you(stack)]
    assert loud.count("form") == 1, "a form always alerts"
    assert 1 <= len(loud) - 1 <= 2
    (visit,) = _api(stack, f"/leads/{_you(stack)}/visits")
    for page in visit["pages"]:
        path = "/" + page["url"].split("/", 3)[3].split("?")[0]
        if path in spent:
            least, most = spent[path]
            assert least - 1.0 <= page["active_seconds"] <= most + 1.0, (path, page, spent)

    story.console.goto(story.console.url.replace("/live", f"/leads/{_you(stack)}/replay"))
    expect(story.console.get_by_text(re.compile("active", re.IGNORECASE)).first).to_be_visible()
    story.console.wait_for_timeout(2000)
    assert len(_api(stack, f"/leads/{_you(stack)}/visits")) == 1, "a framed page counted as a visit"
    assert story.troubles == []
    context.close()


def _api(stack: Stack, path: str) -> list[dict[str, object]]:
    if not hasattr(stack, "key"):
        stack.key = stack.command("key", "new", "--workspace", "Fernway (demo)").stdout.strip()
    url = f"http://127.0.0.1:{stack.environ['PORT']}/api/v1{path}"
    call = urllib.request.Request(url, headers={"Authorization": f"Bearer {stack.key}"})
    with urllib.request.urlopen(call, timeout=60) as answer:
        return json.load(answer)["items"]


def _alerts(stack: Stack) -> list[dict[str, object]]:
    return _api(stack, "/alerts")


def _you(stack: Stack) -> str:
    return next(str(lead["id"]) for lead in _api(stack, "/leads?limit=100") if lead["company"] == "Your company")
