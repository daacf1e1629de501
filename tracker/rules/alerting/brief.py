"""The brief of a lead: three lines for a rep who is about to call. Who it is, what they did, what to say.

Pure. Made from stored facts alone: what is unknown is left out, and `Brief.events` names the events that the second and third line
rest on. The same text is in alerts, on the page of the lead, in the API and for assistants.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import Dwell
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Policy
from tracker.rules.alerting.shorten import shorten
from tracker.rules.alerting.text_context import clean, page_of
from tracker.rules.page_names import page_name
from tracker.rules.page_paths import is_on
from tracker.rules.replay_text import length_of

PERIOD = timedelta(days=30)
"""Older events are no longer worth a word."""
_MOST_PAGES = 3
_NAME, _TEXT = 40, 100
"""The longest names and quotations, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefFacts:
    """What is known of the lead. `events` are those of `PERIOD` that count, oldest first, without those of other readers."""

    lead: Lead
    stage: str
    owner: str | None
    quadrant: str
    events: Sequence[Event]
    subjects: Mapping[str, str]
    """Subjects of messages by id."""
    proposals: frozenset[str] = frozenset()
    """The ids of those that are proposals."""
    dwells: Mapping[tuple[str, str], Dwell] = field(default_factory=dict)
    visits: int = 0
    """In the period."""
    inquiry: Inquiry | None = None
    """The oldest one without an answer."""
    policy: Policy
    zone: str
    """The workspace's time zone."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Brief:
    """Three lines, and the ids of the events that they rest on."""

    who: str
    did: str
    say: str
    events: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, str, str]:
        """The lines in their order."""
        return self.who, self.did, self.say


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    events: tuple[str, ...] = ()


def brief_of(facts: BriefFacts) -> Brief:
    """The brief."""
    did = [part for part in (_read(facts), *_mail(facts), _downloaded(facts), _last(facts)) if part]
    say = next((part for rule in _SAY if (part := rule(facts))), _Part("No occasion yet."))
    used = dict.fromkeys(event for part in (*did, say) for event in part.events)
    text = "; ".join(part.text for part in did)
    return Brief(_who(facts), f"{text[:1].upper()}{text[1:]}." if text else "No activity in the last 30 days.", say.text, tuple(used))


def _who(facts: BriefFacts) -> str:
    lead, score = facts.lead, facts.lead.derived
    job, company = _short(lead.job_title), _short(lead.company)
    name = ", ".join(
        part for part in (_short(lead.name) or lead.email, f"{job} at {company}" if job and company else job or company) if part
    )
    days = (facts.now - lead.stage_since).days if lead.stage_since else 0
    stage = f"{facts.stage} for {_count(days, 'day')}" if days > 0 else facts.stage
    rated = f"score {score.score}, {facts.quadrant}" if facts.quadrant else f"score {score.score}"
    place = _short(lead.country)
    owner = f"Owner {_short(facts.owner)}." if facts.owner else "No owner."
    return f"{name}{f', {place}' if place else ''}. {stage}, {rated}. {owner}"


def _read(facts: BriefFacts) -> _Part | None:
    """`3 visits, read Pricing 2:10, Security 1:27`. The pages that were read longest."""
    views = [event for event in facts.events if event.kind is EventKind.VIEW]
    if not views:
        return None
    lengths: dict[str, int] = {}
    for event in views:
        dwell = facts.dwells.get((event.visitor or "", event.page or ""))
        lengths[page_of(event)] = lengths.get(page_of(event), 0) + (dwell.active_ms if dwell else 0)
    longest = sorted(lengths, key=lambda name: -lengths[name])[:_MOST_PAGES]
    pages = ", ".join(f"{shorten(name, _NAME)} {length_of(lengths[name])}" if lengths[name] else shorten(name, _NAME) for name in longest)
    visits = f"{_count(facts.visits, 'visit')}, " if facts.visits else ""
    return _Part(f"{visits}viewed {pages}", tuple(event.id for event in views if page_of(event) in longest))


def _mail(facts: BriefFacts) -> list[_Part]:
    """`opened “Offer v2” 2 times`, `clicked in “Offer v2”`, of the message with the last such event."""
    found = []
    for kind, verb in ((EventKind.OPEN, "opened"), (EventKind.CLICK, "clicked in")):
        events = [event for event in facts.events if event.kind is kind and _subject(facts, event)]
        same = [event for event in events if event.message == events[-1].message]
        if same:
            times = f" {len(same)} times" if len(same) > 1 else ""
            found.append(_Part(f"{verb} “{_subject(facts, same[-1])}”{times}", tuple(event.id for event in same)))
    return found


def _downloaded(facts: BriefFacts) -> _Part | None:
    event = _latest(facts, EventKind.DOWNLOAD)
    return _Part(f"downloaded {_file(event)}", (event.id,)) if event else None


def _last(facts: BriefFacts) -> _Part | None:
    """`last active 3 Mar 14:02`."""
    active = [event for event in facts.events if event.kind not in _BY_COMPANY]
    return _Part(f"last active {_moment(facts, active[-1].at)}", (active[-1].id,)) if active else None


_BY_COMPANY = frozenset(
    {EventKind.SENT, EventKind.BOUNCE, EventKind.NOTE, EventKind.CALL, EventKind.MEETING, EventKind.CHAT, EventKind.TOUCH}
)


def _unsubscribed(facts: BriefFacts) -> _Part | None:
    lead, event = facts.lead, _latest(facts, EventKind.UNSUBSCRIBE)
    if lead.opted_out_at is None:
        return None
    return _Part("Do not email: they opted out. Call instead.", (event.id,) if event else ())


def _answer(facts: BriefFacts) -> _Part | None:
    inquiry = facts.inquiry
    if inquiry is None:
        return None
    message = clean(inquiry.message)
    quoted = f": “{shorten(message, _TEXT)}”" if message else ""
    return _Part(f"Answer the inquiry of {_moment(facts, inquiry.at)}{quoted}.", (inquiry.id,))


def _reply(facts: BriefFacts) -> _Part | None:
    event = _latest(facts, EventKind.REPLY)
    contact = facts.lead.derived.last_contact_at
    if event is None or (contact is not None and contact > event.at):
        return None
    return _Part(f"Answer their reply of {_moment(facts, event.at)}.", (event.id,))


def _planned(facts: BriefFacts) -> _Part | None:
    """`Next: call about the offer, 3 days overdue.`"""
    action = facts.lead.next_action
    text = clean(action.text) if action else ""
    if action is None or not text or action.due is None or action.due.astimezone(zone_of(facts.zone)).date() > _today(facts):
        return None
    days = (_today(facts) - action.due.astimezone(zone_of(facts.zone)).date()).days
    late = f"{_count(days, 'day')} overdue" if days else "due today"
    return _Part(f"Next: {shorten(text, _TEXT)}, {late}.")


def _proposal(facts: BriefFacts) -> _Part | None:
    events = [event for event in facts.events if event.kind in (EventKind.OPEN, EventKind.CLICK) and event.message in facts.proposals]
    if not events:
        return None
    subject = _subject(facts, events[-1])
    named = f" “{subject}”" if subject else ""
    return _Part(f"Ask what is missing in your proposal{named}, which they read {_moment(facts, events[-1].at)}.", (events[-1].id,))


def _prices(facts: BriefFacts) -> _Part | None:
    views = [event for event in facts.events if event.kind is EventKind.VIEW and is_on(event.url, facts.policy.pricing_paths)]
    return _Part(f"Ask about budget and timing: they viewed prices {_moment(facts, views[-1].at)}.", (views[-1].id,)) if views else None


def _file_read(facts: BriefFacts) -> _Part | None:
    event = _latest(facts, EventKind.DOWNLOAD)
    return _Part(f"Ask whether {_file(event)} answered their question.", (event.id,)) if event else None


def _page(facts: BriefFacts) -> _Part | None:
    event = _latest(facts, EventKind.VIEW)
    return (
        _Part(f"Refer to {shorten(page_of(event), _NAME)}, which they viewed {_moment(facts, event.at)}.", (event.id,)) if event else None
    )


def _opened(facts: BriefFacts) -> _Part | None:
    event = next((event for event in reversed(facts.events) if event.is_from_mail and _subject(facts, event)), None)
    return _Part(f"Refer to your email “{_subject(facts, event)}”.", (event.id,)) if event else None


_SAY: tuple[Callable[[BriefFacts], _Part | None], ...] = (
    *(_unsubscribed, _answer, _reply, _planned, _proposal, _prices, _file_read, _page, _opened),
)
"""What to say, the first that applies."""


def _latest(facts: BriefFacts, kind: EventKind) -> Event | None:
    return next((event for event in reversed(facts.events) if event.kind is kind), None)


def _subject(facts: BriefFacts, event: Event) -> str:
    return shorten(clean(facts.subjects.get(event.message or "", "")), _NAME)


def _file(event: Event) -> str:
    return shorten(page_name(event.target or event.url), _NAME)


def _moment(facts: BriefFacts, at: datetime) -> str:
    """`3 Mar 14:02`, in the workspace's time zone."""
    local = at.astimezone(zone_of(facts.zone))
    return f"{local.day} {local:%b %H:%M}"


def _today(facts: BriefFacts) -> date:
    return facts.now.astimezone(zone_of(facts.zone)).date()


def _short(text: str | None) -> str:
    return shorten(clean(text or ""), _NAME) if text else ""


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
