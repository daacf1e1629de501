"""The CSV import of leads: choose a file, preview, import, download rejected rows."""

import contextlib
import secrets
import zlib

import redis
from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import FileStorage

from tracker.actions.leads.imports.csv_import import import_csv
from tracker.base.errors import Invalid, NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.access import assignable, check_owner
from tracker.web.console.pages.leads.import_preview import preview_of

blueprint = Blueprint("lead_import", __name__)

_KEPT_SECONDS = 1800
"""Seconds for which the file is kept between preview and import."""


@blueprint.get("/leads/import")
def choose() -> str:
    """The form to choose a file."""
    return _file_form()


@blueprint.post("/leads/import")
def preview() -> str | tuple[str, int]:
    """Shows what the import would do. Changes nothing."""
    file: FileStorage | None = request.files.get("file")
    data, name = (file.stream.read(), (file.filename or "")[:120]) if file else (b"", "")
    try:
        if not data:
            raise Invalid("file", "is empty; choose a CSV file")  # noqa: TRY301 - the same response as for an unreadable file
        found = preview_of(data, current_user().workspace, workspace_store().leads, current_user().viewer)
    except Invalid as error:
        return _file_form(_file_error(error)), 422
    token = secrets.token_hex(16)
    try:
        deps().redis.set(_key("file", token), zlib.compress(data, 1), ex=_KEPT_SECONDS)
        deps().redis.set(_key("name", token), name.encode("utf-8", "replace"), ex=_KEPT_SECONDS)
    except redis.RedisError:
        return _file_form("The file could not be stored. Nothing was imported. Try again."), 503
    return render_template(
        "leads/import_preview.html",
        section="leads",
        found=found,
        token=token,
        name=name,
        **_choices(),
    )


@blueprint.post("/leads/import/<token>")
def run_import(token: str) -> str | tuple[str, int]:
    """Imports the previewed file."""
    packed = deps().redis.get(_key("file", token))
    if not isinstance(packed, bytes):
        return _file_form("This preview has expired, or the file was already imported. Choose the file again."), 410
    owner = request.form.get("owner") or None
    check_owner(owner)
    report = import_csv(
        deps(),
        current_user().workspace.id,
        zlib.decompress(packed),
        source=request.form.get("source") or "Import",
        owner=owner,
        actor=current_user().rep.id,
        viewer=current_user().viewer,
        file_name=_kept_name(token),
    )
    note(AuditAction.IMPORTED, "leads", **report.counts)
    with contextlib.suppress(redis.RedisError):
        deps().redis.delete(_key("file", token), _key("name", token))
        if report.error_csv:
            deps().redis.set(_key("errors", token), zlib.compress(report.error_csv.encode()), ex=_KEPT_SECONDS)
    return render_template("leads/import_done.html", section="leads", report=report, token=token)


@blueprint.get("/leads/import/<token>/errors.csv")
def errors(token: str) -> Response:
    """The rejected rows with their problems, as CSV without formulas."""
    packed = deps().redis.get(_key("errors", token))
    if not isinstance(packed, bytes):
        raise NotFound("no such file")
    note(AuditAction.EXPORTED, "rows that were not imported")
    return Response(
        zlib.decompress(packed),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="leadlight-not-imported.csv"'},
    )


def _kept_name(token: str) -> str:
    kept = deps().redis.get(_key("name", token))
    return kept.decode() if isinstance(kept, bytes) else ""


def _key(what: str, token: str) -> str:
    """The Redis key. It includes workspace and rep, so that other reps cannot import the file."""
    return f"import:{what}:{current_user().workspace.id}:{current_user().rep.id}:{token[:64]}"


def _file_form(problem: str | None = None) -> str:
    return render_template(
        "leads/import.html", section="leads", problem=problem, sources=[source.name for source in workspace_store().sources.all()]
    )


def _choices() -> dict[str, list[tuple[str, str]]]:
    return {
        "owners": [("", "No owner"), *((rep.id, rep.name) for rep in assignable())],
        "sources": [(source, source) for source in dict.fromkeys(("Import", *(source.name for source in workspace_store().sources.all())))],
    }


def _file_error(error: Invalid) -> str:
    text = f"This file {error}" if error.field == "file" else str(error)
    return text if text.endswith(".") else f"{text}."
