"""`leadlight spool`: what the edge has taken and the drain has not yet brought to MongoDB; what was set aside, tried again."""

import argparse
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracker.base.errors import LeadlightError, Malformed
from tracker.base.settings import load
from tracker.cli.output import result, say, table
from tracker.cli.place import refuse_foreign
from tracker.cli.reach import reached
from tracker.ingest import mending, reading, spool
from tracker.ingest.spoolfile import write_rows

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
    rows = [_row(file) for file in spool.files(folder)] if folder.is_dir() else []
    set_aside = len(list((folder / "quarantine").glob("*.db")))
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
        waiting, state = max(0, reading.last_seq(file) - spool.Watermarks().get(file)), "finished" if spool.is_orphan(file) else "in use"
        size = file.stat().st_size
    except (LeadlightError, OSError):
        waiting, state, size = 0, "damaged", 0
    return {"file": file.name, "waiting": waiting, "bytes": size, "state": state}


def _retry(arguments: argparse.Namespace) -> int:
    """Prints how many rows were put back. A row that is in MongoDB already changes nothing; one that still is no event is set aside anew."""
    folder, found = load().spool_dir, {"rows_of_files": 0, "rows": 0}
    refuse_foreign(folder)
    for file in sorted((folder / "quarantine").glob("*.db")):
        saved = dict(reading.salvage(file, 0))
        if spool.log_path(file).exists():
            saved |= dict(mending.rows_behind(file, 0))
        bodies = list(saved.values())
        if bodies:
            write_rows(folder, bodies)
        found["rows_of_files"] += len(bodies)
        retried = folder / "quarantine" / "retried"
        retried.mkdir(exist_ok=True)
        for path in file.parent.glob(f"{file.name}*"):
            path.replace(retried / path.name)
        say(f"{file.name}: {len(bodies)} rows can be read and are taken in again; the file is in {retried} now")
    with reached() as deps:
        while rows := deps.store.evidence.take_quarantined(_AT_ONCE):
            write_rows(folder, [raw for _, raw in rows])
            deps.store.evidence.forget_quarantined(sequence for sequence, _ in rows)
            found["rows"] += len(rows)
            if len(rows) < _AT_ONCE:
                break
    result(found, f"{sum(found.values())} rows are taken in again", as_json=arguments.json)
    return 0


def _export(arguments: argparse.Namespace) -> int:
    """Prints one JSON object a line: file, seq, and the capture, or `raw` in base64 for what is none. Needs neither MongoDB nor Redis."""
    folder = load().spool_dir
    for file in sorted((folder / "quarantine").glob("*.db")) if arguments.quarantined else spool.files(folder):
        for seq, body in _rows(file, 0 if arguments.quarantined else spool.Watermarks().get(file)):
            print(json.dumps({"file": file.name, "seq": seq, **_read(body)}))
    return 0


def _rows(file: Path, after: int) -> Iterator[tuple[int, bytes]]:
    """All that can be read; a file that the drain unlinks meanwhile is in MongoDB."""
    while True:
        try:
            rows = reading.read(file, after, _AT_ONCE)
        except FileNotFoundError:
            return
        except LeadlightError:
            yield from reading.salvage(file, after)
            return
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]


def _read(body: bytes) -> dict[str, Any]:
    try:
        spool.decode(body)
        return {"capture": json.loads(body)}
    except Malformed:
        return {"raw": base64.b64encode(body).decode()}
