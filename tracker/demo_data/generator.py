"""The generator: turns one lead's scenario into records of the history. Used by demo_data.history."""

import html
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from tracker.base.ids import id_of
from tracker.demo_data import email_templates
from tracker.demo_data.context import DemoContext
from tracker.demo_data.scenarios import VISIT_PATTERNS, EmailStep, NoteStep, SaleStep, StageStep, Step, VisitStep
from tracker.demo_data.user_agents import MailSoftware
from tracker.demo_data.values import History, id_at
from tracker.demo_data.visits import BrowserProfile, add_visit
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
class LeadHistory:
    """One lead's history so far. `cursor` is the time of the last step, `stage` the stage after it."""

    context: DemoContext
    into: History
    lead: Lead
    rep: Rep
    software: MailSoftware
    browser: BrowserProfile
    zone: str
    rng: Random
    cursor: datetime
    stage: str = "New"

    def play(self, steps: tuple[Step, ...], first: int, last: int) -> None:
        """Spreads the steps over the working days from `first` to `last` days ago. Stage and sale steps follow on the same day."""
        timed = [step for step in steps if not isinstance(step, StageStep | SaleStep)]
        gap = (first - last) / max(1, len(timed) - 1)
        number = 0
        for step in steps:
            if isinstance(step, StageStep | SaleStep):
                self._follow_up(step)
                continue
            self._start(step, round(first - gap * number))
            number += 1

    def _start(self, step: Step, ago: int) -> None:
        zone = self.zone if isinstance(step, VisitStep) else self.rep.timezone
        planned = self.context.days.moment(ago, self.rng.uniform(8.4, 17.2), zone)
        at = self.context.days.next_open(max(planned, self.cursor + _PAUSE), zone)
        if at > self.context.days.limit:
            return
        self.cursor = at
        if isinstance(step, EmailStep):
            self._send(step, at)
        elif isinstance(step, VisitStep):
            add_visit(self.context, self.into, self.browser, VISIT_PATTERNS[step.pattern], at, self.rng)
        elif isinstance(step, NoteStep):
            self._add_note(step, at)

    def _follow_up(self, step: Step) -> None:
        at = min(self.cursor + timedelta(minutes=self.rng.randint(3, 18)), self.context.days.limit)
        self.cursor = at
        ids = (self.context.workspace, self.lead.id, str(len(self.into.moves) + len(self.into.sales)))
        if isinstance(step, StageStep):
            self.into.moves.append(
                Move(
                    id=id_at(at, *ids),
                    workspace=self.context.workspace,
                    lead=self.lead.id,
                    before=self.stage,
                    stage=step.stage,
                    at=at,
                    actor=self.rep.id,
                    reason=step.reason,
                )
            )
            self.stage = step.stage
        elif isinstance(step, SaleStep):
            self.into.sales.append(
                Sale(
                    id=id_at(at, *ids),
                    workspace=self.context.workspace,
                    lead=self.lead.id,
                    product=step.product,
                    amount=step.amount,
                    currency=step.currency,
                    sold_on=at.date(),
                    rep=self.rep.id,
                    is_recurring=step.is_recurring,
                    created_at=at,
                )
            )

    def _add_note(self, step: NoteStep, at: datetime) -> None:
        note = Note(
            id=id_at(at, self.context.workspace, self.lead.id, step.kind),
            workspace=self.context.workspace,
            lead=self.lead.id,
            kind=step.kind,
            text=step.text,
            rep=self.rep.id,
            at=at,
            created_at=at,
        )
        self.into.notes.append(note)
        self._add_event(id_of(self.context.workspace, note.id, "note"), EventKind(step.kind), at, text=step.text)

    def _add_event(self, key: str, kind: EventKind, at: datetime, *, text: str | None = None, message: str | None = None) -> None:
        self.into.events.append(
            Event(
                id=key,
                workspace=self.context.workspace,
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

    def _send(self, step: EmailStep, at: datetime) -> None:
        template = email_templates.EMAIL_TEMPLATES[step.template]
        values = {"first": self.lead.first_name, "company": self.lead.company or "", "site": self.context.origin, "rep": self.rep.name}
        source = template.html_for({name: html.escape(value) for name, value in values.items()})
        key = id_at(at, self.context.workspace, self.lead.id, template.name)
        subject = template.subject_for(values)
        made = self.context.instrument(self.lead, self.rep, key, subject, source)
        message = Message(
            id=key,
            workspace=self.context.workspace,
            lead=self.lead.id,
            rep=self.rep.id,
            subject=subject,
            html=made.html,
            source_html=source,
            text=made.text,
            kind=template.kind,
            campaign=_CAMPAIGNS.get(template.name),
            pixel_url=made.pixel_url,
            links=made.links,
            state=MessageState.SENT,
            created_at=at - timedelta(minutes=3),
            sent_at=at,
        )
        self.into.messages.append(message)
        self._add_event(id_of(self.context.workspace, key, "sent"), EventKind.SENT, at, message=key)
        self.stage = {"New": "Contacted"}.get(self.stage, self.stage) if template.kind is None else "Proposal Sent"
        self._add_automatic_events(message)
        if step.reaction != "none":
            self._react(step, template, message)

    def _add_automatic_events(self, message: Message) -> None:
        """Adds requests of mail software seconds after delivery."""
        software = self.software
        if software.machine_after is None or message.sent_at is None:
            return
        at = message.sent_at + timedelta(seconds=software.machine_after)
        source = (software.machine_agent, software.machine_address)
        self._add_reaction(message, EventKind.OPEN, at, *source)
        if software.machine_clicks:
            for link in message.links:
                self._add_reaction(message, EventKind.CLICK, at + timedelta(milliseconds=180 * (link.index + 1)), *source, link=link.index)

    def _react(self, step: EmailStep, template: email_templates.EmailTemplate, message: Message) -> None:
        sent = message.sent_at or self.cursor
        delay = timedelta(minutes=4 + self.rng.expovariate(1 / 70))
        opened = self.context.days.next_open(sent + delay, self.zone)
        clicked = opened + timedelta(seconds=self.rng.randint(15, 100))
        if clicked > self.context.days.limit:
            return
        if self.software.open_agent:
            self._add_reaction(
                message, EventKind.OPEN, opened, self.software.open_agent, self.software.open_address or self.browser.address
            )
        if step.reaction == "click":
            pattern = template.landing_pattern(VISIT_PATTERNS[step.pattern])
            number = template.link_number(pattern[0].path)
            click = self._add_reaction(message, EventKind.CLICK, clicked, self.browser.agent, self.browser.address, link=number)
            add_visit(self.context, self.into, self.browser, pattern, clicked + timedelta(milliseconds=900), self.rng, click)

    def _add_reaction(self, message: Message, kind: EventKind, at: datetime, agent: str, address: str, *, link: int = 0) -> Event:
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
