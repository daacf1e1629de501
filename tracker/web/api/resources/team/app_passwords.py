"""/app-passwords: what email clients sign in to the relay with. They are created in the console only, where they are shown once."""

from tracker.actions.mail_relay.app_passwords import remove_app_password
from tracker.base.errors import NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import may_act_as
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.team.app_passwords import AppPasswordOut, app_password_out

operations = Operations()


@operations.add("GET", "/app-passwords", response=List[AppPasswordOut])
def list_app_passwords(call: Call) -> List[AppPasswordOut]:
    """Lists the caller's own app passwords; for admins, those of all reps."""
    found = call.deps.store.app_passwords.of_workspace(call.workspace.id)
    own = [app_password_out(password) for password in found if may_act_as(call.viewer, password.rep)]
    return List[AppPasswordOut].model_construct(items=own, next=None)


@operations.add("DELETE", "/app-passwords/{app_password}", status=204, audit=(AuditAction.KEY_REMOVED,))
def delete_app_password(call: Call, app_password: str) -> None:
    """Deletes an app password. The email client that uses it can no longer send."""
    found = next((one for one in call.deps.store.app_passwords.of_workspace(call.workspace.id) if one.id == app_password), None)
    if found is None or not may_act_as(call.viewer, found.rep):
        raise NotFound("no such app password")
    remove_app_password(call.deps, call.workspace.id, found.rep, found.id)
    call.record(AuditAction.KEY_REMOVED, found.name, hint=found.hint)
