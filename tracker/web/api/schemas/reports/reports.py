"""Report schemas of requests and responses."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from tracker.actions.reports.period_reports import Answer
from tracker.rules.reports.records import Figure, Group, Record, keys_of
from tracker.web.api.schemas.base import Out, Paged, Query, When

GroupName = Literal[
    "source",
    "owner",
    "team",
    "country",
    "industry",
    "tag",
    "company",
    "stage",
    "first_touch",
    "last_touch",
    "rep",
    "product",
    "reason",
    "currency",
    "step",
    "kind",
    "rule",
    "week",
    "landing",
    "touch",
    "page",
    "campaign",
    "outcome",
]
PeriodName = Literal["days:7", "days:30", "days:90", "month", "last-month", "quarter", "last-quarter", "year", "last-year"]
Filter = Annotated[str | None, Field(max_length=200, description="Only what stands under this key; empty: without one")]


class Asked(Query):
    """The period and the filters of a report."""

    first: date | None = Field(default=None, alias="from", description="The first local day; 30 days before the end by default")
    end: date | None = Field(default=None, alias="to", description="The day after the last one; tomorrow by default")
    period: PeriodName | None = Field(default=None, description="A period by name, in place of from and to; it moves with the present day")
    group: GroupName | None = Field(default=None, description="What the items are; each report has a usual one")
    as_of: When | None = Field(default=None, description="Answer as at this moment")
    source: Filter = None
    owner: Filter = None
    team: Filter = None
    country: Filter = None
    industry: Filter = None
    tag: Filter = None
    company: Filter = None
    stage: Filter = None
    first_touch: Filter = None
    last_touch: Filter = None
    rep: Filter = None
    product: Filter = None
    reason: Filter = None
    currency: Filter = None
    step: Filter = None
    kind: Filter = None
    rule: Filter = None
    week: Filter = None
    landing: Filter = None
    touch: Filter = None
    page: Filter = None
    campaign: Filter = None
    outcome: Filter = None
    list: Annotated[str | None, Field(max_length=200, description="Only leads that this list has now: its id")] = None

    @property
    def filters(self) -> dict[Group, str | None]:
        """The filters that are given; an empty one stands for no value."""
        given = {Group(name): getattr(self, name) for name in self.model_fields_set & set(Group)}
        return {group: value or None for group, value in given.items() if value is not None}


class ReportQuery(Asked):
    """As above; `days` is for `sources`, `stages` and `activity`."""

    days: int = Field(default=30, ge=1, le=366)
    compare: bool = Field(default=False, description="Also the total of the period before, with the same filters, as `before`")


class RecordsQuery(Paged, Asked):
    """The records behind a figure: its filters, and the key of an item as the filter of its group."""


class ReportFigure(Out):
    """What records add up to."""

    count: int
    of: int | None = Field(default=None, description="Of a share: the whole, of which `count` is the part")
    amount: int = Field(default=0, description="In minor units of the workspace's currency")
    unconverted: dict[str, int] = Field(default={}, description="Amounts in currencies without any rate")
    is_estimated: bool = Field(default=False, description="Whether an amount was converted by a rate of a later day")
    median_ms: float | None = None
    median_working_ms: float | None = Field(default=None, description="Of response-time: in working hours")
    median_score: float | None = Field(default=None, description="Of source-quality: of leads that have a score")
    mean_amount: float | None = Field(default=None, description="Of revenue-per-customer: the amount divided by the customers, not rounded")
    median_number: float | None = Field(default=None, description="Of touches and pages before a win: how many, of those with any")
    unnamed: int = Field(default=0, description="Of visits: those of browsers of no lead")
    automatic: int = Field(default=0, description="Of opened and clicked: what only a program did or is unsure; not in `count`")
    outcomes: dict[str, int] = Field(default={}, description="Of campaign-success: opened, clicked, visited, replied, won")


class ReportRow(Out):
    """One row; its members depend on the report."""

    source: str | None = None
    stage: str | None = None
    kind: str | None = None
    day: str | None = None
    leads: int | None = None
    won: int | None = None
    lost: int | None = None
    score: int | None = Field(default=None, description="Mean score")
    moved_in: int | None = Field(default=None, description="Moves into the stage within the period")
    counts: dict[str, int] | None = Field(default=None, description="Number of counted events by kind")
    sales: dict[str, int] | None = Field(default=None, description="Amount by currency in minor units")
    key: str | None = Field(default=None, description="The group: an id or a value; null: none")
    label: str | None = Field(default=None, description="The group in words")
    count: int | None = None
    of: int | None = Field(default=None, description="Of a share: the whole, of which `count` is the part")
    amount: int | None = Field(default=None, description="In minor units of the workspace's currency")
    unconverted: dict[str, int] | None = Field(default=None, description="Amounts in currencies without any rate")
    is_estimated: bool | None = Field(default=None, description="Whether an amount was converted by a rate of a later day")
    median_ms: float | None = None
    median_working_ms: float | None = Field(default=None, description="Of response-time: in working hours")
    median_score: float | None = Field(default=None, description="Of source-quality: of leads that have a score")
    mean_amount: float | None = Field(default=None, description="Of revenue-per-customer: the amount divided by the customers, not rounded")
    median_number: float | None = Field(default=None, description="Of touches and pages before a win: how many, of those with any")
    unnamed: int | None = Field(default=None, description="Of visits: those of browsers of no lead")
    automatic: int | None = Field(default=None, description="Of opened and clicked: what only a program did or is unsure; not in `count`")
    outcomes: dict[str, int] | None = Field(default=None, description="Of campaign-success: opened, clicked, visited, replied, won")
    cost_to_win: int | None = None
    cost_to_keep: int | None = None
    repeat_sales: int | None = None


class ReportOut(Out):
    """A report."""

    name: str
    days: int
    first: date | None = Field(default=None, serialization_alias="from")
    end: date | None = Field(default=None, serialization_alias="to")
    group: str | None = None
    currency: str | None = None
    total: ReportFigure | None = None
    before: ReportFigure | None = Field(
        default=None, description="The total of the week, month, quarter or year before, else of as many days"
    )
    items: list[ReportRow]
    next: None = None


class ReportRecord(Out):
    """One thing that was counted."""

    id: str = Field(description="Of the lead, move, sale, inquiry, alert, visit or customer that was counted")
    lead: str | None = Field(description="Null: the lead was erased, or the visit is of no lead")
    key: str | None
    is_hit: bool = Field(description="Of a share: whether it is in the part")
    is_named: bool = Field(description="False: a visit by a browser of no lead")
    is_counted: bool = Field(description="False: a refund, which is in the amount and not in the number")
    amount: int
    ms: float | None


def figure_values(figure: Figure) -> dict[str, Any]:
    """The members of a figure."""
    return {
        "count": figure.count,
        "of": figure.of,
        "amount": figure.amount,
        "unconverted": dict(figure.foreign),
        "is_estimated": figure.is_estimated,
        "median_ms": figure.median_ms,
        "median_working_ms": figure.median_working_ms,
        "median_score": figure.median_score,
        "mean_amount": figure.mean_amount,
        "median_number": figure.median_number,
        "unnamed": figure.unnamed,
        "automatic": figure.automatic,
        "outcomes": dict(figure.outcomes),
    }


def record_out(answer: Answer, record: Record) -> ReportRecord:
    """A record as a response."""
    keys = keys_of(answer.facts, record, answer.group)
    lead = None if record.lead.is_erased or record.lead.is_day else record.lead.id
    return ReportRecord(
        id=record.id,
        lead=lead,
        key=keys[0],
        is_hit=record.is_hit,
        is_named=record.is_named,
        is_counted=record.is_counted,
        amount=record.amount,
        ms=record.ms,
    )
