"""The CSV import of leads: choose a file, preview, import, download rejected rows."""

import contextlib
import secrets
import zlib

import redis
from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from tracker.actions.imports.csv_import import counted, report_of
from tracker.actions.imports.import_file import open_file
from tracker.actions.imports.import_jobs import AT_ONCE, carry_out, leave_to_worker, remembered, start
from tracker.actions.imports.rep_names import RepNames
from tracker.actions.imports.unknown_values import UnknownValues
from tracker.base.errors import Invalid, NotFound
from tracker.domain.leads.import_choices import ImportChoices
from tracker.domain.ops.audit import AuditAction
from tracker.rules.imports import encodings
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.imports.jobs import same_of
from tracker.web.console.pages.imports.options import Options, choices_of
from tracker.web.console.pages.imports.preview import preview_of
from tracker.web.console.pages.lead.access import assignable, check_owner

blueprint = Blueprint("lead_import", __name__)

_KEPT_SECONDS = 1800
"""Seconds for which the file is kept between preview and import."""
_EXPIRED = "This preview has expired, or the file was already imported. Choose the file again."


@blueprint.get("/leads/import")
def choose() -> str:
    """The form to choose a file."""
    return _file_form()


@blueprint.post("/leads/import")
def preview() -> str | tuple[str, int]:
    """Shows what the import would do. Changes nothing."""
    file: FileStorage | None = request.files.get("file")
    data, name = (file.stream.read(), (file.filename or "")[:120]) if file else (b"", "")
    token = secrets.token_hex(16)
    try:
        if not data:
            raise Invalid("file", "is empty; choose a CSV file")  # noqa: TRY301 - the same response as for an unreadable file
        page = _preview_page(data, name, token, remembered(deps(), current_user().workspace.id, data))
    except Invalid as error:
        return _file_form(_file_error(error)), 422
    try:
        deps().redis.set(_key("file", token), zlib.compress(data, 1), ex=_KEPT_SECONDS)
        deps().redis.set(_key("name", token), name.encode("utf-8", "replace"), ex=_KEPT_SECONDS)
    except redis.RedisError:
        return _file_form("The file could not be stored. Nothing was imported. Try again."), 503
    return page


@blueprint.post("/leads/import/<token>/preview")
def preview_again(token: str) -> str | tuple[str, int]:
    """The preview with other choices. Changes nothing."""
    data = _kept_file(token)
    if data is None:
        return _file_form(_EXPIRED), 410
    choices = choices_of(request.form)
    try:
        return _preview_page(data, _kept_name(token), token, choices)
    except Invalid as error:
        reset = ImportChoices(encoding=choices.encoding, separator=choices.separator)
        return _preview_page(data, _kept_name(token), token, reset, problem=_file_error(error)), 422


@blueprint.post("/leads/import/<token>")
def run_import(token: str) -> str | tuple[str, int] | BaseResponse:
    """Imports the previewed file."""
    data = _kept_file(token)
    if data is None:
        return _file_form(_EXPIRED), 410
    choices = choices_of(request.form)
    check_owner(choices.owner)
    user, name = current_user(), _kept_name(token)
    try:
        one = start(deps(), user.workspace.id, data, choices=choices, file_name=name, rep=user.rep.id, is_at_once=True)
    except Invalid as error:
        return _preview_page(data, name, token, ImportChoices(), problem=_file_error(error)), 422
    if one.rows > AT_ONCE:
        leave_to_worker(deps(), one)
        note(AuditAction.IMPORTED, "leads", rows=str(one.rows))
        _forget(token)
        return redirect(f"/leads/imports/{one.id}", 303)
    one, _ = carry_out(deps(), one, viewer=user.viewer)
    report = report_of(deps(), one)
    note(AuditAction.IMPORTED, "leads", **counted(one.counts))
    _forget(token)
    with contextlib.suppress(redis.RedisError):
        if report.error_csv:
            deps().redis.set(_key("errors", token), zlib.compress(report.error_csv.encode()), ex=_KEPT_SECONDS)
    return render_template("leads/import_done.html", section="leads", report=report, token=token, one=one, **same_of(one))


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


def _preview_page(data: bytes, name: str, token: str, choices: ImportChoices, problem: str = "") -> str:
    """Raises Invalid for an unreadable file, and for choices that do not fit it."""
    user, here = current_user(), workspace_store()
    file = open_file(deps(), user.workspace, data, choices, checked=True)
    sources = [source.name for source in here.sources.all()]
    unknown = UnknownValues(user.workspace, RepNames(deps(), user.workspace.id), frozenset(one.casefold() for one in sources), {})
    return render_template(
        "leads/import_preview.html",
        section="leads",
        found=preview_of(file, here.leads, user.viewer, unknown),
        token=token,
        name=name,
        problem=problem,
        choices=choices,
        encoding=file.encoding,
        letters=encodings.sample(file.table.text),
        separator=file.table.separator,
        header_line=file.table.header_line,
        options=Options(file, user.workspace, assignable(), sources),
    )


def _forget(token: str) -> None:
    with contextlib.suppress(redis.RedisError):
        deps().redis.delete(_key("file", token), _key("name", token))


def _kept_file(token: str) -> bytes | None:
    packed = deps().redis.get(_key("file", token))
    return zlib.decompress(packed) if isinstance(packed, bytes) else None


def _file_error(error: Invalid) -> str:
    text = f"This file {error}" if error.field == "file" else str(error)
    return text if text.endswith(".") else f"{text}."
