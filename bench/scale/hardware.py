"""What one process, pod or database member can do, and what it costs. Parameters of the simulator, no measurements. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """The machines to plan with. Costs of CPU count in cores of the machine that `costs.json` was measured on."""

    core_speed: float = 1.0
    """How much faster a core is than the measured one."""
    use: float = 0.6
    """Share of each resource that may be used in the busiest minutes: the rest is for failures and bursts."""
    member_cores: float = 16.0
    """Of one member of a replica set."""
    member_memory_gb: float = 64.0
    member_disk_gb: float = 2_000.0
    member_iops: float = 16_000.0
    copies: int = 3
    """Members of each replica set."""
    edge_iops: float = 3_000.0
    """Syncs a second of an edge's disk."""
    streams_per_console: float = 600.0
    """Open live views of a console process (docs/settings.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Of one month, in any currency. The defaults are round numbers of the size that large providers ask; replace them by yours."""

    core: float = 25.0
    memory_gb: float = 3.5
    disk_gb: float = 0.10
    thousand_iops: float = 6.0
    traffic_gb: float = 0.08
    """To the internet."""
