"""Every page of the console, with the demo's data and in a new workspace: nothing serious from axe, a silent browser console."""

import re
from collections.abc import Iterator
from itertools import product

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.api.samples import add_conversation, add_outreach
from tests.authorization.rights import PAGES
from tests.browser.test_live import SIZES
from tests.chromium import CHROMIUM, FLAGS
from tests.console_process import ConsoleProcess
from tracker.actions.demo import demo
from tracker.actions.deps import Deps
from tracker.actions.mail import templates
from tracker.actions.team import reps, sessions
from tracker.actions.workspace import workspaces
from tracker.domain.team.rep import Rep, Role
from workers.recompute.run import recompute

NO_PAGES = {
    "/bell",
    "/bell/count",
    "/demo/bar",
    "/healthz",
    "/readyz",
    "/live/rows",
    "/leads/<lead>/peek",
    "/palette",
    "/palette/search",
    "/board/rows",
    "/leads/chips",
    "/leads/count",
    "/reports/<name>/card",
    "/reports/<name>/csv",
    "/sw.js",
    "/manifest.webmanifest",
    "/today/rows",
    "/live/stream",
    "/replay/framing",
    "/setup/steps",
}
NO_PAGES |= {
    "/messages/<message>/body",
    "/settings/texts/preview",
    "/settings/alerts/states",
    "/settings/rules/progress",
    "/leads/import/<token>/errors.csv",
    "/settings/mail-clients/apple/profile",
    "/mail/config-v1.1.xml",
    "/.well-known/autoconfig/mail/config-v1.1.xml",
    "/messages/<message>/files/<attachment>",
}
"""Answers that are parts of a page, data, files, or documents of frames in which no script runs."""
ONCE = {"/sign-in/<token>", "/confirm-address/<token>", "/settings/me/browser/marked", "/settings/me/browser/removed"}
ONCE.add("/leads/<lead>/merge")
"""Pages of a token that is used up, of a step that is over, or of two leads; their templates are opened by tests of their own."""

AT_ONCE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, *::before, *::after { transition: none !important; }');
  document.adoptedStyleSheets = [sheet];
}"""
"""A colour that still changes from one scheme to the other is neither's."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


def _addresses(names: dict[str, str]) -> list[str]:
    """Each page that a GET opens, with a record of the workspace in the place of its parameters."""
    paths = [page.removeprefix("GET ") for page in PAGES if page.startswith("GET ")]
    chosen = [path for path in paths if path not in NO_PAGES | ONCE]
    return [re.sub(r"<(\w+)>", lambda match: names[match[1]], path) for path in chosen if set(re.findall(r"<(\w+)>", path)) <= set(names)]


def _names(deps: Deps, workspace: str) -> dict[str, str]:
    """Records of the demo: the lead who visited last, the visit, a message to them, a template, a colleague."""
    store = deps.store.of(workspace)
    visit = next(one for one in store.visits.latest() if one.lead)
    message = next(
        found for one in store.visits.latest(limit=200) if one.lead for found in store.messages.where({"lead": one.lead}, limit=1)
    )
    template = templates.add_template(deps, workspace, name="Offer", subject="Our offer", html="<p>Hello</p>")
    rep = next(one for one in store.reps.all() if one.role is not Role.ADMIN)
    return {
        "lead": visit.lead or "",
        "visit": visit.id,
        "message": message.id,
        "conversation": add_conversation(deps, message),
        "template": template.id,
        **{
            name: record
            for name, record in add_outreach(deps, workspace, visit.lead or "", None).items()
            if name in ("sequence", "campaign")
        },
        "rep": rep.id,
        "client": "apple",
        "rule": "new",
        "name": "leads-added",
    }


def _check(page: Page, address: str) -> Iterator[str]:
    """What is wrong on a desk and a phone, by day and by night."""
    page.evaluate(AXE_SCRIPT)
    page.evaluate(AT_ONCE)
    for scheme, (size, (width, height)) in product(("light", "dark"), SIZES.items()):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": height})
        found = page.evaluate("axe.run({iframes: false, resultTypes: ['violations']}).then((results) => results.violations)")
        for one in found:
            if one["impact"] in ("serious", "critical"):
                yield f"{address} {scheme} {size} {one['id']}: {[node['html'][:160] for node in one['nodes']][:3]}"
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            yield f"{address} {size} is {wide} wide"


def _counts(said: ConsoleMessage, url: str) -> bool:
    where = said.location["url"]
    return said.type in ("error", "warning") and (where.startswith(url) or not where.startswith("http"))


def _walk(chromium: Browser, url: str, session: str | None, addresses: list[str]) -> list[str]:
    troubles: list[str] = []
    context = chromium.new_context(base_url=url)
    if session:
        context.add_cookies([{"name": "ll_session", "value": session, "url": url}])
    page = context.new_page()
    # Set-up asks the edge whether it is there; none runs here.
    page.on("console", lambda said: troubles.append(f"{said.location['url']}: {said.text}") if _counts(said, url) else None)
    page.on("pageerror", lambda problem: troubles.append(f"{page.url}: {problem}"))
    for address in addresses:
        answer = page.goto(address)
        if answer is None or not answer.ok:
            troubles.append(f"{address} answers {answer and answer.status}")
        troubles += _check(page, address)
    page.goto("about:blank")
    context.close()
    return troubles


@pytest.mark.long
def test_every_page_is_sound(deps: Deps, chromium: Browser) -> None:
    company = workspaces.add_workspace(deps, "Northbeam", timezone="Europe/Lisbon")
    mara: Rep = reps.add_rep(deps, company.id, email="mara@northbeam.example", name="Mara Oliveira", role=Role.ADMIN)
    shown = demo.create_demo(deps, wait=0)
    for queue in ("bulk", "live"):
        recompute(deps, queue)
    console = ConsoleProcess(deps.settings)
    try:
        names = _names(deps, shown.id)
        troubles = _walk(chromium, console.url, sessions.start(deps, demo.enter_demo(deps, mara)), _addresses(names))
        troubles += _walk(chromium, console.url, sessions.start(deps, mara), _addresses({}))
        troubles += _walk(chromium, console.url, None, ["/sign-in"])
    finally:
        console.stop()
    assert troubles == []
