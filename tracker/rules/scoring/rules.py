"""The scoring rules: named rows with their points. Scoring is changed here and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.workspace.workspace import Policy
from tracker.rules.page_paths import is_on

When = Callable[[Event, Policy], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringRule:
    """Points for an event of one of these `kinds` for which `when` holds, if there is one.

    `points` each time, at most `daily` times a local day and `cap` points in all; halved after each `half_life`.
    """

    name: str
    points: int
    why: str
    kinds: tuple[EventKind, ...]
    when: When | None = None
    daily: int = 3
    cap: int = 20
    half_life: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRule:
    """Points for a field of the lead or company: all if the value is wanted, half if it is known and no values are configured."""

    name: str
    field: str
    points: int
    why: str


def _is_from_mail(event: Event, _: Policy) -> bool:
    return event.is_from_mail


def _is_pricing(event: Event, policy: Policy) -> bool:
    return is_on(event.url, policy.pricing_paths)


def _is_consultation(event: Event, policy: Policy) -> bool:
    return event.is_inquiry and is_on(event.url, policy.consultation_paths)


def _is_other_inquiry(event: Event, policy: Policy) -> bool:
    return event.is_inquiry and not _is_consultation(event, policy)


def _is_hard_bounce(event: Event, _: Policy) -> bool:
    """A full mailbox or a filter says nothing about the lead, and one doubtful bounce too little; those of older versions are all hard."""
    return event.fields.get("severity") not in ("soft", "doubt")


def _is_talk(event: Event, _: Policy) -> bool:
    return is_talk(event)


def is_talk(event: Event) -> bool:
    """Whether a call or meeting reached the lead."""
    return event.fields.get("result", "reached") == "reached"


def _is_touch_by_lead(event: Event, _: Policy) -> bool:
    return event.is_touch_by_lead


RULES = (
    ScoringRule(name="opened", points=1, daily=2, cap=4, half_life=timedelta(days=7), kinds=(EventKind.OPEN,), why="Opened your email"),
    ScoringRule(
        name="clicked", points=3, daily=2, cap=12, kinds=(EventKind.CLICK,), when=_is_from_mail, why="Clicked a link in your email"
    ),
    ScoringRule(name="page_view", points=1, daily=5, cap=10, half_life=timedelta(days=7), kinds=(EventKind.VIEW,), why="Viewed a page"),
    ScoringRule(
        name="pricing_page",
        points=5,
        daily=2,
        cap=20,
        kinds=(EventKind.VIEW,),
        when=_is_pricing,
        why="Viewed pricing",
    ),
    ScoringRule(name="download", points=4, daily=2, cap=12, kinds=(EventKind.DOWNLOAD,), why="Downloaded a file"),
    ScoringRule(
        name="consultation_form",
        points=10,
        daily=1,
        cap=30,
        half_life=timedelta(days=30),
        kinds=(EventKind.SUBMIT,),
        when=_is_consultation,
        why="Requested contact",
    ),
    ScoringRule(
        name="form",
        points=6,
        daily=1,
        cap=18,
        half_life=timedelta(days=30),
        kinds=(EventKind.SUBMIT,),
        when=_is_other_inquiry,
        why="Sent a form",
    ),
    ScoringRule(
        name="reply", points=8, daily=1, cap=24, half_life=timedelta(days=30), kinds=(EventKind.REPLY,), why="Replied to your email"
    ),
    ScoringRule(
        name="talked",
        points=5,
        daily=1,
        cap=15,
        half_life=timedelta(days=30),
        kinds=(EventKind.CALL, EventKind.MEETING),
        when=_is_talk,
        why="Call or meeting",
    ),
    ScoringRule(
        name="touch",
        points=3,
        daily=1,
        cap=15,
        half_life=timedelta(days=30),
        kinds=(EventKind.TOUCH,),
        when=_is_touch_by_lead,
        why="Touch, such as a webinar",
    ),
    ScoringRule(
        name="unsubscribed",
        points=-15,
        daily=1,
        cap=15,
        half_life=timedelta(days=365),
        kinds=(EventKind.UNSUBSCRIBE,),
        why="Unsubscribed from email",
    ),
    ScoringRule(
        name="bounced",
        points=-10,
        daily=1,
        cap=10,
        half_life=timedelta(days=365),
        kinds=(EventKind.BOUNCE,),
        when=_is_hard_bounce,
        why="Email bounced",
    ),
)

BY_NAME = {rule.name: rule for rule in RULES}
_BY_KIND = {kind: [rule for rule in RULES if kind in rule.kinds] for kind in EventKind}


def rules_of(event: Event, policy: Policy) -> list[ScoringRule]:
    """The rules that this event counts for, in the table's order."""
    return [rule for rule in _BY_KIND[event.kind] if rule.when is None or rule.when(event, policy)]


SILENCE = ScoringRule(
    name="no_open_30_days",
    points=-5,
    kinds=(),
    why="No open seen for 30 days",
)
"""Decided from messages instead of an event: see `scoring.score`."""
SILENT_AFTER = timedelta(days=30)

FIT_RULES = (
    FitRule(name="fit_industry", field="industry", points=10, why="Industry fits"),
    FitRule(name="fit_size", field="size", points=8, why="Company size fits"),
    FitRule(name="fit_budget", field="budget", points=10, why="Budget fits"),
    FitRule(name="fit_location", field="location", points=6, why="Country fits"),
)


def default_points() -> dict[str, int]:
    """Points of every rule by name, as shipped; a workspace may set its own (`Workspace.rules`), 0 switches one off."""
    return {rule.name: rule.points for rule in (*FIT_RULES, *RULES, SILENCE)}
