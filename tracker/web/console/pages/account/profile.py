"""The signed-in person's own profile: in the demo, it is that of their own workspace, which the demo follows."""

from typing import Any

from tracker.actions.ops import audit
from tracker.actions.team import reps, sessions
from tracker.base.errors import Invalid
from tracker.base.mail_addresses import address_key
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Rep
from tracker.web.console.auth import actor, deps, seat


def profile_rep() -> Rep:
    """The rep whose name and address are the person's: the one here; in the demo, the one of the workspace they came from."""
    found = seat()
    if not found.session.home:
        return deps().store.of(found.workspace.id).reps.get(found.rep.id)
    own = deps().store.of(found.session.home).reps.of_person(found.session.person)
    return own if own and own.is_active else found.rep


def change_profile(**values: Any) -> Rep:
    """Changes name, email or timezone, and writes what differs into the audit log. Raises Invalid, Conflict."""
    old = profile_rep()
    new = reps.change_rep(deps(), old.workspace, old.id, **values)
    audit.record_rep(deps(), actor(), old, new)
    return new


def note_own(action: AuditAction, **details: str) -> None:
    """Adds an entry about the person to the log of their own workspace: the demo's would be gone with the demo."""
    own = profile_rep()
    audit.record(deps(), own.workspace, action, actor(), own.name, **details)


def is_new_address(email: str) -> bool:
    """Whether saving the profile form would change the address."""
    old = profile_rep()
    return address_key(email) not in (address_key(old.email), address_key(old.pending_email or ""))


def refuse_partial_proof() -> None:
    """Raises Invalid where the browser came by a link of one workspace, and the person works in others too."""
    if not sessions.has_whole_person(deps(), seat().session):
        raise Invalid(
            "password",
            "cannot be set here: this browser came by a link of one workspace. Sign in with your password or a mailed link first",
        )
