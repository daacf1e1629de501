"""Which leads the list shows, as a query: its saved list, quick filters, rows and block of Today. Used by the page and by its bar."""

from dataclasses import replace

from tracker.actions.leads import lists
from tracker.rules.pipeline.today import BY_NAME, TodayQuery
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.console.auth import current_user, deps
from tracker.web.console.pages.leads.current_list import CurrentList
from tracker.web.console.pages.leads.filters import LeadFilters, query_of
from tracker.web.console.pages.today.view import chosen_who, view_of


def shown_leads(current: CurrentList) -> LeadQuery:
    """The leads of the list that the rep sees."""
    user = current_user()
    open_stages = tuple(stage.id for stage in user.workspace.stages if stage.kind == "open")
    test = lists.test_of(deps(), user.viewer, current.condition) if current.condition else None
    query = query_of(
        current.filters, user.workspace, me=user.rep.id, visible_to=user.scope, open_stages=open_stages, now=deps().now(), test=test
    )
    return replace(query, today=_block(current.filters))


def _block(filters: LeadFilters) -> TodayQuery | None:
    """The block of Today that the list is narrowed to."""
    return view_of(chosen_who(filters.who)).query(BY_NAME[filters.today]) if filters.today else None
