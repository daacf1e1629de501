"""Settings, Pipeline, Sources: where leads come from, with meaning, group and details. For admins."""

from collections.abc import Iterable
from typing import Any

import msgspec
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.changes.merging import merged
from tracker.actions.changes.settings import setting_changed_since
from tracker.actions.workspace.sources import set_sources
from tracker.base.errors import NotFound
from tracker.domain.workspace.source import Source
from tracker.web.console.audit_log import note_sources
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.seen import seen_values

blueprint = Blueprint("pipeline_sources", __name__, url_prefix="/settings")


@blueprint.get("/sources")
@admin
def sources() -> str:
    """The sources in order, with their number of leads."""
    listed, counts = workspace_store().sources.all(), workspace_store().leads.counts_by("source")
    known = {source.name for source in listed}
    context = {
        "listed": listed,
        "counts": counts,
        "groups": list(dict.fromkeys(source.group for source in listed if source.group)),
        "others": sorted((name, count) for name, count in counts.items() if name and name not in known),
        "new_name": request.args.get("name", "")[:60],
    }
    return render_template("settings/pipeline/sources.html", section="settings", tab="stages", page="sources", **context)


@blueprint.post("/sources")
@admin
def add_source() -> Response:
    """Adds a source at the end."""
    fresh = Source(id="", workspace=current_user().workspace.id, name="", created_at=deps().now())
    read = workspace_store().sources.all()
    return _save((*read, msgspec.structs.replace(fresh, **_values())), read, "Source added.")


@blueprint.post("/sources/<source>")
@admin
def change_source(source: str) -> Response:
    """Changes a source, moves it up, or removes it; leads of a removed one keep its name."""
    read = workspace_store().sources.all()
    listed = list(read)
    at = next((index for index, one in enumerate(listed) if one.id == source), None)
    if at is None:
        raise NotFound("no such source")
    if request.form.get("move") == "up":
        listed[max(at - 1, 0) : at + 1] = listed[max(at - 1, 0) : at + 1][::-1]
    elif request.form.get("remove"):
        del listed[at]
    else:
        found = listed[at]
        kept = merged(found, _values(), seen_values(), lambda name: _told(found, name))
        listed[at] = msgspec.structs.replace(found, **kept)
    return _save(listed, read)


def _told(source: Source, name: str) -> str:
    """Who changed this property of the source, and to what."""
    return f"{setting_changed_since(deps(), source.workspace, 'sources', name, getattr(source, name))} ({source.name})"


def _values() -> dict[str, Any]:
    """What the form holds of a source."""
    form = request.form
    return {
        "name": form.get("name", ""),
        "group": form.get("group", ""),
        "meaning": form.get("meaning", ""),
        "details": tuple(line.strip() for line in form.get("details", "").splitlines() if line.strip()),
        "is_active": form.get("active") == "yes",
    }


def _save(new: Iterable[Source], read: Iterable[Source], text: str = "Saved.") -> Response:
    note_sources(read, set_sources(deps(), current_user().workspace.id, new, read=read))
    flash(text)
    return redirect("/settings/sources", 303)
