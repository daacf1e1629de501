"""Scoring rule schemas of requests and responses."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from tracker.actions.pipeline.score_preview import ScorePreview
from tracker.actions.pipeline.scoring_settings import shipped_numbers
from tracker.domain.pipeline.score import Side
from tracker.domain.workspace.scoring import BY_EVENTS, OwnScoringRule, ScoreTrigger, ScoringRuleChange
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.rules import FIT_RULES, RULES, SILENCE
from tracker.web.api.schemas.base import In, Line, Out

_Points = Annotated[int, Field(ge=-1000, le=1000)]
_Daily = Annotated[int, Field(ge=1, le=100, description="How often it counts on one local day; of events")]
_Cap = Annotated[int, Field(ge=1, le=10_000, description="The maximum points in total; of events")]
_HalfLife = Annotated[int, Field(ge=1, le=3650, description="Days after which half of the points is left; of events")]
_Days = Annotated[int, Field(ge=0, le=3650, description="inactive: so many days without activity; no_open_30_days: since the email")]


class RuleIn(In):
    """A rule's points and numbers; 0 points disable it. What is left out is as shipped."""

    name: Annotated[str, Field(max_length=60)]
    points: _Points
    daily: _Daily | None = None
    cap: _Cap | None = None
    half_life_days: _HalfLife | None = None
    days: _Days | None = None
    on: bool = True
    fits: Annotated[list[Line], Field(max_length=300)] | None = Field(
        None, description="Of fit rules: the values that fit; without it they stay. While no rule has any, all leads are unrated"
    )

    def change(self) -> ScoringRuleChange:
        """What differs from the shipped rule besides its points."""
        return ScoringRuleChange(daily=self.daily, cap=self.cap, half_life_days=self.half_life_days, days=self.days, is_off=not self.on)


class OwnRuleIn(In):
    """A rule of the workspace."""

    why: Annotated[str, Field(max_length=80, examples=["Viewed a case study"])]
    trigger: Literal["page", "form", "open", "click", "download", "reply", "call", "meeting", "touch", "field", "inactive"]
    text: Annotated[str, Field(max_length=200)] = Field(
        "", description="page, click: a path or address, * for anything; form: its id; touch: its type; field: as of conditions"
    )
    comparison: Annotated[str, Field(max_length=40)] = Field("", description="field: is, contains, at_least and so on (docs/conditions.md)")
    value: Annotated[str, Field(max_length=200)] = ""
    days: _Days = 0
    points: _Points
    daily: _Daily = 1
    cap: _Cap = 20
    half_life_days: _HalfLife = 14
    on: bool = True

    def rule(self) -> OwnScoringRule:
        """As it is stored."""
        values = self.model_dump(exclude={"why", "on", "trigger"})
        return OwnScoringRule(name=self.why, trigger=ScoreTrigger(self.trigger), is_on=self.on, **values)


class RulesIn(In):
    """What differs from the defaults; rules left out return to their defaults."""

    items: list[RuleIn] = Field(max_length=200)
    own: Annotated[list[OwnRuleIn], Field(max_length=50)] | None = Field(
        None, description="All rules of the workspace; without it they stay"
    )


class RuleOut(Out):
    """A scoring rule."""

    name: str
    points: int
    default: int
    side: str = Field(description="fit or engagement")
    why: str
    fits: list[str] | None = Field(description="Of fit rules: the values that fit; null for engagement")
    on: bool
    daily: int | None = Field(description="How often it counts on one local day; null where it is not about events")
    cap: int | None = Field(description="The maximum points in total")
    half_life_days: int | None = Field(description="Days after which half of the points is left")
    days: int | None = Field(description="inactive: so many days without activity; no_open_30_days: since the email")
    own: bool = Field(description="Whether the workspace added it")
    trigger: str = Field(description="Of an own rule")
    text: str
    comparison: str
    value: str


class QuadrantMoveOut(Out):
    """Leads that would move from one quadrant to another."""

    before: str
    after: str
    count: int


class ScoreChangeOut(Out):
    """A lead whose score would change."""

    lead: str
    lead_name: str
    before: int
    after: int
    quadrant_before: str
    quadrant_after: str


class RulesPreviewOut(Out):
    """What the rules would change on today's leads."""

    leads: int = Field(description="How many were compared")
    changed: int = Field(description="How many would have another score")
    moved: list[QuadrantMoveOut]
    largest: list[ScoreChangeOut] = Field(description="The ten largest changes")
    partial: bool = Field(description="There are more leads than a preview looks at")


class RescoringOut(Out):
    """How far the leads are scored again after a change of the rules."""

    left: int = Field(description="Leads that wait to be computed, 20,000 at most")


def rules_out(workspace: Workspace) -> list[RuleOut]:
    """All rules as a response: shipped ones on engagement, on fit, then the workspace's own."""
    wanted = workspace.policy.fit
    engagement = [_shipped(workspace, r.name, r.points, Side.ENGAGEMENT, r.why, None) for r in (*RULES, SILENCE)]
    fit = [_shipped(workspace, r.name, r.points, Side.FIT, r.why, wanted.get(r.field, ())) for r in FIT_RULES]
    return [*engagement, *fit, *map(_own, workspace.own_rules)]


def _shipped(workspace: Workspace, name: str, points: int, side: Side, why: str, fits: Iterable[str] | None) -> RuleOut:
    change, numbers = workspace.rule_changes.get(name, ScoringRuleChange()), shipped_numbers(name) or {}
    return RuleOut.model_construct(
        name=name,
        points=workspace.rules.get(name, points),
        default=points,
        side=side.value,
        why=why,
        fits=None if fits is None else list(fits),
        on=not change.is_off,
        daily=change.daily or numbers.get("daily"),
        cap=change.cap or numbers.get("cap"),
        half_life_days=change.half_life_days or numbers.get("half_life_days"),
        days=change.days or numbers.get("days"),
        own=False,
        trigger="",
        text="",
        comparison="",
        value="",
    )


def _own(rule: OwnScoringRule) -> RuleOut:
    is_event = rule.trigger in BY_EVENTS
    return RuleOut.model_construct(
        name=rule.id,
        points=rule.points,
        default=rule.points,
        side=(Side.FIT if rule.trigger is ScoreTrigger.FIELD else Side.ENGAGEMENT).value,
        why=rule.name,
        fits=None,
        on=rule.is_on,
        daily=rule.daily if is_event else None,
        cap=rule.cap if is_event else None,
        half_life_days=rule.half_life_days if is_event else None,
        days=rule.days or None,
        own=True,
        trigger=rule.trigger.value,
        text=rule.text,
        comparison=rule.comparison,
        value=rule.value,
    )


def rules_preview_out(found: ScorePreview) -> RulesPreviewOut:
    """The preview as a response."""
    return RulesPreviewOut.model_construct(
        leads=found.leads,
        changed=found.changed,
        moved=[QuadrantMoveOut(before=before, after=after, count=count) for (before, after), count in found.moved.items()],
        largest=[
            ScoreChangeOut(
                lead=one.lead.id,
                lead_name=one.lead.name,
                before=one.before.total,
                after=one.after.total,
                quadrant_before=one.before.quadrant,
                quadrant_after=one.after.quadrant,
            )
            for one in found.largest
        ],
        partial=found.is_partial,
    )
