"""The score: a function of facts and a moment. Whole points per ledger row; the rows sum to the score."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from math import log2

from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.score import DayFacts, LedgerRow, Score, Side
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.fit import Fit, fit_of
from tracker.rules.scoring.rules import BY_NAME, RULES, SILENCE, SILENT_AFTER, ScoringRule


def score_of(
    lead: Lead, company: Company | None, days: Sequence[DayFacts], messages: Sequence[MessageBrief], workspace: Workspace, as_of: datetime
) -> Score:
    """The lead's score at a moment; facts of later events do not count."""
    fit = fit_of(lead, company, workspace)
    return score_from(_rows(fit, days, messages, workspace, as_of), as_of, fit)


def total_of(
    lead: Lead, company: Company | None, days: Sequence[DayFacts], messages: Sequence[MessageBrief], workspace: Workspace, as_of: datetime
) -> int:
    """The total of `score_of`, without its ledger."""
    return sum(row.points for row in _rows(fit_of(lead, company, workspace), days, messages, workspace, as_of))


def _rows(fit: Fit, days: Sequence[DayFacts], messages: Sequence[MessageBrief], workspace: Workspace, as_of: datetime) -> list[LedgerRow]:
    silence = silence_row(days, messages, workspace, as_of)
    return [*fit.rows, *engagement_rows(days, workspace, as_of), *([silence] if silence else [])]


def score_from(rows: Iterable[LedgerRow], as_of: datetime, fit: Fit) -> Score:
    """The score that these ledger rows sum to, newest row first."""
    ledger = tuple(sorted((row for row in rows if row.points), key=lambda row: (row.at, row.rule), reverse=True))
    points = sum(row.points for row in ledger if row.side is Side.FIT)
    total = sum(row.points for row in ledger)
    return Score(
        total=total,
        fit=points,
        engagement=total - points,
        ledger=ledger,
        as_of=as_of,
        is_rated=fit.is_rated,
        is_good_fit=fit.is_good,
    )


def engagement_rows(days: Sequence[DayFacts], workspace: Workspace, as_of: datetime) -> list[LedgerRow]:
    """The rows for engagement: one for each rule and local day, newest first until the cap of the rule is reached."""
    each, most_each, memory = _points(tuple(workspace.rules.items()))
    left = dict(most_each)
    oldest = (as_of - memory).date().isoformat()
    rows = []
    for day in sorted(days, key=lambda day: day.day, reverse=True):
        if day.day < oldest:
            break
        for name, count in day.counts.items():
            most = left.get(name, 0)
            if most <= 0 or count.first_at > as_of:
                continue
            rule = BY_NAME[name]
            points = _decayed(rule, each[name] * min(count.n, rule.daily), as_of - min(count.last_at, as_of))
            points = max(-most, min(most, points))
            left[name] = most - abs(points)
            rows.append(
                LedgerRow(rule=name, points=points, at=count.last_at, side=Side.ENGAGEMENT, event=count.last, why=rule.why, n=count.n)
            )
    return rows


@lru_cache(maxsize=256)
def _points(own: tuple[tuple[str, int], ...]) -> tuple[dict[str, int], dict[str, int], timedelta]:
    """The points of each rule, the most it may give, and the age beyond which no event counts; `own` are the workspace's points."""
    points = dict(own)
    each = {rule.name: points.get(rule.name, rule.points) for rule in RULES}
    most = {rule.name: max(rule.cap, abs(each[rule.name])) for rule in RULES if each[rule.name]}
    return each, most, _longest_memory(each)


def _longest_memory(each: Mapping[str, int]) -> timedelta:
    """The age at which less than half a point is left of the most points that any rule gives for one day."""
    return max(rule.half_life * log2(2 * abs(each[rule.name]) * rule.daily + 1) for rule in RULES) + timedelta(days=2)


def _decayed(rule: ScoringRule, points: int, age: timedelta) -> int:
    decayed: float = abs(points) * 0.5 ** (age / rule.half_life)
    return int(decayed + 0.5) * (1 if points > 0 else -1)


def silence_row(days: Sequence[DayFacts], messages: Sequence[MessageBrief], workspace: Workspace, as_of: datetime) -> LedgerRow | None:
    """The row that takes points if a tracked email was sent 30 days ago and no event was seen since; None otherwise.

    A message whose images a machine loaded, or whose opens are not tracked, does not count: its opens are unknown.
    """
    points = workspace.rules.get(SILENCE.name, SILENCE.points)
    edge = as_of - SILENT_AFTER
    opens = (m for m in messages if m.are_opens_tracked and not _cannot_tell(m))
    since = max((m.sent_at for m in opens if m.sent_at and m.sent_at <= edge), default=None)
    if since is None or not points or _was_seen(days, edge, as_of):
        return None
    return LedgerRow(rule=SILENCE.name, points=points, at=since + SILENT_AFTER, side=Side.ENGAGEMENT, why=SILENCE.why)


def _was_seen(days: Sequence[DayFacts], start: datetime, end: datetime) -> bool:
    """Whether there is an event between `start` and `end`."""
    first_day = (start - timedelta(days=2)).date().isoformat()  # local days may begin a day before
    recent = (day for day in reversed(days) if day.day >= first_day)
    return any(count.last_at >= start and count.first_at <= end for day in recent for count in day.counts.values())


def _cannot_tell(message: MessageBrief) -> bool:
    return message.reaction.machine_at is not None and message.reaction.opened_at is None
