"""`leadlight spool`: events in the spool that are not yet in MongoDB, and quarantined rows and files."""

import argparse
import base64
import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracker.base.clock import utc_now
from tracker.base.errors import LeadlightError, Malformed
from tracker.base.settings import load
from tracker.cli.connect import connected
from tracker.cli.data_dir import refuse_foreign_owner
from tracker.cli.output import result, say, table
from tracker.spool import layout, reader
from tracker.spool.file import write_rows

_BATCH = 1000
_POLL_SECONDS = 0.25


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the commands."""
    verbs = commands.add_parser("spool", help="events between the edge and MongoDB").add_subparsers(required=True, metavar="verb")
    verbs.add_parser("status", parents=[common], help="number of waiting events by file").set_defaults(run=_status)
    verbs.add_parser("retry", parents=[common], help="retry quarantined files and rows").set_defaults(run=_retry)
    parser = verbs.add_parser("wait", parents=[common], help="wait until the edge has stopped and no event waits; for the end of a host")
    parser.add_argument("--seconds", type=float, default=300.0, help="give up after this time, with exit code 1; default: 300")
    parser.set_defaults(run=_wait)
    parser = verbs.add_parser("export", parents=[common], help="print waiting rows as JSON lines")
    parser.add_argument("--quarantined", action="store_true", help="rows of quarantined files instead")
    parser.set_defaults(run=_export)


def _status(arguments: argparse.Namespace) -> int:
    """Prints each spool file with its number of waiting events. Needs neither MongoDB nor Redis."""
    folder = load().spool_dir
    rows = [_row(file) for file in _files(folder)]
    quarantined = len(_files(folder / "quarantine"))
    waiting = sum(row["waiting"] for row in rows)
    value = {"waiting": waiting, "files": rows, "quarantined_files": quarantined}
    cells = [(row["file"], row["waiting"], f"{row['bytes'] / 2**20:.1f} MB", row["state"]) for row in rows]
    lines = [table(cells, ("FILE", "WAITING", "SIZE", "STATE")), ""] if rows else []
    lines.append(f"{waiting} events wait")
    if quarantined:
        lines.append(f"{quarantined} damaged files are quarantined in {folder / 'quarantine'}; see `leadlight spool retry`")
    result(value, "\n".join(lines), as_json=arguments.json)
    return 0


def _wait(arguments: argparse.Namespace) -> int:
    """Prints the events that still wait. Files of a running edge count as waiting: the next request may write to them."""
    folder, until = load().spool_dir, time.monotonic() + arguments.seconds
    while True:
        rows = [_row(file) for file in _files(folder)]
        waiting, in_use = sum(row["waiting"] for row in rows), sum(row["state"] == "in use" for row in rows)
        is_empty = not waiting and not in_use
        if is_empty or time.monotonic() >= until:
            break
        time.sleep(_POLL_SECONDS)
    said = "no event waits" if is_empty else f"{waiting} events wait, and the edge writes to {in_use} files"
    result({"waiting": waiting, "files_in_use": in_use, "is_empty": is_empty}, said, as_json=arguments.json)
    return 0 if is_empty else 1


def _row(file: Path) -> dict[str, Any]:
    try:
        waiting, state = max(0, reader.last_seq(file) - layout.Watermarks().get(file)), "finished" if layout.is_orphan(file) else "in use"
    except (LeadlightError, OSError):
        waiting, state = 0, "damaged"
    return {"file": file.name, "waiting": waiting, "bytes": _size(file), "state": state}


def _files(folder: Path) -> list[Path]:
    """The spool files of a folder, empty if it does not exist. Raises OSError if it is not readable."""
    try:
        next(folder.iterdir(), None)
    except FileNotFoundError:
        return []
    return layout.files(folder)


def _size(file: Path) -> int:
    """Bytes of the file and its WAL."""
    size = 0
    for path in (file, layout.log_path(file)):
        with contextlib.suppress(OSError):
            size += path.stat().st_size
    return size


def _retry(arguments: argparse.Namespace) -> int:
    """Prints the number of retried rows. Rows already in MongoDB change nothing; invalid rows are quarantined again."""
    folder, started = load().spool_dir, utc_now()
    refuse_foreign_owner(folder)
    try:
        found = {"rows_of_files": sum(map(_retry_file, _files(folder / "quarantine"))), "rows": 0}
        with connected() as deps:
            # Rows that the drain quarantines meanwhile are skipped, or the loop would not end.
            while rows := deps.store.quarantine.oldest(_BATCH, before=started):
                write_rows(folder, [raw for _, raw in rows])
                deps.store.quarantine.remove(sequence for sequence, _ in rows)
                found["rows"] += len(rows)
    except sqlite3.Error as error:
        raise LeadlightError(f"{folder}: the spool is not writable now ({error}); try again later") from error
    result(found, f"{sum(found.values())} rows are retried", as_json=arguments.json)
    return 0


def _retry_file(file: Path) -> int:
    """Retries the readable rows of a damaged file and moves it to `retried`; returns their number."""
    saved = dict(reader.salvage(file, 0))
    if saved:
        write_rows(file.parent.parent, list(saved.values()))
    retried = file.parent / "retried"
    retried.mkdir(exist_ok=True)
    for path in file.parent.glob(f"{file.name}*"):
        path.replace(retried / path.name)
    say(f"{file.name}: {len(saved)} readable rows are retried; the file is now in {retried}")
    return len(saved)


def _export(arguments: argparse.Namespace) -> int:
    """Prints one JSON object per line: file, seq and capture, or `raw` in base64 for an invalid row. Needs neither MongoDB nor Redis."""
    folder = load().spool_dir
    for file in _files(folder / "quarantine" if arguments.quarantined else folder):
        for seq, body in _rows(file, 0 if arguments.quarantined else layout.Watermarks().get(file)):
            print(json.dumps({"file": file.name, "seq": seq, **_read(body)}))
    return 0


def _rows(file: Path, after: int) -> Iterator[tuple[int, bytes]]:
    """The readable rows; a file that the drain removes meanwhile is in MongoDB."""
    while True:
        try:
            rows = reader.read(file, after, _BATCH)
        except FileNotFoundError:
            return
        except LeadlightError:
            yield from reader.salvage(file, after)
            return
        yield from rows
        if len(rows) < _BATCH:
            return
        after = rows[-1][0]


def _read(body: bytes) -> dict[str, Any]:
    try:
        layout.decode(body)
        return {"capture": json.loads(body)}
    except Malformed:
        return {"raw": base64.b64encode(body).decode()}
