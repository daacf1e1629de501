"""Inquiries whose clock runs, for Today, Live and the page of a lead."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.leads.lead import Lead
from tracker.web.console.auth import deps, workspace_store

_SHOWN = 8
_LONGEST = timedelta(days=1)
"""Of older ones, no clock is shown; the lead stays in a block of Today."""


@dataclass(frozen=True, slots=True)
class InquiryClock:
    """An unanswered inquiry of a lead."""

    inquiry: Inquiry
    lead: Lead


def clocks_of(keep: Callable[[Lead], bool]) -> list[InquiryClock]:
    """The clocks of the leads that are kept, the most urgent first. `keep` must be false for a lead that the rep may not see."""
    store = workspace_store()
    found = store.inquiries.open(due_after=deps().now() - _LONGEST)
    leads = store.leads.by_ids(inquiry.lead for inquiry in found) if found else {}
    clocks = [InquiryClock(one, leads[one.lead]) for one in found if one.lead in leads and keep(leads[one.lead])]
    return clocks[:_SHOWN]


def clocks_of_lead(lead: Lead) -> list[InquiryClock]:
    """The clocks of a lead that the rep may see."""
    edge = deps().now() - _LONGEST
    open_ones = [one for one in workspace_store().inquiries.of_lead(lead.id, limit=20) if one.is_open and one.due_at > edge]
    return [InquiryClock(one, lead) for one in sorted(open_ones, key=lambda one: one.due_at)]
