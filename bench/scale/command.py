"""`python -m bench scale`: sizes an installation for a load, from the measured costs; `--measure` takes them anew on this machine."""

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

from bench.scale import costs, pages, report
from bench.scale.check import check
from bench.scale.hardware import Hardware, Prices
from bench.scale.measure import LEADS, measure
from bench.scale.model import size
from bench.scale.workload import Workload


def main(words: list[str]) -> int:
    """Prints the sizing; returns the exit code."""
    options = _options(words)
    if options.measure or options.check:
        return _measured(options)
    if options.page:
        pages.PAGE.write_text(pages.renewed(pages.PAGE.read_text("utf-8"), costs.read(options.costs)), "utf-8")
        return 0
    try:
        workload = Workload(**_given(options, Workload))
        hardware, prices = Hardware(**_given(options, Hardware)), Prices(**_given(options, Prices, "price_"))
        sizing = size(workload, costs.read(options.costs).costs, hardware, prices)
    except (OSError, ValueError) as error:
        print(f"bench scale: {error}", file=sys.stderr)
        return 2
    print(json.dumps(report.as_json(sizing), indent=1) if options.json else report.text(sizing))
    return 0


def _measured(options: argparse.Namespace) -> int:
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=options.folder))
    try:
        if options.measure:
            costs.write(measure(folder, options.port, options.sample), options.costs)
            print(options.costs)
        else:
            print(check(folder, options.port, costs.read(options.costs).costs))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench scale", description="Sizes an installation from measured costs.")
    for kind, prefix in ((Workload, ""), (Hardware, ""), (Prices, "price_")):
        group = parser.add_argument_group(kind.__name__.lower())
        for field in fields(kind):
            name = f"--{prefix}{field.name}".replace("_", "-")
            is_needed = field.name in {"events", "workspaces", "reps"}
            default = 10**6 if field.name == "events" else 1 if is_needed else field.default
            group.add_argument(name, type=_count if field.type is int else float, default=default, help=f"default: {default:g}")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--costs", type=Path, default=costs.FILE, help="the measured costs")
    parser.add_argument("--measure", action="store_true", help="measure the costs on this machine and write them to --costs; takes minutes")
    parser.add_argument("--sample", type=_count, default=LEADS, help=f"leads of --measure, with ten events each ({LEADS:,})")
    parser.add_argument("--check", action="store_true", help="run three edges, two workers and three members of MongoDB, and compare")
    parser.add_argument("--page", action="store_true", help="renew the tables of docs/operations/sizing.md")
    parser.add_argument("--port", type=int, default=19_400, help="the first port of --measure and --check (19400)")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="folder for temporary data")
    return parser.parse_args(words)


def _count(text: str) -> int:
    """A whole number; `1e10` is one. Raises ValueError."""
    number = float(text)
    if number != int(number):
        raise ValueError(text)
    return int(number)


def _given(options: argparse.Namespace, kind: type, prefix: str = "") -> dict[str, Any]:
    return {field.name: getattr(options, f"{prefix}{field.name}") for field in fields(kind)}
