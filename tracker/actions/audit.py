"""Writing the audit log. Called by the console, the API and the CLI right after what they did, with who did it."""

from tracker.actions.deps import Deps
from tracker.base.ids import new_id
from tracker.domain.audit import Actor, AuditAction, AuditEntry

_LONGEST = 200


def record(deps: Deps, workspace: str, action: AuditAction, by: Actor, subject: str = "", **details: str) -> None:
    """Adds one entry. `subject` and `details` are cut to 200 characters each and must hold no secret."""
    entry = AuditEntry(
        id=new_id(),
        workspace=workspace,
        at=deps.now(),
        action=action,
        actor=by,
        subject=subject[:_LONGEST],
        details={name: text[:_LONGEST] for name, text in details.items()},
    )
    deps.store.of(workspace).audit.add(entry)
