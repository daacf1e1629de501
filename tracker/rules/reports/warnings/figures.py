"""The figures that are watched, and the words of a warning. Pure: the answers of reports in, warnings out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from tracker.domain.reports.figure_warning import FigureWarning
from tracker.domain.workspace.stage import Stage
from tracker.rules.alerting.shorten import shorten
from tracker.rules.reports.figure_text import lasting
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Figure, Group
from tracker.rules.reports.warnings.usual_range import PERIODS, OutOfRange, judged_count, judged_duration, judged_share
from tracker.rules.reports.weekly.content import records_path

WEEK, LONG = timedelta(days=7), timedelta(days=28)
Items = Mapping[str | None, Figure]
"""The figures of one report and period, by group."""
_NO_FIGURE = Figure(of=0)
_NO_SOURCE = "(none)"
_LONGEST_NAME = 18
_LONGEST_NAMES = 26
"""So that titles have 45 characters at most."""


@dataclass(frozen=True, slots=True)
class WatchedReport:
    """A report with the length of the periods that are compared, and its group."""

    name: str
    length: timedelta
    group: Group


REPORTS = (
    WatchedReport("conversion", LONG, Group.STEP),
    WatchedReport("won", LONG, Group.REASON),
    WatchedReport("lost", LONG, Group.REASON),
    WatchedReport("leads-added", WEEK, Group.SOURCE),
    WatchedReport("response-time", WEEK, Group.SOURCE),
    WatchedReport("time-in-stage", WEEK, Group.STAGE),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One report: the totals and groups of the last period first, then of the twelve before it, latest first."""

    periods: Sequence[Period]
    totals: Sequence[Figure]
    items: Sequence[Items]


def periods_of(report: WatchedReport, monday: date) -> list[Period]:
    """The last complete period before this Monday, and the twelve before that one."""
    return [Period(monday - report.length * (n + 1), monday - report.length * n) for n in range(PERIODS + 1)]


def warnings_of(measured: Mapping[str, Measured], stages: Sequence[Stage]) -> list[FigureWarning]:
    """What is out of range: conversions first, as they stand in the pipeline."""
    makers: tuple[Callable[..., Iterator[FigureWarning]], ...] = (_conversions, _win_rate, _response, _stays, _sources)
    return [warning for make in makers for warning in make(measured, stages)]


def _conversions(measured: Mapping[str, Measured], stages: Sequence[Stage]) -> Iterator[FigureWarning]:
    """From each open stage to the next one, and from the last one to Won."""
    found = measured["conversion"]
    way = [stage for stage in stages if stage.kind == "open"] + [stage for stage in stages if stage.kind == "won"][:1]
    for before, after in pairwise(way):
        step = f"{before.id}>{after.id}"
        now, *former = [_share(items.get(step, _NO_FIGURE)) for items in found.items]
        if out := judged_share(now, former):
            yield _warning(
                f"conversion:{step}",
                f"{_names(before.name, after.name)} {_percent(out.value)}, was {_percent(out.middle)}",
                f"Of {now[1]:,} leads that came into {before.name} in 28 days, {now[0]:,} came into {after.name}. {_usual(out, _percent)}",
                out,
                records_path("conversion", found.periods[0], {Group.STEP: step}),
            )


def _win_rate(measured: Mapping[str, Measured], _: Sequence[Stage]) -> Iterator[FigureWarning]:
    won, lost = measured["won"], measured["lost"]
    shares = [(w.count, w.count + x.count) for w, x in zip(won.totals, lost.totals, strict=True)]
    if out := judged_share(shares[0], shares[1:]):
        yield _warning(
            "win-rate",
            f"Win rate {_percent(out.value)}, was {_percent(out.middle)}",
            f"Of {shares[0][1]:,} leads that were won or lost in 28 days, {shares[0][0]:,} were won. {_usual(out, _percent)}",
            out,
            records_path("lost" if out.is_below else "won", won.periods[0], {}),
        )


def _response(measured: Mapping[str, Measured], _: Sequence[Stage]) -> Iterator[FigureWarning]:
    found = measured["response-time"]
    now, *former = [(figure.median_ms or 0.0, figure.of or 0 if figure.median_ms is not None else 0) for figure in found.totals]
    if out := judged_duration(now, former):
        yield _warning(
            "response-time",
            f"Response time {lasting(out.value)}, was {lasting(out.middle)}",
            f"The median of {now[1]:,} inquiries of last week. {_usual(out, lasting)}",
            out,
            records_path("response-time", found.periods[0], {}),
        )


def _stays(measured: Mapping[str, Measured], stages: Sequence[Stage]) -> Iterator[FigureWarning]:
    found = measured["time-in-stage"]
    for stage in stages:
        figures = [items.get(stage.id, _NO_FIGURE) for items in found.items]
        now, *former = [(figure.median_ms or 0.0, figure.count) for figure in figures]
        if stage.kind == "open" and (out := judged_duration(now, former)):
            yield _warning(
                f"time-in-stage:{stage.id}",
                f"{shorten(stage.name, _LONGEST_NAME)}: {lasting(out.value)}, was {lasting(out.middle)}",
                f"The median time in {stage.name} of {now[1]:,} stays that ended last week. {_usual(out, lasting)}",
                out,
                records_path("time-in-stage", found.periods[0], {Group.STAGE: stage.id}),
            )


def _sources(measured: Mapping[str, Measured], _: Sequence[Stage]) -> Iterator[FigureWarning]:
    found = measured["leads-added"]
    for source in sorted({key for items in found.items for key in items}, key=lambda key: (key is None, key or "")):
        now, *former = [items.get(source, _NO_FIGURE).count for items in found.items]
        name = source or _NO_SOURCE
        if out := judged_count(now, former):
            yield _warning(
                f"leads-added:{source or ''}",
                f"Leads from {shorten(name, _LONGEST_NAME)}: {now:,}, was {out.middle:,.0f}",
                f"Leads added last week with the source {name}. {_usual(out, lambda value: f'{value:,.0f}')}",
                out,
                records_path("leads-added", found.periods[0], {Group.SOURCE: source}),
            )


def _warning(figure: str, title: str, text: str, out: OutOfRange, path: str) -> FigureWarning:
    return FigureWarning(figure=figure, title=title, text=text, is_below=out.is_below, path=path)


def _names(before: str, after: str) -> str:
    """`Qualified → Proposal`, in what a title has room for."""
    first = shorten(before, max(_LONGEST_NAMES - len(after), _LONGEST_NAMES // 2))
    return f"{first} → {shorten(after, _LONGEST_NAMES - len(first))}"


def _share(figure: Figure) -> tuple[int, int]:
    return figure.count, figure.of or 0


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _usual(out: OutOfRange, text: Callable[[float], str]) -> str:
    return f"Usually {text(out.low)} to {text(out.high)}."
