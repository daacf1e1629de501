"""A custom rule as a sentence, with the names of forms, lists, reps and stages. Used by console and API."""

from tracker.actions.deps import Deps
from tracker.actions.leads.lists import in_words, visible_list
from tracker.base.errors import NotFound
from tracker.domain.alerting.custom_rule import RuleContent, RuleOccasion, RuleTrigger
from tracker.rules.conditions.condition import parsed
from tracker.rules.forms.texts import label_of
from tracker.rules.visibility import Viewer

_SAID = {
    RuleTrigger.PAGE: "Views {text}",
    RuleTrigger.LINK: "Clicks “{text}”",
    RuleTrigger.OPEN: "Opens an email",
    RuleTrigger.ACTIVITY: "Does anything",
    RuleTrigger.SCORE: "Score reaches {number}",
    RuleTrigger.FORM: "Sends {text}",
    RuleTrigger.INQUIRY: "Sends an inquiry",
    RuleTrigger.REPLY: "Replies to an email",
    RuleTrigger.COMPANY: "{number} people of the company are on the site",
    RuleTrigger.INACTIVE: "Nothing for {number} day{s}",
}
_OCCASIONS = {
    RuleOccasion.EVERY: "",
    RuleOccasion.FIRST: "for the first time",
    RuleOccasion.AGAIN: "again",
    RuleOccasion.AFTER_QUIET: "after {days} quiet day{s}",
}


def rule_in_words(deps: Deps, viewer: Viewer, content: RuleContent) -> str:
    """Such as `Views /pricing again, if Stage is Proposal Sent and on the list Hot`."""
    plural = "" if content.number == 1 else "s"
    said = _SAID[content.trigger or RuleTrigger.ACTIVITY].format(text=_text(deps, viewer, content), number=content.number, s=plural)
    occasion = _OCCASIONS[content.occasion].format(days=content.quiet_days, s="" if content.quiet_days == 1 else "s")
    conditions = [in_words(deps, viewer, parsed(content.condition))] if content.condition else []
    conditions = [text for text in conditions if text != "Every lead"]
    if content.lead_list is not None:
        conditions.append(f"on the list {_list(deps, viewer, content.lead_list)}")
    only = f", if {' and '.join(conditions)}" if conditions else ""
    return f"{said} {occasion}".rstrip() + only


def _text(deps: Deps, viewer: Viewer, content: RuleContent) -> str:
    if content.trigger is not RuleTrigger.FORM:
        return content.text
    form = deps.store.of(viewer.workspace.id).forms.by_ids([content.text]).get(content.text) if content.text else None
    return f"the form {label_of(form)}" if form else "a removed form" if content.text else "a form"


def _list(deps: Deps, viewer: Viewer, key: str) -> str:
    try:
        return f"“{visible_list(deps, viewer, key).name}”"
    except NotFound:
        return "that was removed"
