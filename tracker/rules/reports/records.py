"""What a report counts, one by one, and what many of them add up to. A figure opens into exactly its records."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tracker.rules.reports.amounts import median
from tracker.rules.reports.facts import ERASED, ReportFacts, ReportLead

NONE = None
"""The key of records without a value."""


class Group(StrEnum):
    """What records are grouped and filtered by."""

    SOURCE = "source"
    OWNER = "owner"
    TEAM = "team"
    COUNTRY = "country"
    INDUSTRY = "industry"
    TAG = "tag"
    COMPANY = "company"
    STAGE = "stage"
    FIRST_TOUCH = "first_touch"
    LAST_TOUCH = "last_touch"
    REP = "rep"
    PRODUCT = "product"
    REASON = "reason"
    CURRENCY = "currency"
    STEP = "step"
    KIND = "kind"
    RULE = "rule"
    WEEK = "week"
    LANDING = "landing"
    TOUCH = "touch"
    PAGE = "page"
    CAMPAIGN = "campaign"
    OUTCOME = "outcome"
    LIST = "list"
    """A saved list of leads: a filter and no group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing that is counted. `own`: groups of the sale, move or inquiry itself; all others are those of the lead now."""

    id: str
    lead: ReportLead
    own: Mapping[Group, str | None] = field(default_factory=dict)
    is_hit: bool = True
    """Of a share: whether it is in the part and not only in the whole."""
    is_counted: bool = True
    """Whether it is in the number; a refund is only in the amount."""
    amount: int = 0
    """Minor units in the currency of the workspace."""
    foreign: tuple[int, str] | None = None
    """Minor units in a currency without any rate; `amount` is 0."""
    is_estimated: bool = False
    ms: float | None = None
    """A duration."""
    working_ms: float | None = None
    """The part of it in working hours."""
    score: float | None = None
    number: float | None = None
    """How often it happened."""
    is_named: bool = True
    """Of a visit: whether it is known who came."""
    is_automatic: bool = False
    """Of a reaction: no hit, but a program did it, or it is unsure."""
    outcomes: tuple[str, ...] = ()
    """Of a message of a campaign: what it led to."""
    customer: str | None = None
    """Who bought, where customers are counted: several records of one are one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What records add up to."""

    count: int = 0
    of: int | None = None
    """The population of a share, of which `count` are the part."""
    amount: int = 0
    foreign: Mapping[str, int] = field(default_factory=dict)
    """Amounts that no rate converts, by currency."""
    is_estimated: bool = False
    """Whether an amount was converted by a later rate."""
    median_ms: float | None = None
    median_working_ms: float | None = None
    median_score: float | None = None
    median_number: float | None = None
    mean_amount: float | None = None
    """Where customers are counted: the amount divided by their number, in minor units, not rounded; None without any."""
    unnamed: int = 0
    """Of visits: how many are of browsers of no lead."""
    automatic: int = 0
    """Of reactions: how many are automatic or unsure, and not in `count`."""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """Of messages of campaigns: how many led to what."""


@dataclass(frozen=True, slots=True)
class Report:
    """The figure of all records, and of each group, the largest number first; a record with two tags stands in both groups and once in the total."""

    total: Figure
    items: Sequence[tuple[str | None, Figure]]


def figure_of(records: Iterable[Record], *, is_share: bool = False) -> Figure:
    """What the records add up to."""
    listed = list(records)
    counted = [one for one in listed if one.is_counted]
    foreign: dict[str, int] = {}
    for one in listed:
        if one.foreign:
            foreign[one.foreign[1]] = foreign.get(one.foreign[1], 0) + one.foreign[0]
    customers = {one.customer for one in counted} - {None}
    amount = sum(one.amount for one in listed)
    return Figure(
        count=len(customers) or sum(one.is_hit for one in counted),
        of=len(counted) if is_share else None,
        amount=amount,
        foreign=foreign,
        is_estimated=any(one.is_estimated for one in listed),
        median_ms=median(one.ms for one in counted if one.ms is not None),
        median_working_ms=median(one.working_ms for one in counted if one.working_ms is not None),
        median_score=median(one.score for one in counted if one.score is not None),
        median_number=median(one.number for one in counted if one.number is not None),
        mean_amount=amount / len(customers) if customers else None,
        unnamed=sum(not one.is_named for one in counted),
        automatic=sum(one.is_automatic for one in counted),
        outcomes=Counter(outcome for one in counted for outcome in one.outcomes),
    )


def of_customers(records: Iterable[Record]) -> list[Record]:
    """What a figure that counts customers opens into: each of them once, with the sum of its amounts. Others stay as they are."""
    found: dict[str, list[Record]] = {}
    others = []
    for one in records:
        if one.customer is None:
            others.append(one)
        else:
            found.setdefault(one.customer, []).append(one)
    for customer, its in found.items():
        first = min(its, key=lambda one: (not one.is_counted, one.lead.is_erased, one.lead.id))
        if first.is_counted:
            others.append(replace(first, id=customer, amount=sum(one.amount for one in its), foreign=None, is_estimated=False))
    return others


def report_of(facts: ReportFacts, records: Sequence[Record], group: Group | None, *, is_share: bool = False) -> Report:
    """The report of these records."""
    groups: dict[str | None, list[Record]] = {}
    if group is not None:
        for record in records:
            for key in keys_of(facts, record, group):
                groups.setdefault(key, []).append(record)
    items = [(key, figure_of(its, is_share=is_share)) for key, its in groups.items()]
    return Report(figure_of(records, is_share=is_share), in_order(group, items))


def in_order(group: Group | None, items: list[tuple[str | None, Figure]]) -> list[tuple[str | None, Figure]]:
    """The largest number first; weeks by their date."""
    if group is Group.WEEK:
        return sorted(items, key=lambda one: one[0] or "")
    return sorted(items, key=lambda one: (-one[1].count, -one[1].amount, one[0] is None, one[0] or ""))


def narrowed(facts: ReportFacts, records: Iterable[Record], filters: Mapping[Group, str | None]) -> list[Record]:
    """The records that stand under each of these keys."""
    return [one for one in records if all(wanted in keys_of(facts, one, group) for group, wanted in filters.items())]


def keys_of(facts: ReportFacts, record: Record, group: Group) -> tuple[str | None, ...]:
    """The groups in which a record stands: one, but for tags; None: no value."""
    if group in record.own or group is Group.OUTCOME:
        return (record.own[group],) if group in record.own else record.outcomes or (None,)
    lead = record.lead
    if group is Group.TEAM and Group.REP in record.own:
        rep = record.own[Group.REP]
        return (ERASED,) if lead.is_erased and rep == ERASED else facts.teams.get(rep or "", ()) or (None,)
    if lead.is_erased:
        return (ERASED,)
    if group is Group.TAG:
        return tuple(lead.tags) or (None,)
    if group is Group.TEAM:
        return facts.teams.get(lead.owner or "", ()) or (None,)
    values = {
        Group.SOURCE: lead.source,
        Group.OWNER: lead.owner,
        Group.REP: lead.owner,
        Group.COUNTRY: lead.country,
        Group.INDUSTRY: lead.industry,
        Group.COMPANY: lead.company_id,
        Group.STAGE: lead.stage or None,
        Group.FIRST_TOUCH: lead.first_touch,
        Group.LAST_TOUCH: lead.last_touch,
    }
    return (values.get(group),)
