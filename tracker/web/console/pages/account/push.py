"""Web push and the installable app: the service worker, the manifest, and the devices of a rep. js/pages/push.js calls it."""

from pathlib import Path

from flask import Blueprint, Response, flash, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker.actions.alerting import push_devices
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.ops.audit import AuditAction
from tracker.rules.audit_changes import channel_subject
from tracker.web.console.audit_log import note, note_channel_removed
from tracker.web.console.auth import current_user, deps, public

blueprint = Blueprint("push", __name__)

_WORKER = Path(__file__).parents[2] / "static" / "js" / "sw.js"


@blueprint.get("/sw.js")
@public
def service_worker() -> Response:
    """The service worker, at the root so that its scope is the whole console. Browsers look for a new one at each visit."""
    response = Response(_WORKER.read_bytes(), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """The manifest of the installable app."""
    sizes = ((192, "any"), (512, "any"), (512, "maskable"))
    icons = [
        {
            "src": f"/static/app/{'maskable' if purpose == 'maskable' else 'icon'}-{size}.png",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in sizes
    ]
    found = jsonify(
        {
            "id": "/",
            "name": "Leadlight",
            "short_name": "Leadlight",
            "description": "Who is on your site, who needs you, and what they read.",
            "start_url": "/today",
            "scope": "/",
            "display": "standalone",
            "background_color": "#faf9f7",
            "theme_color": "#1b1a17",
            "icons": icons,
        }
    )
    found.mimetype = "application/manifest+json"
    found.headers["Cache-Control"] = "no-cache"
    return found


@blueprint.post("/settings/push")
def subscribe() -> Response:
    """Subscribes this browser: `endpoint`, `p256dh`, `auth` and a `name` for people."""
    user, form = current_user(), request.form
    made = push_devices.subscribe(
        deps(),
        user.workspace.id,
        user.rep.id,
        endpoint=form.get("endpoint", ""),
        p256dh=form.get("p256dh", ""),
        auth=form.get("auth", ""),
        name=form.get("name", ""),
        session=user.session.id,
    )
    note(AuditAction.CHANNEL_CHANGED, channel_subject(ChannelName.PUSH, user.rep.name), device=made.name)
    return jsonify({"device": made.id})


@blueprint.post("/settings/push/<device>/remove")
def remove(device: str) -> AnyResponse:
    """Removes a device of the rep."""
    user = current_user()
    push_devices.remove_device(deps(), user.workspace.id, user.rep.id, device)
    note_channel_removed(user.rep.id, ChannelName.PUSH.value)
    flash("Removed. No alerts are sent to that device any more.")
    return redirect("/settings/alerts#push", 303)
