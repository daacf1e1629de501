"""*Recent* on the Live page: one row for each visit of a lead, under day heads; and the summary of the day. Called by the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.base.time_zones import zone_of
from tracker.domain.activity.visit import Visit
from tracker.domain.leads.lead import Lead
from tracker.rules.readers.names import reader_name, reader_note
from tracker.store.core.paging import LARGEST_PAGE, filtered_page
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.log.visit_card import VisitCard, card_of
from tracker.web.console.text.dates import heading
from tracker.web.console.text.filters import plural

_SIZE = 25
_MOST_PAGES_READ = 10
_MOST_NAMED = 4
_MOST_COUNTED = 10_000

Keeps = Callable[[Lead], bool]
"""Whether the page shows the lead: the rep may see it, and it passes the page's filter."""


@dataclass(frozen=True, slots=True)
class RecentVisit:
    """A visit with its lead, or someone else with the lead's mail."""

    card: VisitCard
    lead: Lead

    @property
    def name(self) -> str:
        """The lead's name, or `Someone else at Acme`."""
        return reader_name(self.lead, self.card.reader)

    @property
    def detail(self) -> str:
        """For someone else, whose mail it is; else the company."""
        return reader_note(self.lead, self.card.reader) or self.lead.company or ""

    @property
    def pages(self) -> str:
        """The pages in the order in which they were first viewed: `Pricing, Security and 3 more`."""
        names = list(dict.fromkeys(page.name for page in self.card.pages))
        more = len(names) - _MOST_NAMED
        return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

    @property
    def acts(self) -> str:
        """Sent forms and downloads; empty for a visit without any."""
        texts = [act.text for page in self.card.pages for act in page.acts if act.kind in ("submit", "download")]
        return " · ".join(dict.fromkeys(texts))


@dataclass(frozen=True, slots=True)
class RecentVisits:
    """The visits of a page by day, newest first; `next` is the cursor of earlier ones."""

    days: tuple[tuple[str, tuple[RecentVisit, ...]], ...]
    next: str | None


def recent_visits(keeps: Keeps, cursor: str | None) -> RecentVisits:
    """One page of the leads' visits. Raises Invalid for a cursor that is not of this list."""
    store, leads = workspace_store(), dict[str, Lead]()

    def keep(found: list[Visit]) -> set[str]:
        leads.update(store.leads.by_ids({visit.lead for visit in found if visit.lead} - leads.keys()))
        return {visit.id for visit in found if (lead := leads.get(visit.lead or "")) and keeps(lead)}

    page = filtered_page(
        lambda after, size: store.visits.of_leads(cursor=after, limit=size),
        keep,
        cursor=cursor,
        limit=_SIZE,
        batch=min(2 * _SIZE, LARGEST_PAGE),
        looks=_MOST_PAGES_READ,
    )
    visits = store.dwell.fill(page.items)
    messages = store.messages.by_ids({visit.message for visit in visits if visit.message})
    rows = [RecentVisit(card_of(visit, messages), leads[visit.lead or ""]) for visit in visits]
    return RecentVisits(_by_day(rows), page.next)


def _by_day(rows: Sequence[RecentVisit]) -> tuple[tuple[str, tuple[RecentVisit, ...]], ...]:
    zone, now = zone_of(current_user().rep.timezone), deps().now()
    days: dict[str, list[RecentVisit]] = {}
    for row in rows:
        days.setdefault(heading(row.card.started_at, zone, now), []).append(row)
    return tuple((day, tuple(found)) for day, found in days.items())


def day_summary(keeps: Keeps, *, with_anonymous: bool) -> str:
    """`Today: 12 visits, 3 known leads, 1 inquiry.`, since midnight in the rep's zone; empty without visits."""
    store = workspace_store()
    outlines = store.visits.outlines(_midnight(), limit=_MOST_COUNTED)
    leads = store.leads.by_ids({lead for lead, _ in outlines if lead})
    kept = {lead for lead, found in leads.items() if keeps(found)}
    counted = [(lead, inquiries) for lead, inquiries in outlines if lead in kept or (lead is None and with_anonymous)]
    if not counted:
        return ""
    known = len({lead for lead, _ in counted if lead})
    inquiries = sum(number for _, number in counted)
    visits = f"{len(counted):,}+ visits" if len(outlines) == _MOST_COUNTED else plural(len(counted), "visit")
    parts = [visits, plural(known, "known lead"), *([plural(inquiries, "inquiry", "inquiries")] if inquiries else [])]
    return f"Today: {', '.join(parts)}."


def _midnight() -> datetime:
    local = deps().now().astimezone(zone_of(current_user().rep.timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
