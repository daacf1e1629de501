"""Audit log entries from the console, by the signed-in rep and this request's address."""

from collections.abc import Iterable

from tracker.actions.ops import audit
from tracker.domain.activity.form import Form
from tracker.domain.alerting.channel import Channel
from tracker.domain.ops.audit import AuditAction
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.source import Source
from tracker.domain.workspace.workspace import Workspace
from tracker.web.console.auth import actor, current_user, deps

TEAM = "the team"


def note(action: AuditAction, subject: str = "", **details: str) -> None:
    """Adds one entry by the signed-in rep. Call it after the action."""
    audit.record(deps(), current_user().workspace.id, action, actor(), subject, **details)


def note_settings(changed: Workspace, subject: str) -> None:
    """Adds one entry with the settings that differ from those at the beginning of the request."""
    audit.record_settings(deps(), actor(), current_user().workspace, changed, subject)


def note_site(key: str, changed: Site | None) -> None:
    """Adds one entry for a site that was added, changed or, with `changed` empty, removed."""
    found = current_user().workspace
    audit.record_site(deps(), actor(), found, found.site(key), changed)


def note_sources(before: Iterable[Source], after: Iterable[Source]) -> None:
    """Adds one entry for a changed list of sources."""
    audit.record_sources(deps(), actor(), current_user().workspace.id, before, after)


def note_form(before: Form, after: Form) -> None:
    """Adds one entry for a form whose kind was decided."""
    audit.record_form(deps(), actor(), before, after)


def note_channel(rep: str | None, channel: Channel) -> None:
    """Adds one entry for a channel that was set."""
    audit.record_channel(deps(), actor(), current_user().workspace.id, _owner(rep), channel)


def note_channel_removed(rep: str | None, name: str) -> None:
    """Adds one entry for a channel that was removed."""
    audit.record_channel_removed(deps(), actor(), current_user().workspace.id, _owner(rep), name)


def _owner(rep: str | None) -> str:
    return current_user().rep.name if rep else TEAM
