"""Settings, Developers, Webhooks: which events go to which program, what became of them, and sending them again. For admins."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.hooks import hooks
from tracker.actions.ops import audit
from tracker.base.errors import Invalid
from tracker.domain.alerting.delivery import DeliveryState
from tracker.domain.hooks.hook import Hook
from tracker.domain.ops.audit import AuditAction
from tracker.rules.hooks.catalogue import CATALOGUE
from tracker.web.console.auth import actor, admin, current_user, deps, workspace_store
from tracker.web.console.pages.account.confirmation import confirmed

blueprint = Blueprint("hooks", __name__, url_prefix="/settings/webhooks")

_STATES = {
    DeliveryState.DUE: "Waiting",
    DeliveryState.SENDING: "Sending now",
    DeliveryState.DELIVERED: "Delivered",
    DeliveryState.FAILED: "Not delivered",
    DeliveryState.CANCELLED: "Not sent",
}
SPANS = (("1", "the last hour"), ("24", "the last day"), ("168", "the last 7 days"), ("720", "the last 30 days"))
"""From how many hours ago on missed events are sent again."""


@blueprint.get("")
@admin
def page() -> str:
    """All webhooks."""
    return _rendered()


@blueprint.post("")
@admin
@confirmed
def add() -> str:
    """Adds a webhook and shows its secret once."""
    form = request.form
    made = hooks.add_hook(
        deps(),
        current_user().workspace.id,
        url=form.get("url", ""),
        events=form.getlist("events"),
        name=form.get("name", ""),
        made_by=current_user().rep.name,
    )
    _note(AuditAction.HOOK_CHANGED, made, events=", ".join(made.types))
    return _rendered(secret=made.secret)


@blueprint.get("/<hook>")
@admin
def one(hook: str) -> str:
    """One webhook: its events to choose, and the messages of the last 30 days."""
    found = workspace_store().hooks.get(hook)
    log = workspace_store().hook_events.log_of(hook, cursor=request.args.get("cursor"), limit=50)
    return _page("settings/webhook.html", hook=found, log=log, states=_STATES, spans=SPANS)


@blueprint.post("/<hook>")
@admin
@confirmed
def change(hook: str) -> Response:
    """Changes name, address and events, or switches it off or on."""
    before, form = workspace_store().hooks.get(hook), request.form
    switch = form.get("switch")
    if switch in ("on", "off"):
        changed = hooks.change_hook(deps(), before.workspace, hook, enabled=switch == "on")
    else:
        url = form.get("url", "") if form.get("url", "") != before.url else None
        changed = hooks.change_hook(deps(), before.workspace, hook, name=form.get("name", ""), events=form.getlist("events"), url=url)
    if changed != before:
        _note(AuditAction.HOOK_CHANGED, changed, events=", ".join(changed.types), state=changed.disabled_reason or "on")
    flash("Saved.")
    return _back(hook)


@blueprint.post("/<hook>/remove")
@admin
@confirmed
def remove(hook: str) -> Response:
    """Removes the webhook."""
    _note(AuditAction.HOOK_REMOVED, hooks.remove_hook(deps(), current_user().workspace.id, hook))
    flash("Removed. No events are sent there any more.")
    return redirect("/settings/webhooks", 303)


@blueprint.post("/<hook>/test")
@admin
def test(hook: str) -> Response:
    """Sends a test message."""
    hooks.test_hook(deps(), current_user().workspace.id, hook)
    flash("Test sent. The list below shows the result.")
    return _back(hook)


@blueprint.post("/<hook>/replay")
@admin
def replay(hook: str) -> Response:
    """Sends again what was missed."""
    hours = request.form.get("hours", "")
    if hours not in {value for value, _ in SPANS}:
        raise Invalid("hours", "must be one of the spans offered")
    since = deps().now() - timedelta(hours=int(hours))
    count = hooks.replay(deps(), current_user().workspace.id, hook, since=since, with_delivered="all" in request.form)
    _note(AuditAction.HOOK_REPLAYED, workspace_store().hooks.get(hook), count=str(count))
    flash("Nothing was missed in that time." if count == 0 else f"Sending {count:,} event{'' if count == 1 else 's'} again.")
    return _back(hook)


def _rendered(secret: str = "") -> str:
    return _page("settings/webhooks.html", hooks=workspace_store().hooks.all(), secret=secret)


def _page(template: str, **context: Any) -> str:
    return render_template(template, section="settings", tab="keys", catalogue=groups(), **context)


def groups() -> list[tuple[str, list[Any]]]:
    """The types by their first word, in the order of the catalogue."""
    found: dict[str, list[Any]] = {}
    for one_type in CATALOGUE:
        found.setdefault(one_type.name.partition(".")[0], []).append(one_type)
    return list(found.items())


def _note(action: AuditAction, hook: Hook, **details: str) -> None:
    audit.record(deps(), hook.workspace, action, actor(), hook.name, **details)


def _back(hook: str) -> Response:
    return redirect(f"/settings/webhooks/{hook}", 303)
