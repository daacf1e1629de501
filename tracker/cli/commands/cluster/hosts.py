"""`leadlight ps --all` and `--forget`: the processes of all hosts, from their own reports in MongoDB."""

from datetime import datetime
from typing import Any

from tracker.actions.ops.health import check_health
from tracker.actions.ops.hosts import DrainReport, forget_host
from tracker.cli.connect import connected
from tracker.cli.output import result, say, table
from tracker.domain.ops.host import HostReport


def list_hosts(*, as_json: bool) -> int:
    """Prints every process of every host with its last report, and what its spool holds."""
    with connected() as deps:
        now, drains = deps.now(), check_health(deps).drains
        rows = [_row(report, drains, now) for report in deps.store.hosts.all()]
    cells = [
        (r["host"], r["process"], r["pid"], r["state"], f"{r['silent_seconds']} s ago", _or_dash(r["waiting"]), _or_dash(r["edges"]))
        for r in rows
    ]
    result(rows, table(cells, ("HOST", "PROCESS", "PID", "STATE", "REPORTED", "WAITING", "EDGES")), as_json=as_json)
    return 0


def forget(host: str, *, as_json: bool) -> int:
    """Removes a host; prints the number of its processes. Raises LeadlightError for one that reports."""
    with connected() as deps:
        count = forget_host(deps, host)
    say(f"{host} is forgotten. If its disk still holds a spool, its events are not in MongoDB.")
    result({"host": host, "processes": count}, str(count), as_json=as_json)
    return 0


def _row(report: HostReport, drains: dict[str, DrainReport], now: datetime) -> dict[str, Any]:
    drain = drains.get(report.host) if report.spool else None
    return {
        "host": report.host,
        "process": report.process,
        "pid": report.pid,
        "state": "silent" if report.is_silent(now) else "running",
        "silent_seconds": max(0, round((now - report.at).total_seconds())),
        "waiting": drain.events if drain else report.spool.lag_events if report.spool else None,
        "lag_seconds": drain.seconds if drain else None,
        "edges": report.spool.edges if report.spool else None,
    }


def _or_dash(value: object) -> object:
    return "-" if value is None else value
