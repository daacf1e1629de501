"""The first hour by the README alone: from the sign-in link to an alert of an own lead on an own page, on localhost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.ports import free_ports
from tests.system.stack import running_stack


class Website(ThreadingHTTPServer):
    """One page of the company; `head` is what was pasted into it."""

    daemon_threads = True
    head = ""


class _Handler(BaseHTTPRequestHandler):
    server: Website

    def do_GET(self) -> None:
        body = f"<!doctype html><html lang=en><head><title>Our product</title>{self.server.head}</head><body><h1>Hello</h1></body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


@contextmanager
def website() -> Iterator[Website]:
    with Website(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def sign_in(page: Page, link: str) -> None:
    page.goto(link)
    page.locator("main button, form button").first.click()
    page.wait_for_url("**/welcome/you")
    for name, value in (("name", "Mara Oliveira"), ("email", "mara@northbeam.com"), ("company", "Northbeam")):
        page.fill(f"[name={name}]", value)
    page.fill("[name=password]", "lantern harbor quilt")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("link", name="Set up my company").click()
    page.wait_for_url("**/setup")


def test_an_own_lead_on_an_own_page_makes_an_own_alert(tmp_path: Path) -> None:
    """Also in the browser in which the admin signed in. Nothing on the way is ticked that does not work."""
    port = free_ports()
    environ = {"PORT": str(port), "DATA": str(tmp_path / "var"), "DNS_SERVERS": "off", "LEADLIGHT_CONFIG": str(tmp_path / "none.toml")}
    with running_stack(environ) as stack, website() as site, sync_playwright() as play:
        stack.wait_ready()
        stack.wait_for(lambda: "/sign-in/" in stack.output())
        link = next(word for word in stack.output().split() if "/sign-in/" in word)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        agent = browser.new_page().evaluate("navigator.userAgent").replace("Headless", "")
        context = browser.new_context(timezone_id="America/Chicago", user_agent=agent)
        page, problems = context.new_page(), []
        page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
        sign_in(page, link)

        page.fill("#site [name=origin]", f"http://localhost:{site.server_port}")
        page.get_by_role("button", name="Show snippet").click()
        snippet = page.locator("#site [data-copy]").first
        site.head = snippet.get_attribute("data-copy") or ""
        page.locator("#leads summary").click()
        page.get_by_role("link", name="Add lead").click()
        page.fill("[name=name]", "Dana Whitfield")
        page.fill("[name=email]", "dana@acme.com")
        page.locator("form.form button.button-main").click()
        page.wait_for_url("**/setup#link")
        page.get_by_role("button", name="Get the link for Dana Whitfield").click()
        personal = page.locator("#link [data-copy]").first.get_attribute("data-copy") or ""

        visitor = context.new_page()
        visitor.goto(personal)
        expect(visitor.get_by_text("Hello")).to_be_visible()
        visitor.mouse.click(200, 200)  # a person does something; an automated browser alone does not count
        visitor.mouse.wheel(0, 300)
        visitor.keyboard.press("PageDown")
        page.bring_to_front()
        expect(page.locator(".toast").get_by_text("Dana Whitfield").first).to_be_visible(timeout=60_000)
        expect(page.locator("#link.step-works")).to_be_attached(timeout=60_000)
        expect(page.locator("#site.step-works")).to_be_attached(timeout=60_000)
        ticked = page.locator(".step-works").evaluate_all("steps => steps.map(step => step.id)")
        assert (set(ticked), problems) == ({"you", "site", "leads", "link"}, [])
        browser.close()
