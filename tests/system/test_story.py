"""The main use case through public HTTP only, with one real instance and real receivers."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.notifier.receivers import Mails, Receiver, mail_server, receiver
from tests.ports import free_ports
from tests.scenes import CHROME
from tests.system.stack import Stack, running_stack

SITE = "https://www.northwind.example"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Returns redirects as responses."""

    def redirect_request(self, *_: Any) -> None:
        """Follows no redirect."""


class Program:
    """A client with an API key, and the lead's browser."""

    def __init__(self, stack: Stack, port: int) -> None:
        self.key = stack.command("key", "new").stdout.strip()
        self.console, self.edge = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
        self.open = urllib.request.build_opener(NoRedirect).open

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """One call; the decoded response."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        call = urllib.request.Request(f"{self.console}/api/v1{path}", data, headers, method=method)
        with self.open(call, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def visit(self, url: str) -> tuple[int, str]:
        """The response to the lead's browser: status and location."""
        call = urllib.request.Request(url.replace("localhost", "127.0.0.1"), headers={"User-Agent": CHROME, "Accept-Language": "en"})
        try:
            with self.open(call, timeout=60) as answer:
                return answer.status, ""
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers.get("Location", "")

    def collect(self, site: str, events: list[dict[str, Any]], landing: str | None = None) -> int:
        """Sends a batch as the snippet does."""
        body = {"site": site, "visitor": "v-1", "events": events} | ({"ll": landing} if landing else {})
        headers = {"User-Agent": CHROME, "Content-Type": "text/plain", "Origin": SITE}
        with self.open(urllib.request.Request(f"{self.edge}/e", json.dumps(body).encode(), headers), timeout=60) as answer:
            return int(answer.status)


def page(number: int, path: str, kind: str = "view", **more: Any) -> dict[str, Any]:
    return {
        "id": f"{kind}{number}",
        "kind": kind,
        "page": f"p{number}",
        "url": f"{SITE}{path}",
        "title": path.strip("/").title(),
        "ago_ms": 0,
    } | more


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[Receiver, Mails]]:
    """A Slack-format receiver and a mail server."""
    with receiver() as slack, mail_server() as mails:
        yield slack, mails


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory, told: tuple[Receiver, Mails]) -> Iterator[Program]:
    """A running instance."""
    folder: Path = tmp_path_factory.mktemp("story")
    port = free_ports()
    environ = {
        "PORT": str(port),
        "DATA": str(folder / "var"),
        "OUTBOUND_ALLOW": "127.0.0.0/8",
        "SMTP_URL": f"smtp://127.0.0.1:{told[1].port}",
    }
    with running_stack(environ) as stack:
        stack.wait_ready()
        yield Program(stack, port)


def settled(program: Program, path: str, condition: Any) -> list[dict[str, Any]]:
    """The items once the condition holds, and still holds three seconds later."""
    until = time.monotonic() + 60
    while not condition(items := program.api("GET", path)["items"]):
        assert time.monotonic() < until, items
        time.sleep(0.1)
    time.sleep(3)
    return list(program.api("GET", path)["items"])


def three_delivered(alerts: list[dict[str, Any]]) -> bool:
    """Whether alerts for an open, a click and a pricing page are delivered on every channel."""
    return len(alerts) >= 3 and all(delivery["state"] == "delivered" for alert in alerts for delivery in alert["deliveries"])


def test_main_use_case_by_api_and_plain_http(program: Program, told: tuple[Receiver, Mails]):
    """Lead, message, pixel, click, pages: events, ledger, visits, replays and deliveries are exactly these, once."""
    slack, mails = told
    site = program.api("POST", "/sites", {"origins": [SITE]})["key"]
    rep = program.api("POST", "/reps", {"email": "rita@northwind.example", "name": "Rita Reyes"})["id"]
    program.api("PUT", "/alert-preferences", {"days": [], "email": "now"})  # at any hour of this test
    program.api("PUT", f"/reps/{rep}/channels/slack", {"webhook_url": f"{slack.url}/hook"})
    program.api("PUT", f"/reps/{rep}/channels/email", {"address": "rita@northwind.example"})
    lead = program.api("POST", "/leads", {"email": "dana@acme.example", "name": "Dana Whitfield", "company": "Acme", "owner": rep})["id"]
    target = f"{SITE}/?a=1&b=%C3%A9#top"
    html = f'<p>Hello <a href="{target.replace("&", "&amp;")}">See it</a></p>'
    message = program.api("POST", "/messages", {"lead": lead, "subject": "Route plan v2", "html": html})
    program.api("POST", f"/messages/{message['id']}/sent", {"at": (datetime.now(UTC) - timedelta(minutes=2)).isoformat()})

    assert program.visit(message["pixel_url"]) == (200, "")
    status, location = program.visit(message["links"][0]["tracked_url"])
    landing = parse_qs(urlsplit(location).query)["ll"][0]
    assert (302, target) == (status, location.replace(f"&ll={landing}", ""))
    assert program.collect(site, [page(1, "/")], landing) == 204
    for _ in range(2):
        assert (
            program.collect(site, [page(1, "/", "beat", active_ms=7000, scroll=60), page(2, "/pricing"), page(3, "/contact")], landing)
            == 204
        )
    assert program.collect(site, [page(2, "/pricing", "beat", active_ms=12000, scroll=90)]) == 204

    wanted = ["sent", "open", "click", "view", "view", "view"]
    events = settled(program, f"/leads/{lead}/events", lambda items: len(items) >= len(wanted))
    assert wanted == [event["kind"] for event in events]
    alerts = settled(program, "/alerts", three_delivered)
    assert sorted(alert["rule"] for alert in alerts) == ["click", "first_open", "pricing"]
    assert [len(alert["deliveries"]) for alert in alerts] == [2, 2, 2]
    assert len(alerts) == len(slack.calls) == len(mails.mails)

    score = program.api("GET", f"/leads/{lead}/score")
    assert score["total"] == sum(row["points"] for row in score["ledger"]) == score["fit"] + score["engagement"] > 0
    (visit,) = program.api("GET", f"/leads/{lead}/visits")["items"]
    assert [(urlsplit(p["url"]).path, p["active_seconds"], p["scroll"]) for p in visit["pages"]] == [
        ("/", 7, 60),
        ("/pricing", 12, 90),
        ("/contact", 0, 0),
    ]
    for path in (f"/leads/{lead}/replay", f"/visits/{visit['id']}/replay"):
        steps = [step for step in program.api("GET", path)["steps"] if step["kind"] == "view"]
        assert [f"{SITE}/", f"{SITE}/pricing", f"{SITE}/contact"] == [step["url"] for step in steps]
    assert program.api("GET", f"/leads/{lead}")["stage"] == "Contacted"


def test_a_changed_token_is_no_redirect_and_no_event(program: Program):
    """For a wrong character at any position: an error page, and no event."""
    lead = program.api("POST", "/leads", {"email": "omar@acme.example", "name": "Omar Haddad"})["id"]
    made = program.api("POST", "/messages", {"lead": lead, "subject": "Hi", "html": '<a href="https://x.example/">x</a>'})
    url = made["links"][0]["tracked_url"]
    for at in range(url.index("/c/") + 3, len(url), 7):
        assert program.visit(url[:at] + ("A" if url[at] != "A" else "B") + url[at + 1 :])[0] == 404
    time.sleep(1)
    assert program.api("GET", f"/leads/{lead}/events")["items"] == []
