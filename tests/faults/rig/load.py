"""Load: leads open, click, browse the site and send a form, over real HTTP. Every request is in the ledger."""

import contextlib
import json
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.faults.rig.dataset import ORIGIN, Company, MailedLead
from tests.faults.rig.ledger import Entry, Ledger, page_event_id
from tests.scenes import CHROME

THREADS = 8
_PAGES = ("/", "/pricing", "/contact")
_BEACON_TRIES = 40
_BEACON_PAUSE = 0.25


class LoadGenerator:
    """The requests of one company's leads, reproducible by seed."""

    def __init__(self, company: Company, ledger: Ledger, *, seed: int = 0) -> None:
        self.company, self.ledger = company, ledger
        self.rng = random.Random(seed)
        self.client = httpx.Client(timeout=30, limits=httpx.Limits(max_connections=THREADS), trust_env=False, follow_redirects=False)
        self.slowest = 0.0

    def close(self) -> None:
        self.client.close()

    def open(self, recipient: MailedLead) -> Entry:
        """The mail client loads the pixel."""
        entry = self.ledger.open("open", recipient.lead, message=recipient.message)
        self._get(entry, recipient.pixel, recipient)
        return entry

    def click(self, recipient: MailedLead, link: int = 0) -> str | None:
        """The lead follows a link; returns the landing token, or None without a response."""
        entry = self.ledger.open("click", recipient.lead, message=recipient.message, expected=302)
        answer = self._get(entry, recipient.links[link], recipient)
        if answer is None:
            return None
        target = urlsplit(answer.headers["location"])
        assert f"{target.scheme}://{target.netloc}" == ORIGIN
        return parse_qs(target.query).get("ll", [None])[0]

    def browse(self, recipient: MailedLead, landing: str | None, visitor: str) -> None:
        """Three pages with heartbeats, and a form. Like the snippet, it repeats a beacon until there is a response."""
        for place, path in enumerate(_PAGES):
            page, url = f"p{place}", f"{ORIGIN}{path}"
            view = {"id": f"{page}-view", "kind": "view", "page": page, "url": url, "ago_ms": 0, "title": path.strip("/").title() or "Home"}
            self.beacon(recipient, visitor, [view], landing)
            beats = [self._beat(page, url, f"{page}-b{n}", 1000 * (n + 1) * self.rng.randint(1, 4), 25 * (n + 1)) for n in range(2)]
            if path == "/contact":
                beats.append({"id": "form", "kind": "submit", "page": page, "url": url, "ago_ms": 0, "fields": {"email": "x"}})
            self.beacon(recipient, visitor, beats, landing)

    def beacon(
        self, recipient: MailedLead, visitor: str, events: list[dict[str, Any]], landing: str | None = None, times: int = 1
    ) -> Entry:
        """One batch to /e, repeated with the same ids until there are `times` responses."""
        entry = self.ledger.open("collect", recipient.lead, expected=204, visitor=visitor)
        counted = [event for event in events if event["kind"] not in ("beat", "leave")]
        entry.ids = [page_event_id(self.company.site, visitor, event["id"]) for event in counted]
        for event in events:
            entry.dwell[event["page"]] = max(entry.dwell.get(event["page"], 0), event.get("active_ms", 0))
        body = {"site": self.company.site, "visitor": visitor, "events": events} | ({"ll": landing} if landing else {})
        headers = self._headers(recipient) | {"Content-Type": "text/plain", "Origin": ORIGIN}
        answered = 0
        for _ in range(_BEACON_TRIES):
            with contextlib.suppress(httpx.HTTPError):
                entry.status = self.client.post(f"{self.company.stack.edge}/e", content=json.dumps(body), headers=headers).status_code
                answered += 1
            if answered >= times:
                break
            if not answered:
                time.sleep(_BEACON_PAUSE)
        return entry

    def walk(self, recipient: MailedLead) -> None:
        """One lead opens, clicks and browses."""
        self.open(recipient)
        landing = self.click(recipient)
        if landing:
            self.browse(recipient, landing, f"v-{recipient.lead[:12]}-{recipient.message[-6:]}")

    def burst(self, recipients: list[MailedLead], opens_and_clicks: int, rate: float = 60) -> None:
        """Sends opens and clicks, evenly over the recipients, at this rate per second."""
        with ThreadPoolExecutor(THREADS) as threads:
            jobs: list[Future[Any]] = []
            for number in range(opens_and_clicks):
                recipient = recipients[number % len(recipients)]
                jobs.append(threads.submit(self.click if number % 3 == 2 else self.open, recipient))
                time.sleep(1 / rate)
            for job in jobs:
                job.result()

    def walks(self, recipients: list[MailedLead], threads: int = 4) -> None:
        """Every lead walks once, `threads` in parallel."""
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(self.walk, recipients))

    @contextlib.contextmanager
    def running(self, recipients: list[MailedLead], rate: float = 40) -> Iterator[None]:
        """Sends opens, clicks and walks while the block runs; walks are completed."""
        over = threading.Event()

        def opens_and_clicks() -> None:
            number = 0
            while not over.wait(1 / rate):
                (self.click if number % 3 == 2 else self.open)(recipients[number % len(recipients)])
                number += 1

        with ThreadPoolExecutor(THREADS) as threads:
            jobs = [threads.submit(opens_and_clicks), threads.submit(self.walks, recipients, 3)]
            try:
                yield
            finally:
                over.set()
            for job in jobs:
                job.result()

    def _get(self, entry: Entry, url: str, recipient: MailedLead) -> httpx.Response | None:
        began = time.monotonic()
        try:
            answer = self.client.get(url, headers=self._headers(recipient) | {"Accept-Language": entry.language})
        except httpx.HTTPError:
            return None
        self.slowest = max(self.slowest, time.monotonic() - began)
        entry.status = answer.status_code
        return answer

    def _headers(self, recipient: MailedLead) -> dict[str, str]:
        """Each lead has a different client address; the stack trusts loopback as a proxy."""
        place = int(recipient.lead[-4:], 16)
        return {"User-Agent": CHROME, "X-Forwarded-For": f"198.18.{place >> 8}.{place & 255}"}

    def _beat(self, page: str, url: str, event: str, active: int, scroll: int) -> dict[str, Any]:
        return {"id": event, "kind": "beat", "page": page, "url": url, "ago_ms": 0, "active_ms": active, "scroll": scroll}
