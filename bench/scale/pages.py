"""The tables of docs/operations/sizing.md, made from the measured costs. They stand between two comments each."""

import re
from dataclasses import fields

from bench.figures import rounded
from bench.report import table
from bench.scale.costs import Costs, Measured
from bench.scale.model import Role, Sizing, size
from bench.scale.report import factor
from bench.scale.workload import Workload
from bench.targets.process import ROOT

PAGE = ROOT / "docs" / "operations" / "sizing.md"
LOADS = ((10**6, 1, 10), (10**7, 10, 50), (10**8, 100, 200), (10**9, 1_000, 500), (10**10, 10_000, 1_000))
_UNITS = {"cpu": "µs of CPU", "bytes": "bytes", "mb": "MB", "syncs": "syncs", "writes": "writes"}


def renewed(page: str, measured: Measured) -> str:
    """The page with both tables replaced. Raises ValueError if it has no place for one."""
    sizings = [size(Workload(events=events, workspaces=spaces, reps=reps), measured.costs) for events, spaces, reps in LOADS]
    return _replaced(_replaced(page, "sizes", _sizes(sizings)), "costs", _costs(measured.costs))


def _sizes(sizings: list[Sizing]) -> str:
    head = (
        "events kept",
        "a second, busiest",
        "edge",
        "console",
        "live",
        "notify",
        "MongoDB members",
        "memory GB of all",
        "disk GB of all",
    )
    rows = [_row(sizing) for sizing in sizings]
    return table(rows, (*head, "price a month", "used up first"))


def _row(sizing: Sizing) -> tuple[str, ...]:
    roles: dict[str, Role] = {role.name: role for role in sizing.roles}
    mongo, (_, first) = roles["mongodb"], sizing.saturation[0]
    counts = (f"{roles[name].replicas:,}" for name in ("edge", "console", "live", "notify"))
    figures = (f"{mongo.replicas:,}", rounded(mongo.memory_gb), rounded(mongo.disk_gb), rounded(sizing.price))
    rate = rounded(sizing.workload.rate)
    return (f"{sizing.workload.events:,}", rate, *counts, *figures, f"{first.resource}, at {factor(first)} × this load")


def _costs(costs: Costs) -> str:
    rows = [
        (str(one.metadata["meaning"]), rounded(getattr(costs, one.name)), _UNITS[one.name.rpartition("_")[2]], f"`{one.name}`")
        for one in fields(Costs)
    ]
    return table(rows, ("of", "measured", "unit", "name"))


def _replaced(page: str, name: str, content: str) -> str:
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", flags=re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"{PAGE.name} has no place for {name}")
    return pattern.sub(lambda found: f"{found[1]}{content}\n{found[2]}", page)
