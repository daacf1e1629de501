"""Any number of leads and events for benchmarks, in chunks, as a pure function of the seed. Used by actions.demo.fill."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from tracker.base.ids import id_of
from tracker.demo_data.pages import PAGES
from tracker.demo_data.user_agents import BROWSERS
from tracker.demo_data.values import id_at
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import Dwell
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Link, Message, MessageState
from tracker.domain.workspace.source import DEFAULT_SOURCES
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.identity import Claim
from tracker.rules.verdicts.first import PERSON, RECORDED

CHUNK = 5_000
"""Approximate events per chunk, which bounds memory."""

_SPAN = timedelta(days=90)
_GIVEN = ("Ada", "Ben", "Cleo", "Dev", "Elif", "Finn", "Gita", "Hugo", "Ines", "Jan", "Kofi", "Lena", "Mei", "Nils", "Olga", "Pim")
_FAMILY = ("Abel", "Brandt", "Castro", "Dietz", "Egan", "Faber", "Gomez", "Hale", "Ito", "Jansen", "Kovac", "Lund", "Moreau", "Novak")
_COMPANIES = 200
_PATHS = tuple(page for page in PAGES if page.path != "/thanks")


@dataclass(slots=True)
class Chunk:
    """Some leads with all their records."""

    leads: list[Lead] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    dwells: list[Dwell] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)


def chunks(workspace: Workspace, events: int, leads: int, seed: int, now: datetime) -> Iterator[Chunk]:
    """Yields `leads` leads with `events` events in total, evenly shared, over the 90 days before `now`."""
    chunk = Chunk()
    for number in range(leads):
        share = events * (number + 1) // leads - events * number // leads
        _LeadFiller(workspace, Random(f"{seed}:{number}"), chunk, now, f"{seed}.{number}").fill(number, share)
        if len(chunk.events) >= CHUNK or len(chunk.leads) >= CHUNK:
            yield chunk
            chunk = Chunk()
    if chunk.leads:
        yield chunk


class _LeadFiller:
    """Generates one lead's events."""

    def __init__(self, workspace: Workspace, rng: Random, into: Chunk, now: datetime, name: str) -> None:
        self._ws, self._rng, self._into, self._name = workspace, rng, into, name
        self._start = now - _SPAN
        self._site = workspace.sites[0]
        self._visitor = id_of(workspace.id, name, "browser")
        self._agent = rng.choice(BROWSERS)
        self._left = 0

    def fill(self, number: int, share: int) -> None:
        rng = self._rng
        born = self._start + timedelta(seconds=number % 3600)
        name = f"{rng.choice(_GIVEN)} {rng.choice(_FAMILY)}"
        lead = Lead(
            id=id_at(born, self._ws.id, self._name),
            workspace=self._ws.id,
            email=f"lead-{self._name}@bulk.example",
            name=name,
            company=f"Bulk Company {number % _COMPANIES + 1}",
            source=rng.choice(DEFAULT_SOURCES),
            created_at=born,
            updated_at=born,
        )
        self._into.leads.append(lead)
        self._left = share
        rounds = max(1, share // 9)
        for turn in range(rounds + share):
            if self._left <= 0:
                break
            at = born + timedelta(hours=1) + (_SPAN - timedelta(hours=6)) * min(1.0, turn / rounds) * 0.99
            self._episode(lead, at + timedelta(seconds=rng.uniform(0, 600)), turn)

    def _episode(self, lead: Lead, at: datetime, turn: int) -> None:
        """An email with open, click and visit, until the lead's share of events is used up."""
        rng, origin = self._rng, self._site.origins[0]
        url = f"{origin}/pricing"
        message = Message(
            id=id_at(at, lead.id, str(turn)),
            workspace=self._ws.id,
            lead=lead.id,
            subject=f"Offer {turn + 1}",
            html=f'<a href="{url}">Prices</a>',
            source_html=f'<a href="{url}">Prices</a>',
            links=(Link(index=0, url=url),),
            state=MessageState.SENT,
            created_at=at,
            sent_at=at,
        )
        self._into.messages.append(message)
        self._add(id_of(self._ws.id, message.id, "sent"), EventKind.SENT, at, lead=lead.id, message=message.id, verdict=RECORDED)
        at += timedelta(minutes=rng.uniform(2, 90))
        self._add(id_at(at, message.id, "open"), EventKind.OPEN, at, lead=lead.id, message=message.id, agent=self._agent)
        at += timedelta(seconds=rng.uniform(5, 60))
        click = id_at(at, message.id, "click")
        self._add(click, EventKind.CLICK, at, lead=lead.id, message=message.id, agent=self._agent, url=url)
        self._visit(lead, at, click, f"{self._name}.{turn}")

    def _visit(self, lead: Lead, at: datetime, click: str, name: str) -> None:
        landed = at
        for step in range(self._rng.randint(3, 8)):
            place, page = self._rng.choice(_PATHS), f"{name}.{step}"
            key = id_of(self._site.key, self._visitor, page)
            at += timedelta(seconds=self._rng.uniform(1, 70) if step else 1)
            on_page = {
                "lead": lead.id,
                "site": self._site.key,
                "visitor": self._visitor,
                "page": page,
                "url": f"{self._site.origins[0]}{place.path}",
            }
            first = {"landing": click, "landing_at": landed} if step == 0 else {}
            if not self._add(key, EventKind.VIEW, at, agent=self._agent, title=place.title, **on_page, **first):
                return
            if step == 0:
                self._into.claims.append(Claim(event=key, visitor=self._visitor, click=click, at=at))
            read = self._rng.randint(500, 60_000)
            self._into.dwells.append(
                Dwell(
                    visitor=self._visitor,
                    page=page,
                    active_ms=read,
                    scroll=self._rng.randint(5, 100),
                    last_at=at + timedelta(milliseconds=read),
                )
            )

    def _add(self, key: str, kind: EventKind, at: datetime, **values: object) -> bool:
        """Adds one event and returns True, or False if the share is used up."""
        if self._left <= 0:
            return False
        self._left -= 1
        values.setdefault("verdict", PERSON)
        self._into.events.append(Event(id=key, workspace=self._ws.id, kind=kind, at=at, received=at, **values))  # type: ignore[arg-type]
        return True
