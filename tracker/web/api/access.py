"""What a caller may reach: leads within what the role allows; everything else is not found."""

from collections.abc import Iterable
from typing import TypeVar

from tracker.base.errors import NotFound
from tracker.domain.leads import Lead
from tracker.rules.visibility import may_see, sees_all
from tracker.web.api.operations import Call

T = TypeVar("T")


def lead_of(call: Call, lead: str) -> Lead:
    """The lead. Raises NotFound for another workspace's, and for one that this rep may not see."""
    found = call.here.leads.find(lead)
    if found is None or not may_see(call.workspace, call.rep, found):
        raise NotFound("no such lead")
    return found


def narrowed_to(call: Call) -> str | None:
    """The rep to whom a list has to be narrowed down; empty where the caller sees all leads."""
    return None if call.rep is None or sees_all(call.workspace, call.rep) else call.rep.id


def about_seen(call: Call, found: Iterable[T], lead_id: str = "lead") -> list[T]:
    """Those records whose lead the caller may see."""
    records = list(found)
    if narrowed_to(call) is None:
        return records
    leads = call.here.leads.by_ids(getattr(record, lead_id) for record in records if getattr(record, lead_id))
    return [r for r in records if (lead := leads.get(getattr(r, lead_id))) is not None and may_see(call.workspace, call.rep, lead)]
