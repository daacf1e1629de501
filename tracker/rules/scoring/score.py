"""The score: a function of facts and a moment. Whole points per ledger row; the rows sum to the score."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.score import DayFacts, LedgerRow, Score, Side
from tracker.domain.workspace.scoring import OwnScoringRule
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.daily_facts import STANDING
from tracker.rules.scoring.fit import Fit, fit_of
from tracker.rules.scoring.own_fields import field_rows
from tracker.rules.scoring.rules import SILENCE, SILENT_AFTER, ScoringRule
from tracker.rules.scoring.score_book import book_of


def score_of(
    lead: Lead, company: Company | None, days: Sequence[DayFacts], messages: Sequence[MessageBrief], workspace: Workspace, as_of: datetime
) -> Score:
    """The lead's score at a moment; facts of later events do not count."""
    fit = _fit(lead, company, workspace)
    return score_from(_rows(fit, days, messages, workspace, as_of), as_of, fit)


def total_of(
    lead: Lead, company: Company | None, days: Sequence[DayFacts], messages: Sequence[MessageBrief], workspace: Workspace, as_of: datetime
) -> int:
    """The total of `score_of`, without its ledger."""
    return sum(row.points for row in _rows(_fit(lead, company, workspace), days, messages, workspace, as_of))


def _fit(lead: Lead, company: Company | None, workspace: Workspace) -> Fit:
    book = book_of(workspace)
    return fit_of(lead, company, workspace, book.fit, field_rows(book.fields, lead, workspace))


def _rows(fit: Fit, days: Sequence[DayFacts], messages: Sequence[MessageBrief], workspace: Workspace, as_of: datetime) -> list[LedgerRow]:
    silence = silence_row(days, messages, workspace, as_of)
    return [
        *fit.rows,
        *engagement_rows(days, workspace, as_of),
        *([silence] if silence else []),
        *inactivity_rows(days, book_of(workspace).inactive, as_of),
    ]


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
    book = book_of(workspace)
    left = dict(book.most)
    oldest = (as_of - book.memory).date().isoformat()
    rows = []
    for day in sorted(days, key=lambda day: day.day, reverse=True):
        if day.day < oldest:
            break
        for name, count in day.counts.items():
            most = left.get(name, 0)
            if most <= 0 or count.first_at > as_of:
                continue
            rule = book.events[name]
            points = _decayed(rule, rule.points * min(count.n, rule.daily), as_of - min(count.last_at, as_of))
            points = max(-most, min(most, points))
            left[name] = most - abs(points)
            rows.append(
                LedgerRow(rule=name, points=points, at=count.last_at, side=Side.ENGAGEMENT, event=count.last, why=rule.why, n=count.n)
            )
    return rows


def _decayed(rule: ScoringRule, points: int, age: timedelta) -> int:
    decayed: float = abs(points) * 0.5 ** (age / rule.half_life)
    return int(decayed + 0.5) * (1 if points > 0 else -1)


def silence_row(days: Sequence[DayFacts], messages: Sequence[MessageBrief], workspace: Workspace, as_of: datetime) -> LedgerRow | None:
    """The row that takes points if a tracked email was sent 30 days ago (or as many as the workspace says) and no event was seen since; None otherwise.

    A message whose images a machine loaded, or whose opens are not tracked, does not count: its opens are unknown.
    """
    book = book_of(workspace)
    points, after = book.silence, book.silent_after
    edge = as_of - after
    opens = (m for m in messages if m.are_opens_tracked and not _cannot_tell(m))
    since = max((m.sent_at for m in opens if m.sent_at and m.sent_at <= edge), default=None)
    if since is None or not points or _was_seen(days, edge, as_of):
        return None
    why = SILENCE.why if after == SILENT_AFTER else f"No open seen for {after.days:,} days"
    return LedgerRow(rule=SILENCE.name, points=points, at=since + after, side=Side.ENGAGEMENT, why=why)


def inactivity_rows(days: Sequence[DayFacts], rules: Iterable[OwnScoringRule], as_of: datetime) -> list[LedgerRow]:
    """The rows of the rules about inactivity that hold: the last activity of the lead is so many days ago. None of a lead without any."""
    seen = [day.counts[STANDING] for day in days if STANDING in day.counts] if rules else []
    last = max((min(count.last_at, as_of) for count in seen if count.first_at <= as_of), default=None)
    if last is None:
        return []
    due = ((rule, last + timedelta(days=rule.days)) for rule in rules)
    return [LedgerRow(rule=rule.id, points=rule.points, at=at, side=Side.ENGAGEMENT, why=rule.name) for rule, at in due if at <= as_of]


def _was_seen(days: Sequence[DayFacts], start: datetime, end: datetime) -> bool:
    """Whether there is an event between `start` and `end`."""
    first_day = (start - timedelta(days=2)).date().isoformat()  # local days may begin a day before
    recent = (day for day in reversed(days) if day.day >= first_day)
    return any(count.last_at >= start and count.first_at <= end for day in recent for count in day.counts.values())


def _cannot_tell(message: MessageBrief) -> bool:
    return message.reaction.machine_at is not None and message.reaction.opened_at is None
