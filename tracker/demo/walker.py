"""The walker: sends named leads over the demo site, live, one at a time. Run by `python -m tracker.demo` and `leadlight demo --live`."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from urllib.parse import urlsplit

from pymongo.errors import PyMongoError

from tracker.actions.demo.rows import leads_in_order
from tracker.actions.deps import Deps
from tracker.base.errors import DeliveryError
from tracker.base.ids import id_of
from tracker.demo.browser import Browser
from tracker.demo_data.live_walk import BEAT_SECONDS, Stop, scroll_at, walk_script
from tracker.demo_data.pages import BY_PATH, DOMAIN, page_url
from tracker.demo_data.user_agents import BROWSERS
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.workspace.workspace import Workspace
from tracker.spool.policy import PolicyFile, path_of

log = logging.getLogger(__name__)

WATCHED = timedelta(minutes=10)
"""Somebody who did anything in the demo's console so recently may be watching."""

_NEW = timedelta(minutes=2)
_KNOWN_SECONDS = 6.0
_EDGE_LOOKS_SECONDS = 1.1
_LOOK_SECONDS = 3.0
_REST = (40.0, 70.0)
_STAGES = ("Proposal Sent", "Negotiation", "Qualified")


@dataclass(frozen=True, slots=True)
class Trip:
    """Who walks, and by which mail's link they come."""

    lead: Lead
    tracked_url: str
    stops: tuple[Stop, ...]


class Walker:
    """Walks for one demo workspace until stopped. `number` counts the walks, so that leads take turns."""

    def __init__(self, deps: Deps, demo: Workspace) -> None:
        self._deps, self._demo = deps, demo
        self._rng = Random()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-walker", daemon=True)
        self.number = 0

    def start(self) -> None:
        """Begins to walk in a thread of its own: at once in a demo that is new, then while somebody watches."""
        self._thread.start()

    def stop(self) -> None:
        """Ends within a moment, also in the middle of a walk."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(10)

    def _run(self) -> None:
        self._wait_until_known()
        if self._deps.now() - self._demo.created_at < _NEW:
            self._try_walk()
        while not self._stop.wait(_LOOK_SECONDS):
            if self._is_watched():
                self._try_walk()

    def _try_walk(self) -> None:
        """Walks if anybody can, then rests for about a minute."""
        try:
            if trip := self.next_trip():
                self.walk(trip)
        except (DeliveryError, PyMongoError) as error:
            log.warning("walk broken off", extra={"error": str(error)})
        self._stop.wait(self._rng.uniform(*_REST))

    def walk(self, trip: Trip) -> None:
        """Plays one walk to its end. Raises DeliveryError."""
        self.number += 1
        site = self._demo.sites[0]
        number = int(trip.lead.id[-4:], 16)
        browser = Browser(
            self._deps.settings,
            agent=BROWSERS[number % len(BROWSERS)],
            visitor=id_of(self._demo.id, trip.lead.id, "browser"),
            site=site.key,
            origin=site.origins[0],
        )
        log.info("walk", extra={"lead": trip.lead.name, "pages": len(trip.stops)})
        try:
            browser.click(trip.tracked_url)
            for stop in trip.stops:
                self._read(browser, stop)
                if self._stop.is_set():
                    break
        finally:
            browser.close()

    def _read(self, browser: Browser, stop: Stop) -> None:
        browser.view(page_url(self._demo.sites[0].origins[0], stop.path), BY_PATH[stop.path].title)
        read = 0.0
        while read < stop.seconds and not self._stop.is_set():
            step = min(BEAT_SECONDS, stop.seconds - read)
            self._stop.wait(step)
            read += step
            browser.beat(int(read * 1000), scroll_at(stop, read), is_last=read >= stop.seconds or self._stop.is_set())

    def next_trip(self) -> Trip | None:
        """The next lead in turn who got a mail with links; those of the person who tries the demo come first."""
        here = self._deps.store.of(self._demo.id)
        visitors = [rep.id for rep in here.reps.active() if not rep.email.endswith(f"@{DOMAIN}")]
        cast = [lead for lead in leads_in_order(self._deps, self._demo.id) if lead.stage in _STAGES]
        leads = [lead for lead in cast if lead.owner in visitors] or cast
        messages = here.messages.of_leads([lead.id for lead in leads])
        trips = [trip for lead in leads if (trip := self._trip(lead, [m for m in messages if m.lead == lead.id]))]
        return trips[self.number % len(trips)] if trips else None

    def _trip(self, lead: Lead, messages: Sequence[Message]) -> Trip | None:
        tracked = [message for message in messages if message.sent_at and any(link.tracked_url for link in message.links)]
        if not tracked:
            return None
        best = next((message for message in reversed(tracked) if message.kind), tracked[-1])
        links = {urlsplit(link.url).path: link.tracked_url for link in best.links if link.tracked_url}
        stops = walk_script(self.number, list(links), self._rng)
        return Trip(lead, links[stops[0].path] or "", stops)

    def _is_watched(self) -> bool:
        since = self._deps.now() - WATCHED
        try:
            reps = self._deps.store.of(self._demo.id).reps.active()
        except PyMongoError:
            return False
        return any(rep.last_seen_at and rep.last_seen_at > since for rep in reps)

    def _wait_until_known(self) -> None:
        """Waits until the edge of this machine knows the demo site, so that the first page counts; not for long."""
        policy = PolicyFile(path_of(self._deps.settings))
        for _ in range(int(_KNOWN_SECONDS)):
            if self._demo.sites[0].key in policy.current().sites:
                break
            self._stop.wait(1.0)
        self._stop.wait(_EDGE_LOOKS_SECONDS)
