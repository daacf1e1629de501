"""How a sizing reads: a table for the terminal and for docs/operations/sizing.md, and JSON."""

import math
from typing import Any

from bench.figures import rounded
from bench.report import table
from bench.scale.model import Part, Role, Sizing

_HEAD = ("role", "replicas", "busy cores", "memory GB", "disk GB", "IOPS", "Mbit/s", "price")


def text(sizing: Sizing, most: int = 5) -> str:
    """The roles, then what is used up first."""
    load = sizing.workload
    lines = [
        (
            f"{load.events:,} events kept {load.days:g} days, {load.workspaces:,} workspaces, {load.reps:,} reps:"
            f" {rounded(load.mean_rate)} events a second on average, {rounded(load.rate)} in the busiest minutes"
        ),
        "",
        table([*map(_cells, sizing.roles), _total(sizing)], _HEAD),
        "",
        "Used up first:",
        *(f"  {factor(part)} × this load: {part.resource} ({role}). Add {part.add}." for role, part in sizing.saturation[:most]),
    ]
    return "\n".join(lines)


def factor(part: Part) -> str:
    """How far the load may grow, in words."""
    return "any" if math.isinf(part.headroom) else rounded(part.headroom)


def as_json(sizing: Sizing) -> dict[str, Any]:
    """The same for programs; `grows_to` is null where the load asks nothing."""
    load = sizing.workload
    return {
        "events": load.events,
        "workspaces": load.workspaces,
        "reps": load.reps,
        "events_per_second": {"mean": load.mean_rate, "busiest": load.rate},
        "roles": [
            {
                "role": role.name,
                "replicas": role.replicas,
                "cores": role.cores,
                "memory_gb": role.memory_gb,
                "disk_gb": role.disk_gb,
                "iops": role.iops,
                "network_mbit": role.network_mbit,
                "price": role.price,
            }
            for role in sizing.roles
        ],
        "price": sizing.price,
        "saturation": [
            {
                "role": role,
                "resource": part.resource,
                "demand": part.demand,
                "capacity": part.capacity,
                "grows_to": None if math.isinf(part.headroom) else part.headroom,
                "add": part.add,
            }
            for role, part in sizing.saturation
        ],
    }


def _cells(role: Role) -> tuple[str, ...]:
    figures = (role.cores, role.memory_gb, role.disk_gb, role.iops, role.network_mbit, role.price)
    return (role.name, f"{role.replicas:,}", *(rounded(figure) if figure else "" for figure in figures))


def _total(sizing: Sizing) -> tuple[str, ...]:
    roles = sizing.roles
    sums = (sum(getattr(role, name) for role in roles) for name in ("cores", "memory_gb", "disk_gb", "iops"))
    return ("all", f"{sum(role.replicas for role in roles):,}", *map(rounded, sums), "", rounded(sizing.price))
