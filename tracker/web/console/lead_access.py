"""A lead as this rep may see it: by id in this workspace, within what the role allows; everything else is not found."""

from tracker.base.errors import NotFound
from tracker.domain.leads import Lead
from tracker.rules.visibility import may_see
from tracker.web.console.access import here, seat


def lead_here(lead: str) -> Lead:
    """The lead. Raises NotFound for another workspace's, and for one that this rep may not see."""
    found = here().leads.get(lead)
    if not may_see(seat().workspace, seat().rep, found):
        raise NotFound("no such lead")
    return found
