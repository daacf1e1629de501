"""Live visits: named leads visit the demo site, one at a time. Run by `python -m tracker.demo` and `leadlight demo --live`."""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from urllib.parse import urlsplit

from pymongo.errors import PyMongoError

from tracker.actions.demo.demo import was_entered
from tracker.actions.demo.rows import leads_in_order
from tracker.actions.deps import Deps
from tracker.base.errors import DeliveryError
from tracker.base.ids import id_of
from tracker.demo.browser import Browser
from tracker.demo_data.live_walk import HEARTBEAT_SECONDS, PageStop, page_stops, scroll_at
from tracker.demo_data.pages import BY_PATH, DOMAIN, page_url
from tracker.demo_data.user_agents import BROWSERS
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.workspace.workspace import Workspace
from tracker.spool.policy import PolicyFile, path_of

log = logging.getLogger(__name__)

WATCHED = timedelta(minutes=10)
"""Activity in the demo's console within this time counts as watching."""

_NEW = timedelta(minutes=2)
_EDGE_WAIT_SECONDS = 6.0
_POLICY_RELOAD_SECONDS = 1.1
_CHECK_SECONDS = 1.0
_PAUSE = (40.0, 70.0)
_STAGES = ("Proposal Sent", "Negotiation", "Qualified")


@dataclass(frozen=True, slots=True)
class Walk:
    """A lead's visit: the tracked link it follows, and its pages."""

    lead: Lead
    tracked_url: str
    stops: tuple[PageStop, ...]


class LiveWalks:
    """Plays visits in one demo workspace until stopped. `number` counts them, so that leads take turns."""

    def __init__(self, deps: Deps, demo: Workspace) -> None:
        self._deps, self._demo = deps, demo
        self._rng = Random()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-live-visits", daemon=True)
        self.number = 0

    def start(self) -> None:
        """Starts a thread: one visit at once in a new demo, then visits while the console is watched."""
        self._thread.start()

    def stop(self) -> None:
        """Stops promptly, also during a visit."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(10)

    def _run(self) -> None:
        self._wait_for_edge()
        if self._deps.now() - self._demo.created_at < _NEW:
            self._try_next()
        while not self._stop.wait(_CHECK_SECONDS):
            if self._is_watched():
                self._try_next()

    def _try_next(self) -> None:
        """Plays the next visit, if there is one, then pauses for about a minute."""
        was_entered(self._deps)  # this visit is the one that the rep sees
        try:
            if walk := self.next_walk():
                self.play(walk)
        except (DeliveryError, PyMongoError) as error:
            log.warning("live visit interrupted", extra={"error": str(error)})
        self._pause()

    def _pause(self) -> None:
        """Waits about a minute, or until a rep enters the demo."""
        until = time.monotonic() + self._rng.uniform(*_PAUSE)
        while time.monotonic() < until and not self._stop.wait(_CHECK_SECONDS):
            if was_entered(self._deps):
                return

    def play(self, walk: Walk) -> None:
        """Plays one visit. Raises DeliveryError."""
        self.number += 1
        site = self._demo.sites[0]
        number = int(walk.lead.id[-4:], 16)
        browser = Browser(
            self._deps.settings,
            agent=BROWSERS[number % len(BROWSERS)],
            visitor=id_of(self._demo.id, walk.lead.id, "browser"),
            site=site.key,
            origin=site.origins[0],
        )
        log.info("live visit", extra={"lead": walk.lead.name, "pages": len(walk.stops)})
        try:
            browser.click(walk.tracked_url)
            for stop in walk.stops:
                self._read(browser, stop)
                if self._stop.is_set():
                    break
        finally:
            browser.close()

    def _read(self, browser: Browser, stop: PageStop) -> None:
        browser.view(page_url(self._demo.sites[0].origins[0], stop.path), BY_PATH[stop.path].title)
        read = 0.0
        while read < stop.seconds and not self._stop.is_set():
            step = min(HEARTBEAT_SECONDS, stop.seconds - read)
            self._stop.wait(step)
            read += step
            browser.heartbeat(int(read * 1000), scroll_at(stop, read), is_last=read >= stop.seconds or self._stop.is_set())

    def next_walk(self) -> Walk | None:
        """The visit of the next lead with a tracked email. Leads of the demo's visitor come first."""
        store = self._deps.store.of(self._demo.id)
        visitors = [rep.id for rep in store.reps.active() if not rep.email.endswith(f"@{DOMAIN}")]
        candidates = [lead for lead in leads_in_order(self._deps, self._demo.id) if lead.stage in _STAGES]
        leads = [lead for lead in candidates if lead.owner in visitors] or candidates
        messages = store.messages.of_leads([lead.id for lead in leads])
        walks = [walk for lead in leads if (walk := self._walk_of(lead, [m for m in messages if m.lead == lead.id]))]
        return walks[self.number % len(walks)] if walks else None

    def _walk_of(self, lead: Lead, messages: Sequence[Message]) -> Walk | None:
        tracked = [message for message in messages if message.sent_at and any(link.tracked_url for link in message.links)]
        if not tracked:
            return None
        best = next((message for message in reversed(tracked) if message.kind), tracked[-1])
        links = {urlsplit(link.url).path: link.tracked_url for link in best.links if link.tracked_url}
        stops = page_stops(self.number, list(links), self._rng)
        return Walk(lead, links[stops[0].path] or "", stops)

    def _is_watched(self) -> bool:
        since = self._deps.now() - WATCHED
        try:
            reps = self._deps.store.of(self._demo.id).reps.active()
        except PyMongoError:
            return False
        return any(rep.last_seen_at and rep.last_seen_at > since for rep in reps)

    def _wait_for_edge(self) -> None:
        """Waits a few seconds until the local edge accepts events of the demo site."""
        policy = PolicyFile(path_of(self._deps.settings))
        for _ in range(int(_EDGE_WAIT_SECONDS)):
            if self._demo.sites[0].key in policy.current().sites:
                break
            self._stop.wait(1.0)
        self._stop.wait(_POLICY_RELOAD_SECONDS)
