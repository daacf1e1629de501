"""The telling: plays one lead's plot, step by step, into the history. Used by demo_data.history."""

import html
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from tracker.base.ids import id_of
from tracker.demo_data import email_templates
from tracker.demo_data.context import World
from tracker.demo_data.scenarios import SCENES, Beat, Deal, Mail, Step, Talk, Visit
from tracker.demo_data.user_agents import MailSoftware
from tracker.demo_data.values import History, id_at
from tracker.demo_data.visits import Browser, walk
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message, MessageState
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.sale import Sale
from tracker.domain.team.rep import Rep
from tracker.rules.verdicts.first import RECORDED, RequestFacts, first_verdict

_PAUSE = timedelta(minutes=20)
_CAMPAIGNS = {"intro": "Fleets by hand", "nudge": "Fleets by hand", "news": "Tours that change"}


@dataclass(slots=True)
class Telling:
    """One lead's story so far. `cursor` is when the last step happened, `stage` where it has led."""

    world: World
    into: History
    lead: Lead
    rep: Rep
    software: MailSoftware
    browser: Browser
    zone: str
    rng: Random
    cursor: datetime
    stage: str = "New"

    def play(self, beats: tuple[Beat, ...], first: int, last: int) -> None:
        """Spreads the steps over the working days from `first` to `last` working days ago; what follows from a step stays on its day."""
        whole = [beat for beat in beats if not isinstance(beat, Step | Deal)]
        gap = (first - last) / max(1, len(whole) - 1)
        number = 0
        for beat in beats:
            if isinstance(beat, Step | Deal):
                self._follow_up(beat)
                continue
            self._start(beat, round(first - gap * number))
            number += 1

    def _start(self, beat: Beat, ago: int) -> None:
        zone = self.zone if isinstance(beat, Visit) else self.rep.timezone
        planned = self.world.days.moment(ago, self.rng.uniform(8.4, 17.2), zone)
        at = self.world.days.next_open(max(planned, self.cursor + _PAUSE), zone)
        if at > self.world.days.limit:
            return
        self.cursor = at
        if isinstance(beat, Mail):
            self._send(beat, at)
        elif isinstance(beat, Visit):
            walk(self.world, self.into, self.browser, SCENES[beat.scene], at, self.rng)
        elif isinstance(beat, Talk):
            self._talk(beat, at)

    def _follow_up(self, beat: Beat) -> None:
        at = min(self.cursor + timedelta(minutes=self.rng.randint(3, 18)), self.world.days.limit)
        self.cursor = at
        ids = (self.world.workspace, self.lead.id, str(len(self.into.moves) + len(self.into.sales)))
        if isinstance(beat, Step):
            self.into.moves.append(
                Move(
                    id=id_at(at, *ids),
                    workspace=self.world.workspace,
                    lead=self.lead.id,
                    before=self.stage,
                    stage=beat.stage,
                    at=at,
                    actor=self.rep.id,
                    reason=beat.reason,
                )
            )
            self.stage = beat.stage
        elif isinstance(beat, Deal):
            self.into.sales.append(
                Sale(
                    id=id_at(at, *ids),
                    workspace=self.world.workspace,
                    lead=self.lead.id,
                    product=beat.product,
                    amount=beat.amount,
                    currency=beat.currency,
                    sold_on=at.date(),
                    rep=self.rep.id,
                    is_recurring=beat.is_recurring,
                    created_at=at,
                )
            )

    def _talk(self, beat: Talk, at: datetime) -> None:
        note = Note(
            id=id_at(at, self.world.workspace, self.lead.id, beat.kind),
            workspace=self.world.workspace,
            lead=self.lead.id,
            kind=beat.kind,
            text=beat.text,
            rep=self.rep.id,
            at=at,
            created_at=at,
        )
        self.into.notes.append(note)
        self._recorded(id_of(self.world.workspace, note.id, "note"), EventKind(beat.kind), at, text=beat.text)

    def _recorded(self, key: str, kind: EventKind, at: datetime, *, text: str | None = None, message: str | None = None) -> None:
        self.into.events.append(
            Event(
                id=key,
                workspace=self.world.workspace,
                kind=kind,
                at=at,
                received=at,
                verdict=RECORDED,
                lead=self.lead.id,
                message=message,
                rep=self.rep.id,
                text=text,
            )
        )

    def _send(self, beat: Mail, at: datetime) -> None:
        letter = email_templates.LETTERS[beat.letter]
        words = {"first": self.lead.first_name, "firm": self.lead.company or "", "site": self.world.origin, "rep": self.rep.name}
        source = letter.html_for({name: html.escape(word) for name, word in words.items()})
        key = id_at(at, self.world.workspace, self.lead.id, letter.name)
        subject = letter.subject_for(words)
        made = self.world.instrument(self.lead, self.rep, key, subject, source)
        message = Message(
            id=key,
            workspace=self.world.workspace,
            lead=self.lead.id,
            rep=self.rep.id,
            subject=subject,
            html=made.html,
            source_html=source,
            text=made.text,
            kind=letter.kind,
            campaign=_CAMPAIGNS.get(letter.name),
            pixel_url=made.pixel_url,
            links=made.links,
            state=MessageState.SENT,
            created_at=at - timedelta(minutes=3),
            sent_at=at,
        )
        self.into.messages.append(message)
        self._recorded(id_of(self.world.workspace, key, "sent"), EventKind.SENT, at, message=key)
        self.stage = {"New": "Contacted"}.get(self.stage, self.stage) if letter.kind is None else "Proposal Sent"
        self._machines(message)
        if beat.reaction != "none":
            self._react(beat, letter, message)

    def _machines(self, message: Message) -> None:
        """What software at the lead's company does by itself, seconds after the mail arrived."""
        software = self.software
        if software.machine_after is None or message.sent_at is None:
            return
        at = message.sent_at + timedelta(seconds=software.machine_after)
        who = (software.machine_agent, software.machine_address)
        self._touched(message, EventKind.OPEN, at, *who)
        if software.machine_clicks:
            for link in message.links:
                self._touched(message, EventKind.CLICK, at + timedelta(milliseconds=180 * (link.index + 1)), *who, link=link.index)

    def _react(self, beat: Mail, letter: email_templates.Letter, message: Message) -> None:
        sent = message.sent_at or self.cursor
        late = timedelta(minutes=4 + self.rng.expovariate(1 / 70))
        opened = self.world.days.next_open(sent + late, self.zone)
        clicked = opened + timedelta(seconds=self.rng.randint(15, 100))
        if clicked > self.world.days.limit:
            return
        if self.software.open_agent:
            self._touched(message, EventKind.OPEN, opened, self.software.open_agent, self.software.open_address or self.browser.address)
        if beat.reaction == "click":
            scene = letter.landing_scene(SCENES[beat.scene])
            number = letter.link_number(scene[0].path)
            click = self._touched(message, EventKind.CLICK, clicked, self.browser.agent, self.browser.address, link=number)
            walk(self.world, self.into, self.browser, scene, clicked + timedelta(milliseconds=900), self.rng, click)

    def _touched(self, message: Message, kind: EventKind, at: datetime, agent: str, address: str, *, link: int = 0) -> Event:
        facts = RequestFacts(kind=kind, agent=agent, headers={}, at=at, sent_at=message.sent_at)
        event = Event(
            id=id_at(at, message.id, kind.value, str(link)),
            workspace=message.workspace,
            kind=kind,
            at=at,
            received=at,
            verdict=first_verdict(facts),
            lead=message.lead,
            message=message.id,
            link=link,
            url=message.links[link].url if kind is EventKind.CLICK and message.links else None,
            address=address,
            agent=agent,
        )
        self.into.events.append(event)
        return event
