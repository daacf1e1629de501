"""`leadlight spool`: what the edge has taken and the drain has not yet brought to MongoDB; what was set aside, tried again."""

import argparse
import base64
import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracker.base.clock import utc_now
from tracker.base.errors import LeadlightError, Malformed
from tracker.base.settings import load
from tracker.cli.connect import reached
from tracker.cli.data_dir import refuse_foreign
from tracker.cli.output import result, say, table
from tracker.spool import layout, reader
from tracker.spool.file import write_rows

_AT_ONCE = 1000


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the commands."""
    verbs = commands.add_parser("spool", help="events between the edge and MongoDB").add_subparsers(required=True, metavar="verb")
    verbs.add_parser("status", parents=[common], help="how many events wait, and where").set_defaults(run=_status)
    verbs.add_parser("retry", parents=[common], help="take in again what was set aside: damaged files, rows").set_defaults(run=_retry)
    parser = verbs.add_parser("export", parents=[common], help="the rows that wait, as JSON, one a line")
    parser.add_argument("--quarantined", action="store_true", help="those of damaged files instead")
    parser.set_defaults(run=_export)


def _status(arguments: argparse.Namespace) -> int:
    """Prints each spool file with the events that wait in it. Needs neither MongoDB nor Redis."""
    folder = load().spool_dir
    rows = [_row(file) for file in _files(folder)]
    set_aside = len(_files(folder / "quarantine"))
    waiting = sum(row["waiting"] for row in rows)
    value = {"waiting": waiting, "files": rows, "quarantined_files": set_aside}
    cells = [(row["file"], row["waiting"], f"{row['bytes'] / 2**20:.1f} MB", row["state"]) for row in rows]
    lines = [table(cells, ("FILE", "WAITING", "SIZE", "STATE")), ""] if rows else []
    lines.append(f"{waiting} events wait")
    if set_aside:
        lines.append(f"{set_aside} damaged files were set aside in {folder / 'quarantine'}; see `leadlight spool retry`")
    result(value, "\n".join(lines), as_json=arguments.json)
    return 0


def _row(file: Path) -> dict[str, Any]:
    try:
        waiting, state = max(0, reader.last_seq(file) - layout.Watermarks().get(file)), "finished" if layout.is_orphan(file) else "in use"
    except (LeadlightError, OSError):
        waiting, state = 0, "damaged"
    return {"file": file.name, "waiting": waiting, "bytes": _size(file), "state": state}


def _files(folder: Path) -> list[Path]:
    """The spool files of a folder; none where it does not exist. Raises OSError where we may not look: nothing would be untrue."""
    try:
        next(folder.iterdir(), None)
    except FileNotFoundError:
        return []
    return layout.files(folder)


def _size(file: Path) -> int:
    """Bytes of the file and of its log, in which its rows are."""
    size = 0
    for path in (file, layout.log_path(file)):
        with contextlib.suppress(OSError):
            size += path.stat().st_size
    return size


def _retry(arguments: argparse.Namespace) -> int:
    """Prints how many rows were put back. A row that is in MongoDB already changes nothing; one that still is no event is set aside anew."""
    folder, begun = load().spool_dir, utc_now()
    refuse_foreign(folder)
    try:
        found = {"rows_of_files": sum(map(_retry_file, _files(folder / "quarantine"))), "rows": 0}
        with reached() as deps:
            # What the drain sets aside anew meanwhile is none of ours, or it would go round and round.
            while rows := deps.store.quarantine.oldest(_AT_ONCE, before=begun):
                write_rows(folder, [raw for _, raw in rows])
                deps.store.quarantine.remove(sequence for sequence, _ in rows)
                found["rows"] += len(rows)
    except sqlite3.Error as error:
        raise LeadlightError(f"{folder}: the spool takes no rows now ({error}); repeat this when it does") from error
    result(found, f"{sum(found.values())} rows are taken in again", as_json=arguments.json)
    return 0


def _retry_file(file: Path) -> int:
    """How many rows of a damaged file were put back; it is kept beside the others that were retried."""
    saved = dict(reader.salvage(file, 0))
    if saved:
        write_rows(file.parent.parent, list(saved.values()))
    retried = file.parent / "retried"
    retried.mkdir(exist_ok=True)
    for path in file.parent.glob(f"{file.name}*"):
        path.replace(retried / path.name)
    say(f"{file.name}: {len(saved)} rows can be read and are taken in again; the file is in {retried} now")
    return len(saved)


def _export(arguments: argparse.Namespace) -> int:
    """Prints one JSON object a line: file, seq, and the capture, or `raw` in base64 for what is none. Needs neither MongoDB nor Redis."""
    folder = load().spool_dir
    for file in _files(folder / "quarantine" if arguments.quarantined else folder):
        for seq, body in _rows(file, 0 if arguments.quarantined else layout.Watermarks().get(file)):
            print(json.dumps({"file": file.name, "seq": seq, **_read(body)}))
    return 0


def _rows(file: Path, after: int) -> Iterator[tuple[int, bytes]]:
    """All that can be read; a file that the drain unlinks meanwhile is in MongoDB."""
    while True:
        try:
            rows = reader.read(file, after, _AT_ONCE)
        except FileNotFoundError:
            return
        except LeadlightError:
            yield from reader.salvage(file, after)
            return
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]


def _read(body: bytes) -> dict[str, Any]:
    try:
        layout.decode(body)
        return {"capture": json.loads(body)}
    except Malformed:
        return {"raw": base64.b64encode(body).decode()}
