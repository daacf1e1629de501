"""The audit log page and its CSV download, for admins. A download is recorded in the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from tracker.actions.imports import csv_files
from tracker.domain.ops.audit import GROUPS, ActorKind, AuditAction, AuditEntry
from tracker.store.ops.audit import RETENTION, AuditQuery
from tracker.web.console.audit_log import note
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.text.audit_text import GROUP_NAMES, NOT_SIGNED_IN, details_of, sentence_of

blueprint = Blueprint("settings_audit", __name__, url_prefix="/settings/audit")

_PAGE = 50
_MOST_ROWS = 50_000
"""Maximum rows of the CSV file."""
_HEADER = ("time_utc", "who", "kind", "id", "address", "action", "what", "details")


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """The filters of the query string; empty means any."""

    group: str = ""
    who: str = ""

    @property
    def query(self) -> AuditQuery:
        """The query for the store."""
        return AuditQuery(actions=GROUPS.get(self.group, ()), who=self.who or None)

    def link(self, cursor: str = "") -> str:
        """The page's URL with these filters."""
        values = {name: value for name, value in (("group", self.group), ("who", self.who), ("cursor", cursor)) if value}
        return f"/settings/audit?{urlencode(values)}" if values else "/settings/audit"


@blueprint.get("")
@admin
def page() -> str:
    """One page of the log, newest first."""
    people = _people()
    filters, cursor = _filters(request.args, people), request.args.get("cursor")
    found = workspace_store().audit.page(filters.query, cursor=cursor, limit=_PAGE)
    return render_template(
        "settings/audit.html",
        section="settings",
        tab="audit",
        rows=[(entry, sentence_of(entry), details_of(entry)) for entry in found.items],
        next=filters.link(found.next) if found.next else None,
        is_first=not cursor,
        filters=filters,
        groups=[("", "All actions"), *GROUP_NAMES.items()],
        people=[("", "Everyone"), *people.items()],
        days=RETENTION.days,
        not_signed_in=NOT_SIGNED_IN,
    )


@blueprint.post("/export")
@admin
def export() -> Response:
    """The newest entries as CSV, with the filters of the page."""
    filters = _filters(request.form, _people())
    text = csv_files.write(_HEADER, map(_cells, workspace_store().audit.latest(filters.query, limit=_MOST_ROWS)))
    note(AuditAction.EXPORTED, "audit log")
    return Response(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="leadlight-audit-log-{deps().now():%Y-%m-%d}.csv"'},
    )


def _filters(given: Mapping[str, str], people: Mapping[str, str]) -> AuditFilters:
    """The valid filters; invalid values are ignored."""
    group, who = given.get("group", ""), given.get("who", "")
    return AuditFilters(group if group in GROUPS else "", who if who in people else "")


def _people() -> dict[str, str]:
    """The possible actors by `AuditQuery.who`: reps, API keys, operator, Leadlight, unauthenticated clients."""
    others = {ActorKind.OPERATOR: "Operator", ActorKind.SYSTEM: "Leadlight", ActorKind.ANONYMOUS: NOT_SIGNED_IN}
    reps = {rep.id: rep.name for rep in sorted(workspace_store().reps.all(), key=lambda rep: rep.name.casefold())}
    keys = {key.id: f"API key {key.name}" for key in deps().store.keys.of_workspace(current_user().workspace.id)}
    return reps | keys | {kind.value: name for kind, name in others.items()}


def _cells(entry: AuditEntry) -> tuple[str, ...]:
    actor = entry.actor
    more = "; ".join(f"{label}: {text}" for label, text in details_of(entry))
    at = entry.at.astimezone(UTC).isoformat(timespec="milliseconds")
    return at, actor.name or NOT_SIGNED_IN, actor.kind.value, actor.id, actor.address, entry.action.value, sentence_of(entry), more
