"""The simulator: what each role needs for a load, at what load it is saturated, and what then has to be added. Pure.

Every figure is a cost of `costs.json` times a rate of the workload; nothing is fitted. What does not grow with the load (processes at
rest, second copies) is counted once for each replica.
"""

import math
from dataclasses import dataclass, field

from bench.scale.costs import Costs
from bench.scale.hardware import Hardware, Prices
from bench.scale.workload import Workload

GB, MONTH_SECONDS = 2**30, 2_629_800.0
_ANSWER_BYTES, _REQUEST_BYTES = 450.0, 900.0
"""Of a response of the edge and of a request, heads included."""
_VIEW_BYTES = 60_000.0
"""Of a page of the console with its head, compressed; its scripts are cached."""
_FREE_DISK = 1.3
"""Room that a database's disk keeps free, and the oplog."""
_LEAST_SHARE = 0.05
"""Of a drain's core, for events, where the policy of many workspaces takes the rest."""
_OWN = "an installation of its own for some workspaces: more pods do not help"
_SPARE = 2
"""Every role that reps or leads wait for has two replicas at least."""


@dataclass(frozen=True, slots=True)
class Part:
    """One resource of a role: what the load asks of it, and what all replicas together may give."""

    resource: str
    demand: float
    capacity: float
    add: str

    @property
    def headroom(self) -> float:
        """How many times the load may grow before it is used up; infinite where nothing is asked."""
        return self.capacity / self.demand if self.demand else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What one role needs in the busiest minutes. `cores` are busy ones; the rest is what is to be had."""

    name: str
    replicas: int
    cores: float
    memory_gb: float
    disk_gb: float = 0.0
    iops: float = 0.0
    network_mbit: float = 0.0
    price: float = 0.0
    parts: tuple[Part, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Sizing:
    """The roles, and what is used up first."""

    workload: Workload
    roles: tuple[Role, ...]

    @property
    def saturation(self) -> list[tuple[str, Part]]:
        """All resources of all roles, the one with the least headroom first."""
        return sorted(((role.name, part) for role in self.roles for part in role.parts), key=lambda pair: pair[1].headroom)

    @property
    def price(self) -> float:
        """Of one month."""
        return sum(role.price for role in self.roles)


def size(workload: Workload, costs: Costs, hardware: Hardware | None = None, prices: Prices | None = None) -> Sizing:
    """Replicas and resources for the busiest minutes of the workload."""
    plan = _Sizer(workload, costs, hardware or Hardware(), prices or Prices())
    return Sizing(workload, (plan.edge(), plan.console(), plan.workers(), plan.notifier(), plan.others(), plan.mongodb(), plan.redis()))


class _Sizer:
    def __init__(self, workload: Workload, costs: Costs, hardware: Hardware, prices: Prices) -> None:
        self.load, self.costs, self.hardware, self.prices = workload, costs, hardware, prices

    def edge(self) -> Role:
        """Edge and drain in one pod. Each is one process, so that each may use one core."""
        load, costs = self.load, self.costs
        requests = load.rate * load.requests_per_event
        answering, draining = self._cores(requests * costs.edge_cpu), self._cores(load.rate * costs.drain_cpu)
        syncs = requests * costs.edge_syncs
        policy = self._cores(load.workspaces * costs.policy_cpu)  # of each drain
        left = max(1.0 - policy / self.hardware.use, _LEAST_SHARE)
        replicas = self._replicas((answering, 1.0), (draining, left), (syncs, self.hardware.edge_iops))
        spool = load.rate * load.requests_per_event * costs.edge_spool_bytes * 3600 / GB  # an hour without MongoDB
        traffic = requests * (_ANSWER_BYTES + _REQUEST_BYTES)
        parts = (
            self._part("cores of the edge", answering, replicas, 1.0, "an edge"),
            self._part("cores of the drain", draining, replicas, left, "an edge, which brings a drain"),
            self._part("the core of each drain, by its policy", policy, 1, 1.0, _OWN),
            self._part("syncs of the spool's disk", syncs, replicas, self.hardware.edge_iops, "an edge, or a faster disk"),
        )
        memory = replicas * (costs.edge_mb + costs.drain_mb) / 1024
        role = Role(
            name="edge",
            replicas=replicas,
            cores=answering + draining + replicas * policy,
            memory_gb=memory,
            disk_gb=replicas * max(10.0, spool / replicas),
            iops=syncs,
            network_mbit=traffic * 8 / 1e6,
            parts=parts,
        )
        month = load.mean_rate * load.requests_per_event * _ANSWER_BYTES * MONTH_SECONDS / GB
        return self._priced(role, bought=replicas * 2.0, traffic_gb=month)

    def console(self) -> Role:
        load, costs = self.load, self.costs
        cores = self._cores(load.views * costs.view_cpu)
        replicas = self._replicas((cores, 1.0), (load.streams, self.hardware.streams_per_console))
        parts = (
            self._part("cores of the console", cores, replicas, 1.0, "a console"),
            self._part("open live views", load.streams, replicas, self.hardware.streams_per_console, "a console"),
        )
        memory = (replicas * costs.console_mb + load.streams * costs.stream_mb) / 1024
        network = load.views * _VIEW_BYTES * 8 / 1e6
        role = Role(name="console", replicas=replicas, cores=cores, memory_gb=memory, network_mbit=network, parts=parts)
        return self._priced(role, bought=replicas, traffic_gb=load.views / load.peak * _VIEW_BYTES * MONTH_SECONDS / GB)

    def workers(self) -> Role:
        cores = self._cores(self.load.rate * self.load.marks_per_event * self.costs.worker_cpu)
        replicas = self._replicas((cores, 1.0))
        parts = (self._part("cores of live workers", cores, replicas, 1.0, "a live worker"),)
        return self._priced(
            Role(name="live", replicas=replicas, cores=cores, memory_gb=replicas * self.costs.worker_mb / 1024, parts=parts),
            bought=replicas,
        )

    def notifier(self) -> Role:
        cores = self._cores(self.load.rate * self.load.alerts_per_event * self.costs.notify_cpu)
        replicas = self._replicas((cores, 1.0))
        parts = (self._part("cores of notifiers", cores, replicas, 1.0, "a notifier"),)
        return self._priced(
            Role(name="notify", replicas=replicas, cores=cores, memory_gb=replicas * self.costs.notify_mb / 1024, parts=parts),
            bought=replicas * 0.25,
        )

    def others(self) -> Role:
        """Bulk, schedule and mailbox, twice. Of all schedules one works, and looks at each workspace."""
        replicas, cores = 3 * _SPARE, self._cores(self.load.workspaces * self.costs.sweep_cpu)
        parts = (self._part("the core of the schedule", cores, 1, 1.0, _OWN),)
        return self._priced(
            Role(
                name="bulk, schedule, mailbox", replicas=replicas, cores=cores, memory_gb=replicas * self.costs.other_mb / 1024, parts=parts
            ),
            bought=replicas * 0.25,
        )

    def mongodb(self) -> Role:
        """Shards of a replica set each. CPU is that of primaries; secondaries write the same bytes and need the same machine."""
        load, costs, hardware = self.load, self.costs, self.hardware
        cores = self._cores(
            load.rate * (costs.drain_mongo_cpu + load.marks_per_event * costs.worker_mongo_cpu)
            + load.views * costs.view_mongo_cpu
            + load.workspaces * costs.sweep_mongo_cpu
        )
        iops = load.rate * costs.mongo_writes
        per_event = costs.data_bytes + costs.index_bytes
        disk = (load.events * per_event + load.known_leads * costs.lead_bytes) * _FREE_DISK / GB
        hot = min(1.0, load.hot_days / load.days)
        memory = (load.events * hot * per_event + load.known_leads * costs.lead_bytes * 0.5) / GB
        limits = {
            "cores of MongoDB's primaries": (cores, hardware.member_cores, "a shard, or larger members"),
            "MongoDB's memory": (memory, hardware.member_memory_gb, "a shard, or more memory"),
            "MongoDB's disk": (disk, hardware.member_disk_gb, "a shard, or larger disks"),
            "MongoDB's writes a second": (iops, hardware.member_iops, "a shard, or faster disks"),
        }
        shards = max(1, *(math.ceil(demand / (limit * hardware.use)) for demand, limit, _ in limits.values()))
        parts = tuple(self._part(name, demand, shards, limit, add) for name, (demand, limit, add) in limits.items())
        members = shards * hardware.copies
        network = load.rate * costs.mongo_network_bytes * (hardware.copies - 1) * 8 / 1e6 + load.rate * costs.mongo_network_bytes * 8 / 1e6
        role = Role(
            name="mongodb",
            replicas=members,
            cores=cores * hardware.copies,
            memory_gb=max(memory / hardware.use, shards * 2.0) * hardware.copies,
            disk_gb=max(disk / hardware.use, shards * 20.0) * hardware.copies,
            iops=iops * hardware.copies,
            network_mbit=network,
            parts=parts,
        )
        return self._priced(role, bought=max(members * 2.0, role.cores / hardware.use))

    def redis(self) -> Role:
        """A primary and a copy. It runs on one core, and keeps the hints of the last minutes."""
        load, costs = self.load, self.costs
        cores = self._cores(load.rate * costs.redis_cpu)
        memory = (costs.redis_mb + load.rate * 600 * costs.redis_bytes / 2**20) / 1024
        parts = (self._part("the core of Redis", cores, 1, 1.0, "a faster core; cluster mode is not supported"),)
        return self._priced(
            Role(name="redis", replicas=_SPARE, cores=cores, memory_gb=_SPARE * max(0.25, memory), parts=parts), bought=_SPARE
        )

    def _cores(self, microseconds: float) -> float:
        return microseconds / 1e6 / self.hardware.core_speed

    def _replicas(self, *needs: tuple[float, float]) -> int:
        return max(_SPARE, *(math.ceil(demand / (limit * self.hardware.use)) for demand, limit in needs))

    def _part(self, resource: str, demand: float, replicas: int, limit: float, add: str) -> Part:
        return Part(resource, demand, replicas * limit * self.hardware.use, add)

    def _priced(self, role: Role, *, bought: float, traffic_gb: float = 0.0) -> Role:
        """With the price of the cores that are bought, not only those that are busy."""
        prices = self.prices
        price = bought * prices.core + role.memory_gb * prices.memory_gb + role.disk_gb * prices.disk_gb
        price += role.iops / 1000 * prices.thousand_iops + traffic_gb * prices.traffic_gb
        return Role(**{name: getattr(role, name) for name in role.__dataclass_fields__} | {"price": price})
