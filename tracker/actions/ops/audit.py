"""Writes the audit log. Called by console, API and CLI right after each action, with its actor.

An entry that cannot be written raises PyMongoError: the caller's answer is then an error, although the change is made.
"""

import unicodedata
from collections.abc import Iterable

import msgspec

from tracker.actions.deps import Deps
from tracker.base.ids import new_id
from tracker.domain.activity.form import Form
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.ops.audit import OPERATOR, Actor, AuditAction, AuditEntry
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.source import Source
from tracker.domain.workspace.workspace import Workspace
from tracker.rules import audit_changes
from tracker.rules.forms.texts import label_of

_LONGEST = 200
_MOST_DETAILS = 40
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Bidirectional control characters, which could reorder the rest of a line."""


def record(deps: Deps, workspace: str, action: AuditAction, by: Actor, subject: str = "", **details: str) -> None:
    """Adds an entry. `subject` and `details` are cut to one line of 200 characters each and must contain no secret."""
    entry = AuditEntry(
        id=new_id(),
        workspace=workspace,
        at=deps.now(),
        action=action,
        actor=msgspec.structs.replace(by, name=_line(by.name)),
        subject=_line(subject),
        details={name: _line(text) for name, text in list(details.items())[:_MOST_DETAILS]},
    )
    deps.store.of(workspace).audit.add(entry)


def record_settings(deps: Deps, by: Actor, before: Workspace, after: Workspace, subject: str) -> None:
    """Adds an entry with the changed settings, and their values if short and not secret. Adds none without changes."""
    details = audit_changes.of_workspace(before, after)
    if details:
        record(deps, after.id, AuditAction.SETTINGS_CHANGED, by, subject, **details)


def record_site(deps: Deps, by: Actor, workspace: Workspace, before: Site | None, after: Site | None) -> None:
    """Adds an entry for an added, changed or removed site. Adds none without changes."""
    if after is None:
        subject = f"site “{before.name}”" if before else "site"
        record(deps, workspace.id, AuditAction.DELETED, by, subject)
        return
    details = audit_changes.of_site(before, after) if before else {"added": ", ".join(after.origins)}
    if details:
        record(deps, workspace.id, AuditAction.SETTINGS_CHANGED, by, f"site “{after.name}”", **details)


def record_sources(deps: Deps, by: Actor, workspace: str, before: Iterable[Source], after: Iterable[Source]) -> None:
    """Adds an entry for a changed list of sources. Adds none without changes."""
    details = audit_changes.of_sources(before, after)
    if details:
        record(deps, workspace, AuditAction.SETTINGS_CHANGED, by, "sources", **details)


def record_form(deps: Deps, by: Actor, before: Form, after: Form) -> None:
    """Adds an entry for a form whose kind was decided, one for its mapping and one for its consent. Adds none where it was so before."""
    if before.kind is not after.kind:
        old = before.kind or f"{before.guess or 'various'} (guess)"
        record(deps, after.workspace, AuditAction.SETTINGS_CHANGED, by, f"form “{label_of(after)}”", old=old, new=after.kind or "")
    if before.mapping != after.mapping:
        found = [one.mapping.email if one.mapping else "none" for one in (before, after)]
        record(deps, after.workspace, AuditAction.SETTINGS_CHANGED, by, f"leads by form “{label_of(after)}”", old=found[0], new=found[1])
    if before.consent != after.consent:
        fields = [one.consent.field if one.consent else "none" for one in (before, after)]
        record(
            deps, after.workspace, AuditAction.SETTINGS_CHANGED, by, f"consent by form “{label_of(after)}”", old=fields[0], new=fields[1]
        )


def record_channel(deps: Deps, by: Actor, workspace: str, owner: str, channel: Channel) -> None:
    """Adds an entry for a set channel without its secrets; `owner` is the rep's name or `the team`."""
    subject = audit_changes.channel_subject(channel.name, owner)
    record(deps, workspace, AuditAction.CHANNEL_CHANGED, by, subject, **audit_changes.channel_details(channel))


def record_channel_removed(deps: Deps, by: Actor, workspace: str, owner: str, name: str) -> None:
    """Adds an entry for a removed channel."""
    record(deps, workspace, AuditAction.CHANNEL_REMOVED, by, audit_changes.channel_subject(ChannelName(name), owner))


def record_rep(deps: Deps, by: Actor, before: Rep, after: Rep) -> None:
    """Adds an entry for each changed aspect: role, address, access, profile."""
    for change in audit_changes.of_rep(before, after):
        record(deps, after.workspace, change.action, by, change.subject, **change.details)


def record_for_all(deps: Deps, action: AuditAction, subject: str = "", **details: str) -> None:
    """Adds an entry by the operator to every workspace except the demo. For local commands, which concern all workspaces.

    There is no `by`, since one workspace must not learn who works in another.
    """
    for workspace in _companies(deps.store.workspaces.all()):
        record(deps, workspace.id, action, OPERATOR, subject, **details)


def _companies(found: Iterable[Workspace]) -> list[Workspace]:
    return [workspace for workspace in found if not workspace.is_demo]


def _line(text: str) -> str:
    """One line without control characters and lone surrogates, which MongoDB cannot store."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text[: _LONGEST * 2] if c not in _DIRECTIONS)
    return " ".join(kept.split())[:_LONGEST]
