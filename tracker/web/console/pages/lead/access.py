"""Access to leads: which leads the signed-in rep sees, assigns and emails. Uses rules.visibility."""

import contextlib
from urllib.parse import quote

from flask import abort, redirect, request

from tracker.actions.leads.lookups import owner_named
from tracker.base.errors import Forbidden, Invalid, NotFound, Taken
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.team.rep import Rep
from tracker.rules import visibility
from tracker.web.console.auth import current_user, deps, workspace_store


def visible_lead(lead: str) -> Lead:
    """The lead. Raises NotFound if it is in another workspace or this rep may not see it.

    The page of a lead that was merged goes on to the page of the one that was kept.
    """
    found = workspace_store().leads.get(lead)
    if not visibility.may_see(current_user().viewer, found):
        raise NotFound("no such lead")
    if found.id != lead and (request.view_args or {}).get("lead") == lead:
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        abort(redirect(f"{quote(request.path.replace(lead, found.id, 1))}{query}", 307))  # not for good: the merge may be taken back
    return found


def check_owner(owner: str | None) -> None:
    """Raises Forbidden if this rep may not assign leads to `owner` (id or address). The action rejects unknown owners."""
    with contextlib.suppress(Invalid):
        if not visibility.may_assign(current_user().viewer, owner_named(deps(), current_user().workspace, owner)):
            raise Forbidden("Only admins can assign leads to other reps in this workspace.")


def check_may_send(message: Message) -> None:
    """Raises Forbidden if this rep may not send the message on behalf of its sender."""
    if not visibility.may_act_as(current_user().viewer, message.rep):
        raise Forbidden("This message belongs to another rep. Only that rep and admins can send it.")


def assignable() -> list[Rep]:
    """The active reps to whom this rep may assign leads."""
    return visibility.assignable(current_user().viewer, workspace_store().reps.active())


def conflict_for(taken: Taken) -> tuple[Taken, Lead | None]:
    """The error for a taken address, and the lead that has it. Hides the lead from reps who may not see it."""
    known = workspace_store().leads.find(taken.record) if taken.record else None
    is_seen = known is not None and visibility.may_see(current_user().viewer, known)
    return (taken, known) if is_seen else (visibility.concealed(taken), None)
