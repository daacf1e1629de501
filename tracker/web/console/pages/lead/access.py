"""What a rep may see and give: leads within what the role allows; everything else is not found."""

import contextlib

from tracker.actions.leads.lookups import owner_named
from tracker.base.errors import Forbidden, Invalid, NotFound, Taken
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.team.rep import Rep
from tracker.rules import visibility
from tracker.web.console.auth import deps, here, seat


def lead_here(lead: str) -> Lead:
    """The lead. Raises NotFound for another workspace's, and for one that this rep may not see."""
    found = here().leads.get(lead)
    if not visibility.may_see(seat().viewer, found):
        raise NotFound("no such lead")
    return found


def check_owner(owner: str | None) -> None:
    """Raises Forbidden where this rep may not give leads to that one (an id or an address); what is no rep is left to the action."""
    with contextlib.suppress(Invalid):
        if not visibility.may_assign(seat().viewer, owner_named(deps(), seat().workspace, owner)):
            raise Forbidden("Only admins give leads to others in this workspace.")


def check_sends(message: Message) -> None:
    """Raises Forbidden where this rep may not send that message: it is in a colleague's name."""
    if not visibility.may_act_as(seat().viewer, message.rep):
        raise Forbidden("This message is another rep's. Only they and admins send it.")


def assignable() -> list[Rep]:
    """The active reps to whom this rep may give leads."""
    return visibility.assignable(seat().viewer, here().reps.active())


def as_told(taken: Taken) -> tuple[Taken, Lead | None]:
    """The refusal of an address in words for this rep, and the lead that has it, if they may see it."""
    known = here().leads.find(taken.record) if taken.record else None
    is_seen = known is not None and visibility.may_see(seat().viewer, known)
    return (taken, known) if is_seen else (visibility.concealed(taken), None)
