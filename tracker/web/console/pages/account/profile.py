"""The signed-in person's profile. In the demo, it is the profile of their own workspace."""

from typing import Any

from tracker.actions.ops import audit
from tracker.actions.team import reps, sessions
from tracker.base.errors import Invalid
from tracker.base.mail_addresses import address_key
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Rep
from tracker.web.console.auth import actor, current_user, deps


def profile_rep() -> Rep:
    """The rep that holds the person's name and address: in the demo, the rep of their own workspace."""
    found = current_user()
    if not found.session.home:
        return deps().store.of(found.workspace.id).reps.get(found.rep.id)
    own = deps().store.of(found.session.home).reps.of_person(found.session.person)
    return own if own and own.is_active else found.rep


def change_profile(**values: Any) -> Rep:
    """Changes name, email or timezone, and records the changes in the audit log. Raises Invalid, Conflict."""
    old = profile_rep()
    new = reps.change_rep(deps(), old.workspace, old.id, **values)
    audit.record_rep(deps(), actor(), old, new)
    return new


def note_own(action: AuditAction, **details: str) -> None:
    """Adds an audit entry to the person's own workspace, because the demo's log is deleted with the demo."""
    own = profile_rep()
    audit.record(deps(), own.workspace, action, actor(), own.name, **details)


def is_new_address(email: str) -> bool:
    """Whether saving the profile form would change the address."""
    old = profile_rep()
    return address_key(email) not in (address_key(old.email), address_key(old.pending_email or ""))


def refuse_partial_proof() -> None:
    """Raises Invalid if a link of one workspace opened the session and the person has several workspaces."""
    if not sessions.has_whole_person(deps(), current_user().session):
        raise Invalid(
            "password",
            "cannot be set here, because a link of one workspace opened this session. Sign in with your password or an emailed link first",
        )
