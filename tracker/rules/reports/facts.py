"""What reports are made from: the leads that their reader may see, with what happened to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.pipeline.cost import Cost
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.rate import Rate
from tracker.domain.pipeline.sale import Sale
from tracker.domain.workspace.stage import Stage
from tracker.rules.reports.activity_facts import MailFact, VisitFact
from tracker.rules.scoring.touch_lines import TouchFact

ERASED = "erased"
"""Where erased leads stand in groups by a value of the lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOutcome:
    """An alert that was not withdrawn, and what came of it."""

    id: str
    at: datetime
    rule: str
    """The id of a custom rule, or the name of a shipped one."""
    rep: str | None = None
    """Its recipient; None: the team."""
    rated_at: datetime | None = None
    """When it was last said whether it was useful, as `is_useful` says."""
    is_useful: bool = False
    acted_at: datetime | None = None
    """When its recipient took it (of the team: anyone), or did something about the lead within 24 hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLead:
    """A lead as it is now, with its standing moves, sales and inquiries, oldest first."""

    id: str
    created_at: datetime
    stage: str
    owner: str | None = None
    source: str | None = None
    company_id: str | None = None
    country: str | None = None
    industry: str | None = None
    first_touch: str | None = None
    """Where its first visit came from, in words."""
    last_touch: str | None = None
    tags: tuple[str, ...] = ()
    score: int | None = None
    """None: never scored."""
    value: tuple[int, str] | None = None
    """What it is expected to buy for: minor units and currency."""
    archived_at: datetime | None = None
    born_in: str | None = None
    """Of leads that were merged: the stage in which the earliest one was created; empty where nothing says so."""
    is_erased: bool = False
    """Whether only what reports keep of it is left; its id is a random one."""
    moves: Sequence[Move] = ()
    sales: Sequence[Sale] = ()
    inquiries: Sequence[Inquiry] = ()
    alerts: Sequence[AlertOutcome] = ()
    visits: Sequence[VisitFact] = ()
    mails: Sequence[MailFact] = ()
    """In order of time."""
    touches: Sequence[TouchFact] = ()
    """Those in the 90 days before it came into a stage."""
    is_day: bool = False
    """Whether it is no lead: a day, with its visits by browsers of no lead, which every reader sees."""

    @property
    def customer(self) -> str:
        """Who buys: the company, or a lead without one."""
        return self.company_id or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """All that a reader's reports are made from. `now` is the moment of the report: nothing after it counts."""

    leads: Sequence[ReportLead]
    stages: Sequence[Stage]
    former_stages: Sequence[Stage] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    """Names by id."""
    former_sources: Mapping[str, str] = field(default_factory=dict)
    """Present names by former ones that no source has now."""
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The teams of each rep now."""
    team_names: Mapping[str, str] = field(default_factory=dict)
    """By id."""
    rates: Sequence[Rate] = ()
    costs: Sequence[Cost] | None = ()
    """None: the reader may not see costs."""
    currency: str = "EUR"
    zone: ZoneInfo
    now: datetime
    is_past: bool = False
    """Whether `now` is an earlier moment, so that stages are those of that time."""
    histories: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What `history.entries` found, by lead: most reports ask for it."""

    @property
    def today(self) -> date:
        """The local day."""
        return self.day(self.now)

    def day(self, moment: datetime) -> date:
        """The day that the local clock shows at that moment."""
        return moment.astimezone(self.zone).date()

    def kind(self, stage: str) -> str:
        """open, won or lost; open for an unknown stage."""
        return next((one.kind for one in (*self.stages, *self.former_stages) if one.id == stage), "open")

    def index(self, stage: str) -> int:
        """The stage's place in the pipeline now; -1: it is no longer in it."""
        return next((n for n, one in enumerate(self.stages) if one.id == stage), -1)
