"""`leadlight spool status`: what the edge has taken and the drain has not yet brought to MongoDB."""

import argparse
from pathlib import Path
from typing import Any

from tracker.base.settings import load
from tracker.cli.output import result, table
from tracker.ingest import spool


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    verbs = commands.add_parser("spool", help="events between the edge and MongoDB").add_subparsers(required=True, metavar="verb")
    verbs.add_parser("status", parents=[common], help="how many events wait, and where").set_defaults(run=_status)


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
        lines.append(f"{set_aside} damaged files were set aside in {folder / 'quarantine'}")
    result(value, "\n".join(lines), as_json=arguments.json)
    return 0


def _row(file: Path) -> dict[str, Any]:
    try:
        waiting, state = max(0, spool.last_seq(file) - spool.Watermarks().get(file)), "finished" if spool.is_orphan(file) else "in use"
        size = file.stat().st_size
    except (spool.Corrupt, OSError):
        waiting, state, size = 0, "damaged", 0
    return {"file": file.name, "waiting": waiting, "bytes": size, "state": state}
