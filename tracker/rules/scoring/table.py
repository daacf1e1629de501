"""The scoring rules: named rows with their points. To change how leads are scored, change this table; nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tracker.domain.events import Event, EventKind
from tracker.domain.scores import Side
from tracker.domain.workspaces import Policy
from tracker.rules.paths import is_on

When = Callable[[Event, Policy], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Something a lead does that counts.

    `points` each time, at most `daily` times a local day, at most `cap` points in all; half as much after each `half_life`.
    """

    name: str
    points: int
    why: str
    when: When
    daily: int = 3
    cap: int = 20
    half_life: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRule:
    """Who the lead is: `points` if the value is one that fits, half if it is known and the team named none that fit."""

    name: str
    field: str
    points: int
    why: str


def kind(*kinds: EventKind) -> When:
    """Matches events of these kinds."""
    return lambda event, _: event.kind in kinds


def _mail_click(event: Event, _: Policy) -> bool:
    return event.kind is EventKind.CLICK and event.is_from_mail


def _pricing(event: Event, policy: Policy) -> bool:
    return event.kind is EventKind.VIEW and is_on(event.url, policy.pricing_paths)


def _consultation(event: Event, policy: Policy) -> bool:
    return event.kind is EventKind.SUBMIT and is_on(event.url, policy.consultation_paths)


def _other_form(event: Event, policy: Policy) -> bool:
    return event.kind is EventKind.SUBMIT and not _consultation(event, policy)


RULES = (
    Rule(name="opened", points=1, daily=2, cap=4, half_life=timedelta(days=7), when=kind(EventKind.OPEN), why="Opened your mail."),
    Rule(name="clicked", points=3, daily=2, cap=12, when=_mail_click, why="Clicked a link that you sent."),
    Rule(name="page_view", points=1, daily=5, cap=10, half_life=timedelta(days=7), when=kind(EventKind.VIEW), why="Looked at a page."),
    Rule(name="pricing_page", points=5, daily=2, cap=20, when=_pricing, why="Nobody reads the prices by accident."),
    Rule(name="download", points=4, daily=2, cap=12, when=kind(EventKind.DOWNLOAD), why="Downloaded a file."),
    Rule(
        name="consultation_form",
        points=10,
        daily=1,
        cap=30,
        half_life=timedelta(days=30),
        when=_consultation,
        why="Asked you to get in touch.",
    ),
    Rule(name="form", points=6, daily=1, cap=18, half_life=timedelta(days=30), when=_other_form, why="Filled in a form."),
    Rule(name="reply", points=8, daily=1, cap=24, half_life=timedelta(days=30), when=kind(EventKind.REPLY), why="Answered your mail."),
    Rule(
        name="talked",
        points=5,
        daily=1,
        cap=15,
        half_life=timedelta(days=30),
        when=kind(EventKind.CALL, EventKind.MEETING),
        why="Talked with you.",
    ),
    Rule(
        name="unsubscribed",
        points=-15,
        daily=1,
        cap=15,
        half_life=timedelta(days=365),
        when=kind(EventKind.UNSUBSCRIBE),
        why="Wants no more mail.",
    ),
    Rule(
        name="bounced",
        points=-10,
        daily=1,
        cap=10,
        half_life=timedelta(days=365),
        when=kind(EventKind.BOUNCE),
        why="The address does not take mail.",
    ),
)

BY_NAME = {rule.name: rule for rule in RULES}

SILENCE = Rule(
    name="no_open_30_days",
    points=-5,
    when=lambda _event, _policy: False,
    why="No open seen for 30 days, although an open could have been seen.",
)
"""Decided from the messages, not from an event: see `scoring.score`."""
SILENT_AFTER = timedelta(days=30)

FIT_RULES = (
    FitRule(name="fit_industry", field="industry", points=10, why="Works in an industry you sell to."),
    FitRule(name="fit_size", field="size", points=8, why="The company has a size you sell to."),
    FitRule(name="fit_budget", field="budget", points=10, why="Has the budget."),
    FitRule(name="fit_location", field="location", points=6, why="Is where you sell."),
)

SIDES = {Side.FIT: tuple(rule.name for rule in FIT_RULES), Side.ENGAGEMENT: (*(rule.name for rule in RULES), SILENCE.name)}


def default_points() -> dict[str, int]:
    """Points of every rule by name, as shipped; a workspace may set its own (`Workspace.rules`), 0 switches one off."""
    return {rule.name: rule.points for rule in (*FIT_RULES, *RULES, SILENCE)}
