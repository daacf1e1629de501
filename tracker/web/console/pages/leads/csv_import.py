"""Importing leads from a CSV file: choose, look what it would do, do it, take the rows that did not work back home."""

import contextlib
import secrets
import zlib

import redis
from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import FileStorage

from tracker.actions.leads.csv_import import import_csv
from tracker.base.errors import Invalid, NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.web.console.audit_log import note
from tracker.web.console.auth import deps, here, seat
from tracker.web.console.pages.lead.access import assignable, check_owner
from tracker.web.console.pages.leads.import_preview import preview_of

blueprint = Blueprint("lead_import", __name__)

_KEPT_SECONDS = 1800
"""How long a file waits between looking at it and importing it."""


@blueprint.get("/leads/import")
def choose() -> str:
    """Choosing a file."""
    return _chooser()


@blueprint.post("/leads/import")
def look() -> str | tuple[str, int]:
    """Says what the file would do; nothing is changed yet."""
    file: FileStorage | None = request.files.get("file")
    data = file.stream.read() if file else b""
    try:
        if not data:
            raise Invalid("file", "is empty; choose a CSV file")  # noqa: TRY301 - the same answer as for a file that cannot be read
        found = preview_of(data, seat().workspace, here().leads, seat().viewer)
    except Invalid as error:
        return _chooser(_about_file(error)), 422
    token = secrets.token_hex(16)
    try:
        deps().redis.set(_key("file", token), zlib.compress(data, 1), ex=_KEPT_SECONDS)
    except redis.RedisError:
        return _chooser("The file could not be kept for a moment. Nothing was imported; please try again."), 503
    return render_template(
        "leads/import_look.html", section="leads", found=found, token=token, name=(file.filename or "")[:120] if file else "", **_choices()
    )


@blueprint.post("/leads/import/<token>")
def take_in(token: str) -> str | tuple[str, int]:
    """Imports the file that was looked at."""
    packed = deps().redis.get(_key("file", token))
    if not isinstance(packed, bytes):
        return _chooser("This file waited too long, or was imported already. Please choose it again."), 410
    owner = request.form.get("owner") or None
    check_owner(owner)
    report = import_csv(
        deps(),
        seat().workspace.id,
        zlib.decompress(packed),
        source=request.form.get("source") or "Import",
        owner=owner,
        actor=seat().rep.id,
        viewer=seat().viewer,
    )
    note(AuditAction.IMPORTED, "leads", **report.counts)
    with contextlib.suppress(redis.RedisError):
        deps().redis.delete(_key("file", token))
        if report.error_csv:
            deps().redis.set(_key("errors", token), zlib.compress(report.error_csv.encode()), ex=_KEPT_SECONDS)
    return render_template("leads/import_done.html", section="leads", report=report, token=token)


@blueprint.get("/leads/import/<token>/errors.csv")
def errors(token: str) -> Response:
    """The rows that were not imported, with what to mend; formula-safe."""
    packed = deps().redis.get(_key("errors", token))
    if not isinstance(packed, bytes):
        raise NotFound("no such file")
    note(AuditAction.EXPORTED, "rows that were not imported")
    return Response(
        zlib.decompress(packed),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="leadlight-not-imported.csv"'},
    )


def _key(what: str, token: str) -> str:
    """Bound to workspace and rep: nobody else can take the file in."""
    return f"import:{what}:{seat().workspace.id}:{seat().rep.id}:{token[:64]}"


def _chooser(problem: str | None = None) -> str:
    return render_template("leads/import.html", section="leads", problem=problem, sources=seat().workspace.sources)


def _choices() -> dict[str, list[tuple[str, str]]]:
    return {
        "owners": [("", "Nobody yet"), *((rep.id, rep.name) for rep in assignable())],
        "sources": [(source, source) for source in dict.fromkeys(("Import", *seat().workspace.sources))],
    }


def _about_file(error: Invalid) -> str:
    text = f"This file {error}" if error.field == "file" else str(error)
    return text if text.endswith(".") else f"{text}."
