"""The filters of the Live page: whose leads it shows, of those that the rep may see."""

from flask import request

from tracker.actions.leads.lists import test_of
from tracker.domain.leads.lead import Lead
from tracker.rules.conditions.chips import CHIPS
from tracker.rules.conditions.lead_tests import LeadTest, passes
from tracker.rules.visibility import may_see
from tracker.web.console.auth import current_user, deps
from tracker.web.console.pages.live.recent import Keeps

FILTERS = {"mine": "Mine", "team": "Team", "hot": "Hot"}
EVERYONE = "team"
"""Everyone whose leads the rep sees, as on Today."""


def chosen() -> str:
    """The filter that the address names; otherwise everyone."""
    wanted = request.args.get("show", "")
    return wanted if wanted in FILTERS else EVERYONE


def keeps(show: str) -> Keeps:
    """Whether the page shows a lead."""
    user = current_user()
    viewer = user.viewer
    if show == "mine":
        return lambda lead: may_see(viewer, lead) and lead.owner == user.rep.id
    if hot := test(show):
        return lambda lead: may_see(viewer, lead) and passes(hot, lead)
    return lambda lead: may_see(viewer, lead)


def test(show: str) -> LeadTest | None:
    """What leads have to pass for the filter, beside their owner."""
    user = current_user()
    return test_of(deps(), user.viewer, CHIPS["hot"].condition_in(user.workspace)) if show == "hot" else None


def visible(leads: dict[str, Lead], keep: Keeps) -> dict[str, Lead]:
    """The leads that are kept, by id."""
    return {key: lead for key, lead in leads.items() if keep(lead)}
