"""Who is on the site now, as rows of the Live screen: from presence, leads and the latest events to words. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.base.clock import from_ms
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.presence import Presence
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.rules.page_names import page_name

_GONE = timedelta(minutes=30)
"""Who left longer ago is no longer shown."""
_MAIL_FRESH = timedelta(minutes=10)
"""An open or click of mail puts a lead on the board for so long."""
_SILENT = timedelta(seconds=28)
"""An active page says so every few seconds; after this silence the tab is gone, beacon or not."""
_STILL_IDLE = timedelta(minutes=5)
_RANK = {"active": 0, "idle": 1, "mail": 2, "left": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One lead on the board. `state` is active, idle, left or mail; `since` is when that began, `page` what to call the page."""

    lead: Lead
    group: str
    state: str
    since: datetime
    last: datetime
    page: str
    scroll: int = 0
    subject: str | None = None
    verb: str = ""

    @property
    def key(self) -> str:
        """By it the browser recognises the row when the board is drawn again."""
        return self.lead.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The rows by owner (`mine`, `nobody`, `others`), and how many visitors cannot be named."""

    groups: tuple[tuple[str, tuple[Row, ...]], ...] = ()
    unnamed: int = 0
    on_site: int = 0
    """Leads who are there now, active or idle."""
    last: tuple[Lead, str, datetime] | None = None
    """Where nobody is there: who was last, on which page, when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the board may name. Leads that the rep may not see are simply missing."""

    leads: Mapping[str, Lead]
    messages: Mapping[str, Message]
    me: str
    now: datetime


def board_of(presence: Iterable[Presence], events: Iterable[Event], known: Known) -> Board:
    """The board of this moment."""
    rows: dict[str, Row] = {}
    unnamed = 0
    for state in presence:
        found = _row(state, known)
        if found is None:
            unnamed += not state.lead and _state(state, known.now) in ("active", "idle")
        elif found.key not in rows or _better(found, rows[found.key]):
            rows[found.key] = found
    for event in events:
        mail = _from_mail(event, known)
        if mail and (mail.key not in rows or (rows[mail.key].state == "left" and rows[mail.key].since < mail.since)):
            rows[mail.key] = mail
    ordered = sorted(rows.values(), key=lambda row: (_RANK[row.state], -row.last.timestamp()))
    groups = tuple((name, tuple(r for r in ordered if r.group == name)) for name in ("mine", "nobody", "others"))
    on_site = sum(row.state in ("active", "idle") for row in ordered)
    return Board(groups=tuple(g for g in groups if g[1]), unnamed=unnamed, on_site=on_site, last=_last(known) if not rows else None)


def _row(state: Presence, known: Known) -> Row | None:
    lead = known.leads.get(state.lead or "")
    last = from_ms(state.last)
    what = _state(state, known.now)
    if lead is None or what == "gone":
        return None
    message = known.messages.get(state.message or "")
    return Row(
        lead=lead,
        group=_group(lead, known.me),
        state=what,
        since=from_ms(state.since or state.last) if what == "active" else last,
        last=last,
        page=page_name(state.url, state.title),
        scroll=max(0, min(100, state.scroll)),
        subject=message.subject if message else None,
    )


def _state(state: Presence, now: datetime) -> str:
    """What is to be said of it now: silence outranks what was said last."""
    silent = now - from_ms(state.last)
    if silent > _GONE:
        return "gone"
    if state.state == "left":
        return "left"
    if state.state == "active":
        return "active" if silent <= _SILENT else "left"
    return "idle" if silent <= _STILL_IDLE else "left"


def _from_mail(event: Event, known: Known) -> Row | None:
    lead = known.leads.get(event.lead or "")
    if lead is None or not event.stands or not event.is_from_mail or known.now - event.at > _MAIL_FRESH:
        return None
    if event.kind not in (EventKind.OPEN, EventKind.CLICK):
        return None
    message = known.messages.get(event.message or "")
    verb = "Opened your mail" if event.kind is EventKind.OPEN else "Clicked in your mail" if event.message else "Clicked your link"
    return Row(
        lead=lead,
        group=_group(lead, known.me),
        state="mail",
        since=event.at,
        last=event.at,
        page="",
        subject=message.subject if message else None,
        verb=verb,
    )


def _better(new: Row, old: Row) -> bool:
    return (_RANK[new.state], -new.last.timestamp()) < (_RANK[old.state], -old.last.timestamp())


def _group(lead: Lead, me: str) -> str:
    return "nobody" if not lead.owner else "mine" if lead.owner == me else "others"


def _last(known: Known) -> tuple[Lead, str, datetime] | None:
    seen = [lead for lead in known.leads.values() if lead.derived.last_seen_at and lead.derived.last_url]
    latest = max(seen, key=lambda lead: lead.derived.last_seen_at or lead.created_at, default=None)
    if latest is None or latest.derived.last_seen_at is None:
        return None
    return latest, page_name(latest.derived.last_url, latest.derived.last_title), latest.derived.last_seen_at
