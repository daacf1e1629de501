"""`python -m bench`: runs the cases and prints their table. Called by `make bench`."""

import argparse
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from pymongo.errors import PyMongoError
from redis import RedisError

from bench import machine, report
from bench.cases import CASES
from bench.load import wrk
from bench.load.wrk import LoadFailed
from bench.plan import Plan
from bench.scale.command import main as scale
from bench.targets.process import ROOT, NotReady

_RESULTS = ROOT / "bench" / "results"


def main() -> int:
    """Runs the chosen cases; returns 1 if a case could not be measured. A missed bar is a result, not an error."""
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=options.folder))
    plan = Plan(
        rounds=options.rounds or (2 if options.quick else 3),
        seconds=options.seconds or (2 if options.quick else 4),
        is_quick=options.quick,
        is_large=options.large,
        folder=folder,
        first_port=options.port,
        say=_say,
    )
    begun, before = datetime.now(UTC), machine.facts(folder)
    try:
        failed = _run(plan, options.only or list(CASES))
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(report.table([row.cells() for row in plan.rows]))
    for what in plan.left_out:
        print(f"\nLeft out: {what}")
    path = options.json or _RESULTS / f"{begun:%Y-%m-%dT%H%M%S}.json"
    report.write(
        path,
        begun=begun.isoformat(timespec="seconds"),
        settings={
            "rounds": plan.rounds,
            "seconds": plan.seconds,
            "quick": plan.is_quick,
            "large": plan.is_large,
            "connections": wrk.CONNECTIONS,
        },
        machine=before | {"load_after": machine.load()},
        rows=[row.as_json() for row in plan.rows],
        left_out=plan.left_out,
        failed=failed,
    )
    _say(f"Load {before['load'][0]} before, {machine.load()[0]} after. All rounds are in {path}")
    return 1 if failed else 0


def _run(plan: Plan, names: list[str]) -> dict[str, str]:
    failed: dict[str, str] = {}
    for name in names:
        begun = time.monotonic()
        _say(f"{name}: {CASES[name].__doc__ or ''}".strip())
        try:
            CASES[name](plan)
        except (LoadFailed, NotReady, OSError, ValueError, RuntimeError, PyMongoError, RedisError) as error:
            failed[name] = f"{type(error).__name__}: {error}"
            _say(f"    could not be measured: {failed[name]}")
        _say(f"    {time.monotonic() - begun:.0f} s, load {machine.load()[0]}")
    return failed


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Leadlight on this machine, loopback only.")
    parser.add_argument("--only", action="append", choices=list(CASES), help="run this case only; repeatable")
    parser.add_argument("--rounds", type=int, help="rounds of each measurement (3)")
    parser.add_argument("--seconds", type=float, help="seconds of each round (4)")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, smaller sizes: a functional check")
    parser.add_argument("--large", action="store_true", help="growth up to ten million events; takes hours and 10 GB")
    parser.add_argument("--port", type=int, default=19_100, help="the first port to use (19100)")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="folder for temporary data")
    parser.add_argument("--json", type=Path, help="output file (bench/results/<date>.json)")
    parser.add_argument("--keep", action="store_true", help="keep the data and logs of the servers")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["scale"]:
        sys.exit(scale(sys.argv[2:]))
    sys.exit(main())
