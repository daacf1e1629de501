"""*Export everything*: the data of the workspace as a ZIP file, for admins. Recorded in the audit log."""

from flask import Blueprint, Response

from tracker.actions.privacy.export_all import export_all
from tracker.domain.ops.audit import AuditAction
from tracker.web.console.audit_log import note
from tracker.web.console.auth import admin, current_user, deps

blueprint = Blueprint("settings_export", __name__, url_prefix="/settings/export")


@blueprint.post("")
@admin
def export() -> Response:
    """The file, which is made while it is sent: it may be large, and no copy stays on the server."""
    note(AuditAction.EXPORTED, "whole workspace")
    return Response(
        export_all(deps(), current_user().workspace.id),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="leadlight-{deps().now():%Y-%m-%d}.zip"'},
    )
