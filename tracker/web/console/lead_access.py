"""What a rep may see and give: leads within what the role allows; everything else is not found."""

from tracker.base.errors import Forbidden, NotFound, Taken
from tracker.domain.leads import Lead
from tracker.domain.messages import Message
from tracker.domain.reps import Rep
from tracker.rules import visibility
from tracker.web.console.access import here, seat


def lead_here(lead: str) -> Lead:
    """The lead. Raises NotFound for another workspace's, and for one that this rep may not see."""
    found = here().leads.get(lead)
    if not visibility.may_see(seat().viewer, found):
        raise NotFound("no such lead")
    return found


def check_assigns(owner: str | None) -> None:
    """Raises Forbidden where this rep may not give leads to that one (an id or an address)."""
    rep = (here().reps.find(owner) or here().reps.by_email(owner)) if owner else None
    if rep is not None and not visibility.may_assign(seat().viewer, rep.id):
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
