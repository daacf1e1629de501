"""The blocks of Today with their rows: who, why, and what is next. Called by the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial

from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.pipeline.task import Task
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.page_names import page_name
from tracker.rules.pipeline.today import BLOCKS, TodayBlock, TodayQuery, today_query
from tracker.rules.visibility import Owners
from tracker.store.core.run_parallel import run_parallel
from tracker.store.store import WorkspaceStore
from tracker.web.console.pages.live.live_board import Row
from tracker.web.console.text.filters import ago

SHOWN = 6
COUNTED = 1_000
_COMING = TodayBlock(name="coming", field="due", is_oldest_first=True)
_TITLES = {
    "on_site": "On your site now",
    "call_now": "Call now",
    "inquiries": "Inquiries without first contact",
    "due": "Overdue and due today",
    "new": "New for over 24 hours",
    "no_response": "No response for 48 hours",
    "stale": "No contact for 14 days",
    "long_stale": "No contact for 30 days",
    "unplanned": "Nothing planned",
}
_ACTS = {
    "open": "Opened your email",
    "click": "Clicked a link",
    "download": "Downloaded a file",
    "reply": "Replied",
    "submit": "Sent a form",
}


@dataclass(frozen=True, slots=True)
class TodayRow:
    """A lead with the reason why it is in its block. `task`: the task that is due, where it is not the lead's next action."""

    lead: Lead
    why: str
    task: Task | None = None
    live: Row | None = None
    """Where the lead is on the site now."""


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block with its first rows. `count` is exact below `COUNTED`."""

    name: str
    title: str
    rows: tuple[TodayRow, ...]
    count: int

    @property
    def has_more(self) -> bool:
        """Whether not all leads of the block are shown here."""
        return self.count > len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayView:
    """Whose day it is: the leads of these owners (None: all that there are), at a moment of the viewer's day."""

    store: WorkspaceStore
    workspace: Workspace
    owners: Owners | None
    me: str | None
    """The rep whose own tasks about other reps' leads are shown too."""
    may_see: Callable[[Lead], bool]
    zone: tzinfo
    now: datetime

    @property
    def day_end(self) -> datetime:
        """The last moment of the day."""
        start = self.now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return start + timedelta(days=1) - timedelta(milliseconds=1)

    def query(self, block: TodayBlock) -> TodayQuery:
        """The query of a block."""
        return today_query(block, self.owners, self.workspace, self.now, self.day_end)


def blocks_of(view: TodayView, on_site: Sequence[Row]) -> list[ShownBlock]:
    """The blocks that have rows; first the leads that are on the site."""
    seen = {row.lead.id for row in on_site}
    queries = [view.query(block) for block in BLOCKS]
    found = run_parallel(*(partial(_found, view, query) for query in queries))
    here = tuple(TodayRow(row.lead, "", live=row) for row in on_site)
    shown = [ShownBlock("on_site", _TITLES["on_site"], here, len(here))] if here else []
    for query, (leads, count) in zip(queries, found, strict=True):
        rows = [TodayRow(lead, why_of(query.block.name, lead, view.now)) for lead in leads if lead.id not in seen]
        if query.block.name == "due":
            rows = _with_own_tasks(view, rows, seen)
        rows = rows[:SHOWN]
        seen |= {row.lead.id for row in rows}
        if rows:
            shown.append(ShownBlock(query.block.name, _TITLES[query.block.name], tuple(rows), max(count, len(rows))))
    return shown


def _found(view: TodayView, query: TodayQuery) -> tuple[list[Lead], int]:
    """The first leads of a block, enough to fill it without those of the blocks before, and how many there are."""
    leads = view.store.leads
    return leads.today(query, limit=SHOWN * (len(BLOCKS) + 1)), leads.count_today(query, most=COUNTED)


def title_of(name: str) -> str:
    """The title of a block; empty for an unknown one."""
    return _TITLES.get(name, "")


def _with_own_tasks(view: TodayView, rows: list[TodayRow], seen: set[str]) -> list[TodayRow]:
    """The rows, and those of the rep's own tasks about leads of other owners, earliest first."""
    if view.me is None:
        return rows
    known = seen | {row.lead.id for row in rows}
    tasks = [task for task in view.store.tasks.open(rep=view.me, until=view.day_end, limit=50) if task.due and task.lead not in known]
    leads = view.store.leads.by_ids({task.lead for task in tasks})
    more: dict[str, TodayRow] = {}
    for task in tasks:
        lead = leads.get(task.lead)
        if lead and lead.archived_at is None and view.may_see(lead):
            more.setdefault(lead.id, TodayRow(lead, "Your task", task))
    return sorted([*rows, *more.values()], key=_due_of)


def _due_of(row: TodayRow) -> datetime:
    due = row.task.due if row.task else row.lead.next_action.due if row.lead.next_action else None
    return due or row.lead.created_at


def next_planned(view: TodayView) -> tuple[Lead, NextAction] | None:
    """The lead whose next action is due first after today."""
    query = TodayQuery(block=_COMING, owners=view.owners, stages=view.query(_COMING).stages, after=view.day_end)
    lead = next(iter(view.store.leads.today(query, limit=1)), None)
    return (lead, lead.next_action) if lead and lead.next_action and lead.next_action.due else None


def why_of(block: str, lead: Lead, now: datetime) -> str:
    """Why a lead is in this block, in one sentence."""
    derived = lead.derived
    moments = {"inquiries": derived.inquired_at, "new": lead.created_at, "no_response": derived.waits_since}
    moment = moments.get(block, derived.last_contact_at)
    if block in ("call_now", "unplanned") and derived.last_seen_at:
        return f"{_act(lead)} {ago(derived.last_seen_at, now)}"
    if block in ("unplanned", "due") or moment is None:
        return f"Last contact {ago(moment, now)}" if moment else "No contact yet"
    texts = {"inquiries": "Inquiry {}, no contact since", "new": "Added {}, no contact yet", "no_response": "Contacted {}, no response"}
    return texts.get(block, "Last contact {}").format(ago(moment, now))


def _act(lead: Lead) -> str:
    derived = lead.derived
    if derived.last_kind == "view":
        return f"Viewed {page_name(derived.last_url, derived.last_title)}"
    if derived.last_kind == "touch":
        return derived.last_title or "Touch"
    return _ACTS.get(derived.last_kind or "", "Active")
