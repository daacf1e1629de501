"""The board of the Live page: leads on the site now, from presence and recent events. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.base.clock import from_ms
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.presence import Presence
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.rules.page_names import page_name
from tracker.rules.readers.names import reader_name, reader_note

_MAIL_FRESH = timedelta(minutes=10)
"""An email open or click shows the lead for this long."""
_RANK = {"active": 0, "idle": 1, "mail": 2, "left": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One lead on the board, or someone else with the lead's mail. `state` is active, idle, left or mail; `since` is when that began, `page` what to call the page."""

    lead: Lead
    group: str
    state: str
    since: datetime
    last: datetime
    page: str
    url: str = ""
    scroll: int = 0
    subject: str | None = None
    verb: str = ""
    reader: str | None = None

    @property
    def key(self) -> str:
        """Identifies the row when the browser updates the board: the lead and someone else with the lead's mail have one each."""
        return f"{self.lead.id}-{self.reader}" if self.reader else self.lead.id

    @property
    def name(self) -> str:
        """The lead's name, or `Someone else at Acme`."""
        return reader_name(self.lead, self.reader)

    @property
    def detail(self) -> str:
        """The company or the address; for someone else, whose mail it is."""
        return reader_note(self.lead, self.reader) or self.lead.company or self.lead.email


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The rows by owner (`mine`, `unowned`, `others`), and the number of anonymous visitors."""

    groups: tuple[tuple[str, tuple[Row, ...]], ...] = ()
    anonymous: int = 0
    on_site: int = 0
    """Leads on the site now, active or idle."""
    last: tuple[Lead, str, datetime] | None = None
    """If the board is empty: the last lead, the page and the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardData:
    """The input of the board. It contains only leads that the rep may see."""

    leads: Mapping[str, Lead]
    messages: Mapping[str, Message]
    me: str
    now: datetime


def board_of(presence: Iterable[Presence], events: Iterable[Event], data: BoardData) -> Board:
    """The board now."""
    rows: dict[str, Row] = {}
    anonymous = 0
    for state in presence:
        found = _row(state, data)
        if found is None:
            anonymous += not state.lead and state.state_at(data.now) in ("active", "idle")
        elif found.key not in rows or _better(found, rows[found.key]):
            rows[found.key] = found
    for event in events:
        mail = _from_mail(event, data)
        if mail and (mail.key not in rows or (rows[mail.key].state == "left" and rows[mail.key].since < mail.since)):
            rows[mail.key] = mail
    ordered = sorted(rows.values(), key=lambda row: (_RANK[row.state], -row.last.timestamp()))
    groups = tuple((name, tuple(r for r in ordered if r.group == name)) for name in ("mine", "unowned", "others"))
    on_site = sum(row.state in ("active", "idle") for row in ordered)
    return Board(groups=tuple(g for g in groups if g[1]), anonymous=anonymous, on_site=on_site, last=_last(data) if not rows else None)


def _row(state: Presence, data: BoardData) -> Row | None:
    lead = data.leads.get(state.lead or "")
    last = from_ms(state.last)
    what = state.state_at(data.now)
    if lead is None or what == "gone":
        return None
    message = data.messages.get(state.message or "")
    return Row(
        lead=lead,
        group=_group(lead, data.me),
        state=what,
        since=from_ms(state.since or state.last) if what == "active" else last,
        last=last,
        page=page_name(state.url, state.title),
        url=state.url or "",
        scroll=max(0, min(100, state.scroll)),
        subject=message.subject if message else None,
        reader=state.reader,
    )


def _from_mail(event: Event, data: BoardData) -> Row | None:
    lead = data.leads.get(event.lead or "")
    if lead is None or not event.stands or not event.is_from_mail or data.now - event.at > _MAIL_FRESH:
        return None
    if event.kind not in (EventKind.OPEN, EventKind.CLICK):
        return None
    message = data.messages.get(event.message or "")
    verb = "Opened your email" if event.kind is EventKind.OPEN else "Clicked in your email" if event.message else "Clicked your link"
    return Row(
        lead=lead,
        group=_group(lead, data.me),
        state="mail",
        since=event.at,
        last=event.at,
        page="",
        subject=message.subject if message else None,
        verb=verb,
        reader=event.reader,
    )


def _better(new: Row, old: Row) -> bool:
    return (_RANK[new.state], -new.last.timestamp()) < (_RANK[old.state], -old.last.timestamp())


def _group(lead: Lead, me: str) -> str:
    return "unowned" if not lead.owner else "mine" if lead.owner == me else "others"


def _last(data: BoardData) -> tuple[Lead, str, datetime] | None:
    seen = [lead for lead in data.leads.values() if lead.derived.last_seen_at and lead.derived.last_url]
    latest = max(seen, key=lambda lead: lead.derived.last_seen_at or lead.created_at, default=None)
    if latest is None or latest.derived.last_seen_at is None:
        return None
    return latest, page_name(latest.derived.last_url, latest.derived.last_title), latest.derived.last_seen_at
