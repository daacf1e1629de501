"""What each stage costs: the figures that the simulator starts from, as `measure` took them. Read from `costs.json` beside this file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("costs.json")


def cost(meaning: str) -> Any:
    """Declares one cost; its name ends with its unit."""
    return field(metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """CPU in microseconds of one core, sizes in bytes, memory in megabytes."""

    edge_cpu: float = cost("the edge, a request")
    edge_spool_bytes: float = cost("the spool while nothing drains it, a request")
    edge_syncs: float = cost("syncs of the spool, a request; under load one sync serves several")
    drain_cpu: float = cost("the drain, an event")
    drain_mongo_cpu: float = cost("MongoDB while the drain stores, an event")
    worker_cpu: float = cost("a worker, a mark: a lead or visitor that is recomputed")
    worker_mongo_cpu: float = cost("MongoDB, a mark")
    notify_cpu: float = cost("the notifier, an alert that is delivered")
    view_cpu: float = cost("the console, a page: Today, live view, lead list, pages of leads")
    view_mongo_cpu: float = cost("MongoDB, a page")
    redis_cpu: float = cost("Valkey, an event")
    policy_cpu: float = cost("each drain, a workspace in each second, for the policy of its edge")
    sweep_cpu: float = cost("the schedule, a workspace in each second, with nothing to do")
    sweep_mongo_cpu: float = cost("MongoDB, the same")
    mongo_writes: float = cost("MongoDB to its disk, an event with all that follows from it")
    mongo_write_bytes: float = cost("the same in bytes")
    mongo_network_bytes: float = cost("between MongoDB and the processes, both ways, an event with all that follows")
    data_bytes: float = cost("on disk, an event with its visits, visitors and facts")
    index_bytes: float = cost("their indexes")
    lead_bytes: float = cost("on disk, a lead with one message and their indexes")
    redis_mb: float = cost("Valkey at rest")
    redis_bytes: float = cost("Valkey, an event of the last minutes")
    stream_mb: float = cost("the console, an open live view")
    edge_mb: float = cost("the edge at rest")
    drain_mb: float = cost("the drain at rest")
    worker_mb: float = cost("a worker at rest")
    notify_mb: float = cost("the notifier at rest")
    console_mb: float = cost("the console at rest")
    other_mb: float = cost("each other process at rest")


@dataclass(frozen=True, slots=True)
class Measured:
    """Costs with the machine and the sizes at which they were taken."""

    costs: Costs
    machine: Mapping[str, Any]
    sizes: Mapping[str, Any]


def read(file: Path = FILE) -> Measured:
    """The costs in a file. Raises OSError, and ValueError for a file that is none."""
    found = json.loads(file.read_text("utf-8"))
    names = {one.name for one in fields(Costs)}
    if found.get("costs", {}).keys() != names:
        raise ValueError(f"{file} does not hold the costs {', '.join(sorted(names))}")
    return Measured(Costs(**found["costs"]), found["machine"], found["sizes"])


def write(measured: Measured, file: Path) -> None:
    """Replaces the file."""
    text = json.dumps({"costs": asdict(measured.costs), "machine": dict(measured.machine), "sizes": dict(measured.sizes)}, indent=1)
    file.write_text(text + "\n", "utf-8")
