"""Schemas of custom alert rules and their preview."""

from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field

from tracker.actions.alerting.rules.preview import MOST_DAYS, Preview
from tracker.actions.alerting.rules.usefulness import RuleUse
from tracker.domain.alerting.custom_rule import CustomRule, RuleContent
from tracker.web.api.schemas.base import In, Line, Moment, Out, Version

Trigger = Literal["page", "link", "open", "activity", "score", "form", "inquiry", "reply", "company", "inactive"]
Occasion = Literal["every", "first", "again", "after_quiet"]
RuleLevel = Literal["loud", "quiet", "digest", "off"]
_Name = Annotated[str, Field(max_length=80, examples=["Prices of open proposals"])]
_Number = Annotated[int, Field(ge=0, le=1000)]
_TEXT = (
    "page: a path such as /pricing, which covers all below it, with * for anything, after a host if you like; link: a part of the label; "
)
_TEXT += "form: its id, or empty for any"
_NUMBER = "score: the score that is reached; company: people within 30 minutes; inactive: days"
_OWN = (
    "true: for the caller's own leads; false: for all leads of the workspace, by admins. Without it: own, unless the key belongs to no rep"
)
_CONDITION = "On the lead (docs/conditions.md); empty: every lead"


class AlertRuleIn(In):
    """A new rule."""

    name: _Name
    own: bool | None = Field(None, description=_OWN)
    trigger: Trigger
    text: Line = Field("", description=_TEXT, examples=["/pricing"])
    number: _Number = Field(0, description=_NUMBER)
    occasion: Occasion = "every"
    quiet_days: Annotated[int, Field(ge=0, le=366)] = Field(0, description="For after_quiet: days without anything by the lead before")
    condition: dict[str, Any] = Field(default_factory=dict, description=_CONDITION, examples=[{"field": "stage", "is": "Proposal Sent"}])
    lead_list: Line | None = Field(None, description="The id of a list that the lead has to be in")
    priority: RuleLevel = "loud"

    def value(self) -> RuleContent:
        """The content of the rule."""
        return _content(self.model_dump())


class AlertRuleChange(In):
    """Changes of a rule."""

    name: _Name | None = None
    trigger: Trigger | None = None
    text: Line | None = None
    number: _Number | None = None
    occasion: Occasion | None = None
    quiet_days: Annotated[int, Field(ge=0, le=366)] | None = None
    condition: dict[str, Any] | None = None
    lead_list: Line | None = Field(None, description="null: no list")
    priority: RuleLevel | None = None
    version: Version | None = None


class AlertRulePreviewIn(AlertRuleIn):
    """A rule that is tried on what is stored, and not saved."""

    name: _Name = "Preview"
    rule: Line | None = Field(None, description="The id of the rule that it would take the place of")
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 7


class UseOut(Out):
    """What became of the rule's alerts of the last 90 days, withdrawn ones left out."""

    alerts: int
    useful: int = Field(description="Taken, or said to be useful, and not said to be *Not useful*")
    rated: int = Field(description="Useful ones and those said to be *Not useful*")


class AlertRuleOut(Out):
    """A rule."""

    id: str
    name: str
    rep: str | None = Field(description="Whose leads it is for; null: all leads of the workspace")
    trigger: str
    text: str
    number: int
    occasion: str
    quiet_days: int
    condition: dict[str, Any]
    lead_list: str | None
    priority: str
    words: str = Field(description="The rule as a sentence")
    use: UseOut
    version: int


class PreviewedOut(Out):
    """An alert that the rule would have made."""

    lead: str
    lead_name: str
    at: Moment
    title: str
    priority: str


class AlertRulePreviewOut(Out):
    """What the rule would have alerted about."""

    days: int
    count: int
    alerts: list[PreviewedOut] = Field(description="The newest 100")
    partial: bool = Field(description="More happened than a preview looks at")
    todays_fields: list[str] = Field(description="Fields that were compared with their values of today, not of then")


class ShippedRuleIn(In):
    """The priority of a shipped rule."""

    rule: Line = Field(description="Its name (docs/alerts.md)", examples=["pricing"])
    priority: RuleLevel | None = Field(description="null: as shipped, or, of a rep's own, as the workspace has it")
    own: bool | None = Field(None, description=_OWN)


class ShippedRuleOut(Out):
    """A shipped rule."""

    rule: str
    priority: str = Field(description="For the caller's leads")
    workspace: str | None = Field(description="What the workspace changed it to; null: as shipped")
    own: str | None = Field(description="What the caller changed it to; null: as the workspace has it")
    use: UseOut


def merged(rule: CustomRule, given: dict[str, Any]) -> RuleContent:
    """The content of a rule with the given changes."""
    known = {name: getattr(rule.content, name) for name in RuleContent.__struct_fields__}
    return _content(known | {name: value for name, value in given.items() if name not in ("name", "version")})


def _content(values: dict[str, Any]) -> RuleContent:
    return msgspec.convert({name: value for name, value in values.items() if name in RuleContent.__struct_fields__}, RuleContent)


def alert_rule_out(rule: CustomRule, words: str, use: RuleUse) -> AlertRuleOut:
    """The rule as a response."""
    content = rule.content
    return AlertRuleOut.model_construct(
        id=rule.id,
        name=rule.name,
        rep=rule.rep,
        trigger=content.trigger.value if content.trigger else "",
        text=content.text,
        number=content.number,
        occasion=content.occasion.value,
        quiet_days=content.quiet_days,
        condition=content.condition,
        lead_list=content.lead_list,
        priority=content.priority.value,
        words=words,
        use=use_out(use),
        version=rule.version,
    )


def use_out(use: RuleUse) -> UseOut:
    """The usefulness as a response."""
    return UseOut(alerts=use.alerts, useful=use.useful, rated=use.rated)


def preview_out(found: Preview) -> AlertRulePreviewOut:
    """The preview as a response."""
    return AlertRulePreviewOut.model_construct(
        days=found.days,
        count=len(found.alerts),
        alerts=[
            PreviewedOut.model_construct(lead=one.lead.id, lead_name=one.lead.name, at=one.at, title=one.title, priority=one.priority.value)
            for one in found.alerts[:100]
        ],
        partial=found.is_partial,
        todays_fields=list(found.todays_fields),
    )
