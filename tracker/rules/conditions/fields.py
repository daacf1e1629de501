"""The fields that conditions compare, with their kinds. Pure.

`name` is part of the API and of stored lists, so it never changes its meaning. `custom.<name>` is a custom field.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tracker.domain.leads.consent import ConsentState
from tracker.domain.leads.qualification import BUYING_ROLES
from tracker.domain.pipeline.score import QUADRANTS


class Comparison(StrEnum):
    """How a field is compared. Values are stored and part of the API."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BEFORE = "before"
    AFTER = "after"
    WITHIN_DAYS = "within_days"
    OLDER_THAN_DAYS = "older_than_days"
    IS_EMPTY = "is_empty"
    IS_SET = "is_set"


class ConditionKind(StrEnum):
    """What a field holds; it decides how the field may be compared."""

    TEXT = "text"
    CUSTOM = "custom"
    """Text, which may also be compared as a number or a day."""
    CHOICE = "choice"
    NUMBER = "number"
    AGE = "age"
    """A number of days, or of other units of time, until now."""
    TIME = "time"
    DUE = "due"
    """A time in the future, or a past one that is overdue."""
    DAY = "day"
    """A day, which may be in the future."""
    YES_NO = "yes_no"


_C = Comparison
_PRESENCE = (_C.IS_EMPTY, _C.IS_SET)
_TEXTS = (_C.IS, _C.IS_NOT, _C.IN, _C.CONTAINS, _C.STARTS_WITH)
_TIMES = (_C.WITHIN_DAYS, _C.OLDER_THAN_DAYS, _C.BEFORE, _C.AFTER, *_PRESENCE)
_COMPARISONS: Mapping[ConditionKind, tuple[Comparison, ...]] = MappingProxyType(
    {
        ConditionKind.TEXT: (*_TEXTS, *_PRESENCE),
        ConditionKind.CUSTOM: (*_TEXTS, _C.AT_LEAST, _C.AT_MOST, _C.BEFORE, _C.AFTER, *_PRESENCE),
        ConditionKind.CHOICE: (_C.IS, _C.IS_NOT, _C.IN, *_PRESENCE),
        ConditionKind.NUMBER: (_C.AT_LEAST, _C.AT_MOST, _C.IS, _C.IS_NOT),
        ConditionKind.AGE: (_C.AT_LEAST, _C.AT_MOST),
        ConditionKind.TIME: _TIMES,
        ConditionKind.DUE: _TIMES,
        ConditionKind.DAY: _TIMES,
        ConditionKind.YES_NO: (_C.IS,),
    }
)
ANY_TEXT: tuple[str, ...] = ()
CUSTOM = "custom."
LONGEST_CUSTOM_NAME = 60


@dataclass(frozen=True, slots=True)
class ConditionField:
    """One field. `path` is where a lead has the value; empty where it is derived or normalized."""

    name: str
    label: str
    kind: ConditionKind
    path: str = ""
    choices: tuple[str, ...] = ANY_TEXT
    """The only values of a choice; `ANY_TEXT`: those of the workspace."""

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """How the field may be compared, the usual one first."""
        return _COMPARISONS[self.kind]


TOUCHES = "derived.touch_entries"
"""Where a lead has the entries of its first and last visit (rules.sources.touches)."""
_F, _K = ConditionField, ConditionKind
_ALL = (
    _F("name", "Name", _K.TEXT),
    _F("email", "Email", _K.TEXT),
    _F("company", "Company", _K.TEXT),
    _F("job_title", "Job title", _K.TEXT),
    _F("phone", "Phone", _K.TEXT),
    _F("tags", "Tag", _K.TEXT),
    _F("source", "Source", _K.CHOICE, "source"),
    _F("source_detail", "Source detail", _K.TEXT),
    _F("first_touch", "First visit came from", _K.TEXT, TOUCHES),
    _F("last_touch", "Last visit came from", _K.TEXT, TOUCHES),
    _F("external_url", "External URL", _K.TEXT),
    _F("owner", "Owner", _K.CHOICE, "owner"),
    _F("stage", "Stage", _K.CHOICE, "stage"),
    _F("stage_kind", "Kind of stage", _K.CHOICE, "stage", ("open", "won", "lost")),
    _F("days_in_stage", "Days in stage", _K.AGE),
    _F("times_usual_days", "Days in stage ÷ usual days", _K.AGE),
    _F("score", "Score", _K.NUMBER, "derived.score"),
    _F("fit", "Fit", _K.NUMBER, "derived.fit"),
    _F("engagement", "Engagement", _K.NUMBER, "derived.engagement"),
    _F("quadrant", "Quadrant", _K.CHOICE, "derived.quadrant", QUADRANTS),
    _F("industry", "Industry", _K.CHOICE, "derived.profile"),
    _F("size", "Employees", _K.CHOICE, "derived.profile"),
    _F("budget", "Budget", _K.CHOICE, "derived.profile"),
    _F("country", "Country", _K.CHOICE, "derived.profile"),
    _F("buying_role", "Buying role", _K.CHOICE, choices=tuple(BUYING_ROLES)),
    _F("category", "Category", _K.CHOICE),
    _F("timeline", "Timeline", _K.TEXT),
    _F("need", "Need", _K.TEXT),
    _F("referred_by", "Referred by", _K.TEXT),
    _F("last_seen", "Last seen", _K.TIME, "derived.last_seen_at"),
    _F("last_contact", "Last contact", _K.TIME, "derived.last_contact_at"),
    _F("first_contact", "First contact", _K.TIME, "derived.first_contact_at"),
    _F("opens", "Opens", _K.NUMBER, "derived.opens"),
    _F("clicks", "Clicks", _K.NUMBER, "derived.clicks"),
    _F("views", "Page views", _K.NUMBER, "derived.views"),
    _F("created", "Created", _K.TIME, "created_at"),
    _F("updated", "Changed", _K.TIME, "updated_at"),
    _F("next_action", "Next action", _K.TEXT),
    _F("next_action_due", "Next action due", _K.DUE, "next_action.due"),
    _F("consent", "Tracking consent", _K.CHOICE, "tracking_consent.state", tuple(state.value for state in ConsentState)),
    _F("bounced", "Email bounced", _K.YES_NO, "bounced_at"),
    _F("new_email", "Another address named", _K.YES_NO, "new_email_at"),
    _F("away_until", "Away until", _K.DAY),
    _F("opted_out", "Opted out of email", _K.YES_NO, "opted_out_at"),
)
FIELDS: Mapping[str, ConditionField] = MappingProxyType({field.name: field for field in _ALL})
"""By name, in the order of the interface."""
PROFILE: Mapping[str, str] = MappingProxyType({"industry": "industry", "size": "size", "budget": "budget", "country": "location"})
"""The fields of the lead or its company, by the name that `derived.profile` has for them."""


def field_named(name: str) -> ConditionField | None:
    """The field with this name; any `custom.<name>` is one."""
    known = FIELDS.get(name)
    own = name.removeprefix(CUSTOM).strip()
    if known is None and name.startswith(CUSTOM) and own and len(own) <= LONGEST_CUSTOM_NAME:
        return ConditionField(f"{CUSTOM}{own}", own, ConditionKind.CUSTOM)
    return known
