"""Load: leads who open, click, read the site and send a form, over real HTTP; bounded; every request stands in the ledger."""

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

from tests.faults.rig.dataset import ORIGIN, Company, Letter
from tests.faults.rig.ledger import Entry, Ledger, page_event_id
from tests.scenes import CHROME

HANDS = 8
_PAGES = ("/", "/pricing", "/contact")
_BEACON_TRIES = 40
_BEACON_PAUSE = 0.25


class Load:
    """What the leads of one company do. All of it can be repeated from the same seed."""

    def __init__(self, company: Company, ledger: Ledger, *, seed: int = 0) -> None:
        self.company, self.ledger = company, ledger
        self.dice = random.Random(seed)
        self.client = httpx.Client(timeout=30, limits=httpx.Limits(max_connections=HANDS), trust_env=False, follow_redirects=False)
        self.slowest = 0.0

    def close(self) -> None:
        self.client.close()

    def open(self, letter: Letter) -> Entry:
        """The mail program loads the picture."""
        entry = self.ledger.open("open", letter.lead, message=letter.message)
        self._get(entry, letter.pixel, letter)
        return entry

    def click(self, letter: Letter, link: int = 0) -> str | None:
        """The lead follows a link; the landing token, if the answer came."""
        entry = self.ledger.open("click", letter.lead, message=letter.message, expected=302)
        answer = self._get(entry, letter.links[link], letter)
        if answer is None:
            return None
        target = urlsplit(answer.headers["location"])
        assert f"{target.scheme}://{target.netloc}" == ORIGIN
        return parse_qs(target.query).get("ll", [None])[0]

    def browse(self, letter: Letter, landing: str | None, visitor: str) -> None:
        """Three pages with beats, and a form; as the snippet does, the same beacon is sent until somebody takes it."""
        for place, path in enumerate(_PAGES):
            page, url = f"p{place}", f"{ORIGIN}{path}"
            view = {"id": f"{page}-view", "kind": "view", "page": page, "url": url, "ago_ms": 0, "title": path.strip("/").title() or "Home"}
            self.beacon(letter, visitor, [view], landing)
            beats = [self._beat(page, url, f"{page}-b{n}", 1000 * (n + 1) * self.dice.randint(1, 4), 25 * (n + 1)) for n in range(2)]
            if path == "/contact":
                beats.append({"id": "form", "kind": "submit", "page": page, "url": url, "ago_ms": 0, "fields": {"email": "x"}})
            self.beacon(letter, visitor, beats, landing)

    def beacon(self, letter: Letter, visitor: str, events: list[dict[str, Any]], landing: str | None = None, times: int = 1) -> Entry:
        """One batch to /e, sent until it is answered (the ids stay), and `times` more often than needed."""
        entry = self.ledger.open("collect", letter.lead, expected=204, visitor=visitor)
        counted = [event for event in events if event["kind"] not in ("beat", "leave")]
        entry.ids = [page_event_id(self.company.site, visitor, event["id"]) for event in counted]
        for event in events:
            entry.dwell[event["page"]] = max(entry.dwell.get(event["page"], 0), event.get("active_ms", 0))
        body = {"site": self.company.site, "visitor": visitor, "events": events} | ({"ll": landing} if landing else {})
        headers = self._headers(letter) | {"Content-Type": "text/plain", "Origin": ORIGIN}
        answered = 0
        for _ in range(_BEACON_TRIES):
            with contextlib.suppress(httpx.HTTPError):
                entry.status = self.client.post(f"{self.company.house.edge}/e", content=json.dumps(body), headers=headers).status_code
                answered += 1
            if answered >= times:
                break
            if not answered:
                time.sleep(_BEACON_PAUSE)
        return entry

    def walk(self, letter: Letter) -> None:
        """Everything one lead does."""
        self.open(letter)
        landing = self.click(letter)
        if landing:
            self.browse(letter, landing, f"v-{letter.lead[:12]}-{letter.message[-6:]}")

    def burst(self, letters: list[Letter], opens_and_clicks: int, rate: float = 60) -> None:
        """So many opens and clicks, evenly over the letters, at this rate a second."""
        with ThreadPoolExecutor(HANDS) as hands:
            jobs: list[Future[Any]] = []
            for number in range(opens_and_clicks):
                letter = letters[number % len(letters)]
                jobs.append(hands.submit(self.click if number % 3 == 2 else self.open, letter))
                time.sleep(1 / rate)
            for job in jobs:
                job.result()

    def walks(self, letters: list[Letter], hands: int = 4) -> None:
        """Every lead walks once, a few at a time."""
        with ThreadPoolExecutor(hands) as pool:
            list(pool.map(self.walk, letters))

    @contextlib.contextmanager
    def behind(self, letters: list[Letter], rate: float = 40) -> Iterator[None]:
        """Opens, clicks and walks go on for as long as the block lasts, and the walks are walked to their end."""
        over = threading.Event()

        def opens_and_clicks() -> None:
            number = 0
            while not over.wait(1 / rate):
                (self.click if number % 3 == 2 else self.open)(letters[number % len(letters)])
                number += 1

        with ThreadPoolExecutor(HANDS) as hands:
            jobs = [hands.submit(opens_and_clicks), hands.submit(self.walks, letters, 3)]
            try:
                yield
            finally:
                over.set()
            for job in jobs:
                job.result()

    def _get(self, entry: Entry, url: str, letter: Letter) -> httpx.Response | None:
        began = time.monotonic()
        try:
            answer = self.client.get(url, headers=self._headers(letter) | {"Accept-Language": entry.language})
        except httpx.HTTPError:
            return None
        self.slowest = max(self.slowest, time.monotonic() - began)
        entry.status = answer.status_code
        return answer

    def _headers(self, letter: Letter) -> dict[str, str]:
        """Each lead sits somewhere else, as true leads do; the house trusts its loopback as a proxy."""
        place = int(letter.lead[-4:], 16)
        return {"User-Agent": CHROME, "X-Forwarded-For": f"198.18.{place >> 8}.{place & 255}"}

    def _beat(self, page: str, url: str, event: str, active: int, scroll: int) -> dict[str, Any]:
        return {"id": event, "kind": "beat", "page": page, "url": url, "ago_ms": 0, "active_ms": active, "scroll": scroll}
