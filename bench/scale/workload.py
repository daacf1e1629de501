"""The load that the simulator sizes for. Pure."""

from dataclasses import dataclass

_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Events that are kept, who causes and who reads them."""

    events: int
    """Kept at a time."""
    workspaces: int
    reps: int
    """In all workspaces together."""
    days: float = 365.0
    """How long an event is kept: events / days is the daily number."""
    peak: float = 5.0
    """The busiest minutes, as a multiple of the mean over all days."""
    leads: int = 0
    """0: one for every hundred events."""
    requests_per_event: float = 1.4
    """Requests to the edge for an event that is kept: beats keep none, some requests carry two."""
    marks_per_event: float = 1.6
    """Recomputes of a lead or visitor for an event, as `check` counts them where nothing waits. Events that wait together share one."""
    alerts_per_event: float = 0.02
    views_per_rep: float = 60.0
    """Pages that a rep opens in a busy hour."""
    online: float = 0.5
    """Share of reps with an open live view in the busiest minutes."""
    hot_days: float = 14.0
    """Days of events that are read again and again; MongoDB's cache should hold them."""

    def __post_init__(self) -> None:
        """Raises ValueError for numbers that describe no load."""
        if min(self.events, self.workspaces, self.reps) < 1 or min(self.days, self.peak, self.hot_days) <= 0:
            raise ValueError("events, workspaces, reps, days, peak and hot days must be positive")
        if not 0 <= self.online <= 1:
            raise ValueError("the share of reps online is between 0 and 1")

    @property
    def mean_rate(self) -> float:
        """Events a second over all days."""
        return self.events / self.days / _DAY_SECONDS

    @property
    def rate(self) -> float:
        """Events a second in the busiest minutes, for which everything is sized."""
        return self.mean_rate * self.peak

    @property
    def known_leads(self) -> int:
        """Leads in all workspaces."""
        return self.leads or max(self.workspaces, self.events // 100)

    @property
    def views(self) -> float:
        """Pages a second in the busiest minutes."""
        return self.reps * self.views_per_rep / 3600

    @property
    def streams(self) -> float:
        """Open live views in the busiest minutes."""
        return self.reps * self.online
