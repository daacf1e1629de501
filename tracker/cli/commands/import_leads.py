"""`leadlight import`: imports leads from a CSV file, as the page and the API do."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.imports import csv_files, import_jobs
from tracker.actions.imports.csv_import import counted, error_rows, report_of
from tracker.actions.imports.dry_run import dry_run
from tracker.actions.imports.import_file import open_file
from tracker.actions.leads.lookups import owner_named
from tracker.actions.ops import audit
from tracker.base.errors import Invalid, LeadlightError
from tracker.cli.commands.workspaces import add_workspace_option, selected_workspace
from tracker.cli.connect import connected
from tracker.cli.output import result, say
from tracker.domain.leads.import_choices import ImportChoices
from tracker.domain.leads.lead_import import DONE, ImportCounts, ImportRow, LeadImport
from tracker.domain.ops.audit import OPERATOR, AuditAction
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.imports.headings import guessed, heading_key

_SHOWN = 20
_ERROR = 1
_TOLD = 5_000
"""Rows after which the progress is told."""


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    parser = commands.add_parser("import", parents=[common], help="import leads from a CSV file; prints the number of rows by result")
    parser.add_argument("file", help="a CSV file; - reads standard input")
    parser.add_argument(
        "--mapping", metavar="FILE.json", help='fields by heading, such as {"Mail": "email", "Fax": ""}; default: as guessed'
    )
    parser.add_argument("--source", default="Import", help="source of new leads without one; default: Import")
    parser.add_argument("--owner", metavar="EMAIL", help="owner of new leads without one")
    parser.add_argument("--tag", action="append", default=[], help="a tag for all leads of the file; may be repeated")
    parser.add_argument("--dates", choices=("day", "month"), default="", help="what dates name first that can be read in two ways")
    parser.add_argument("--errors", metavar="FILE.csv", help="write the refused rows with their problems to this file")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and store nothing")
    add_workspace_option(parser)
    parser.set_defaults(run=_import)


def _import(arguments: argparse.Namespace) -> int:
    """Prints the numbers of rows. The exit code is 1 if rows were refused, or if the file does not add up."""
    data = sys.stdin.buffer.read() if arguments.file == "-" else Path(arguments.file).read_bytes()
    with connected() as deps:
        workspace = selected_workspace(deps, arguments)
        try:
            found = (_tried if arguments.dry_run else _imported)(deps, workspace, data, arguments)
        except Invalid as error:
            raise LeadlightError(f"{error.field} {error}") from None
    _tell(found, arguments)
    return _ERROR if found["refused"] or found["lines_that_do_not_add_up"] else 0


def _choices(deps: Deps, workspace: Workspace, data: bytes, arguments: argparse.Namespace) -> ImportChoices:
    return ImportChoices(
        columns=_columns(data, Path(arguments.mapping)) if arguments.mapping else {},
        source=arguments.source,
        owner=owner_named(deps, workspace, arguments.owner) if arguments.owner else None,
        tags=tuple(arguments.tag),
        usual_order=arguments.dates,
    )


def _columns(data: bytes, path: Path) -> dict[str, str]:
    """The field of each column. Raises LeadlightError for a file that is no such object, and for headings that the table lacks."""
    try:
        given = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except msgspec.MsgspecError as error:
        raise LeadlightError(f"{path}: must be a JSON object with a field for each heading ({error})") from None
    header = csv_files.opened(data).header
    wanted = {heading_key(title): field for title, field in given.items()}
    unknown = [title for title in given if heading_key(title) not in {heading_key(one) for one in header}]
    if unknown:
        raise LeadlightError(f"{path}: the file has no column {unknown[0]}; its columns are {', '.join(header)}")
    guesses = guessed(header)
    return {str(index): wanted.get(heading_key(title), guesses.get(index, "")) for index, title in enumerate(header)}


def _tried(deps: Deps, workspace: Workspace, data: bytes, arguments: argparse.Namespace) -> dict[str, Any]:
    file = open_file(deps, workspace, data, _choices(deps, workspace, data, arguments), checked=True)
    counts, refused, warnings = dry_run(deps, workspace.id, file)
    return {"id": None, "state": "dry run"} | _result(counts, refused, warnings, file.remarks(), file.table.header, file.damaged)


def _imported(deps: Deps, workspace: Workspace, data: bytes, arguments: argparse.Namespace) -> dict[str, Any]:
    name = Path(arguments.file).name[:120] if arguments.file != "-" else ""
    choices = _choices(deps, workspace, data, arguments)
    one = import_jobs.start(deps, workspace.id, data, choices=choices, file_name=name, is_at_once=True)
    one = _carried_out(deps, one)
    audit.record(deps, workspace.id, AuditAction.IMPORTED, OPERATOR, "leads", **counted(one.counts))
    if one.state != DONE:
        raise LeadlightError(f"the import {one.state}: {one.problem}" if one.problem else f"the import was {one.state}")
    report = report_of(deps, one)
    found = _result(one.counts, report.errors, report.warnings, report.remarks, list(one.header), one.damages)
    return {"id": one.id, "state": one.state} | found


def _carried_out(deps: Deps, one: LeadImport) -> LeadImport:
    """Imports with progress on stderr; a worker continues it if this process is killed. Ctrl+C cancels it after the present batch."""
    run = None
    try:
        while True:
            one, run = import_jobs.carry_out(deps, one, _once(), run)
            if run is None or one.done % _TOLD == 0:
                say(f"{one.done:,} of {one.rows:,} rows")
            if run is None:
                return one
    except KeyboardInterrupt:
        import_jobs.cancel(deps, one.workspace, one.id)
        say("Cancelled; what was imported stays.")
        raise


def _once() -> Callable[[], bool]:
    """Allows one batch."""
    left = iter((True, False))
    return lambda: next(left, False)


def _result(
    counts: ImportCounts, errors: list[ImportRow], warnings: list[ImportRow], remarks: list[str], header: list[str], damages: int
) -> dict[str, Any]:
    return {
        "added": counts.added,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "refused": counts.refused,
        "warnings": counts.warnings,
        "history": counts.history,
        "lines_that_do_not_add_up": damages,
        "remarks": remarks,
        "errors": [{"line": row.line, "field": row.field, "text": row.text} for row in errors],
        "warned": [{"line": row.line, "field": row.field, "text": row.text} for row in warnings],
        "_file": csv_files.write([*header, "line", "problem"], error_rows(header, errors)) if errors else "",
    }


def _tell(found: dict[str, Any], arguments: argparse.Namespace) -> None:
    rejected = found.pop("_file")
    if arguments.errors and rejected:
        Path(arguments.errors).write_text(rejected, "utf-8")
    for text in found["remarks"]:
        say(text)
    for kind in ("errors", "warned"):
        for row in found[kind][:_SHOWN]:
            say(f"line {row['line']}: {row['field']} {row['text']}{'' if kind == 'errors' else ' (kept as a custom field)'}")
        if len(found[kind]) > _SHOWN:
            say(f"and {len(found[kind]) - _SHOWN} more")
    names = ("added", "updated", "unchanged", "refused")
    result(found, "\n".join(f"{name} {found[name]}" for name in names), as_json=arguments.json)
