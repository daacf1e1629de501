"""An own scoring rule in words."""

from tracker.base.errors import Invalid
from tracker.domain.workspace.scoring import BY_EVENTS, OwnScoringRule, ScoreTrigger
from tracker.rules.conditions.describe import describe
from tracker.rules.forms.texts import label_of
from tracker.rules.scoring.own_fields import field_condition
from tracker.web.console.auth import workspace_store

_T = ScoreTrigger
TRIGGERS = (
    (_T.PAGE.value, "A page is viewed"),
    (_T.FORM.value, "A form is sent"),
    (_T.FIELD.value, "A field has a value"),
    (_T.INACTIVE.value, "No activity for some days"),
    (_T.OPEN.value, "An email is opened"),
    (_T.CLICK.value, "A link in an email is clicked"),
    (_T.DOWNLOAD.value, "A file is downloaded"),
    (_T.REPLY.value, "An email is answered"),
    (_T.CALL.value, "A call reaches the lead"),
    (_T.MEETING.value, "A meeting"),
    (_T.TOUCH.value, "A touch by the lead"),
)
_WITH_TEXT = {
    _T.PAGE: "{} is viewed",
    _T.CLICK: "A link to {} in an email is clicked",
    _T.TOUCH: "{} by the lead",
    _T.FORM: "{} is sent",
}


def own_in_words(rule: OwnScoringRule) -> str:
    """Such as `/cases is viewed. At most 20 points, once a day; half after 14 days.`"""
    if rule.trigger not in BY_EVENTS:
        return f"{_subject(rule)}."
    times = "once a day" if rule.daily == 1 else f"{rule.daily:,} times a day"
    days = "1 day" if rule.half_life_days == 1 else f"{rule.half_life_days:,} days"
    return f"{_subject(rule)}. At most {rule.cap:,} points, {times}; half after {days}."


def _subject(rule: OwnScoringRule) -> str:
    if rule.trigger is _T.FIELD:
        try:
            return describe(field_condition(rule))
        except Invalid:
            return f"{rule.text}, which is gone"
    if rule.trigger is _T.INACTIVE:
        return f"No activity for {rule.days:,} day{'' if rule.days == 1 else 's'}"
    if not rule.text or rule.trigger not in _WITH_TEXT:
        return dict(TRIGGERS)[rule.trigger.value]
    return _WITH_TEXT[rule.trigger].format(_form(rule.text) if rule.trigger is _T.FORM else rule.text)


def _form(key: str) -> str:
    found = next((form for form in workspace_store().forms.all() if form.id == key), None)
    return label_of(found) if found else "A form that is gone"
