"""Custom alert rules: added, changed and removed, and the priority of shipped rules. Used by console and API.

A change counts for what happens from then on; alerts of before stay as they are.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.alerting.rules.rule_forms import choosable_forms
from tracker.actions.deps import Deps
from tracker.actions.leads.lists import visible_list, with_ids
from tracker.base.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.base.ids import id_of, new_id
from tracker.domain.alerting.custom_rule import CustomRule, RuleContent, RuleOccasion, RulePriority, RuleRevision, RuleTrigger
from tracker.rules.alerting.custom.book import CHANGEABLE
from tracker.rules.conditions.condition import parsed, plain, terms_of, texts_of_value
from tracker.rules.conditions.lower import ME
from tracker.rules.visibility import Viewer, may_change_alert_rule, may_see_alert_rule

MOST_RULES = 50
"""Rules of a rep, or of the workspace."""
_MOST_REVISIONS = 30
_KEEP_REMOVED = timedelta(days=400)
_NUMBERS = {RuleTrigger.SCORE: (1, 1000), RuleTrigger.COMPANY: (2, 50), RuleTrigger.INACTIVE: (1, 365)}
_MOST_QUIET_DAYS = 366
_TEXTS = {RuleTrigger.PAGE: "the address of a page, such as /pricing", RuleTrigger.LINK: "a part of the label"}


def add_rule(deps: Deps, viewer: Viewer, rep: str | None, name: str, content: RuleContent) -> CustomRule:
    """Adds a rule of the rep, or of the workspace where `rep` is None. Raises Invalid, Forbidden; Conflict beyond `MOST_RULES`."""
    here, now = deps.store.of(viewer.workspace.id).alert_rules, deps.now()
    rule = drafted(deps, viewer, rep, name, content, since=now)
    if sum(not one.base for one in here.present(rep)) >= MOST_RULES:
        raise Conflict(f"there are {MOST_RULES} rules already; remove some of them first")
    here.forget_removed(now - _KEEP_REMOVED)
    return here.add(rule)


def drafted(
    deps: Deps, viewer: Viewer, rep: str | None, name: str, content: RuleContent, *, since: datetime, rule: CustomRule | None = None
) -> CustomRule:
    """The checked rule as it would be stored, without storing it; `rule`: the one that it would change. Raises Invalid, Forbidden."""
    _require(viewer, rep)
    kept, now = checked_content(deps, viewer, rep, content, rule.content if rule else None), deps.now()
    return CustomRule(
        id=rule.id if rule else new_id(),
        workspace=viewer.workspace.id,
        rep=rep,
        name=checks.line("name", name, longest=80),
        revisions=(RuleRevision(since=since, content=kept),),
        created_at=rule.created_at if rule else now,
        updated_at=now,
    )


def empty_rule(workspace: str, rep: str | None, content: RuleContent, now: datetime) -> CustomRule:
    """A rule as a form begins with, not checked and not stored."""
    revisions = (RuleRevision(since=now, content=content),)
    return CustomRule(id=new_id(), workspace=workspace, rep=rep, name="", revisions=revisions, created_at=now, updated_at=now)


def change_rule(
    deps: Deps, viewer: Viewer, key: str, *, version: int | None = None, name: str | None = None, content: RuleContent | None = None
) -> CustomRule:
    """Changes name or content of a rule. Raises NotFound, Forbidden, Invalid, Conflict."""
    rule, now = own_rule(deps, viewer, key), deps.now()
    values: dict[str, Any] = {} if name is None else {"name": checks.line("name", name, longest=80)}
    if content is not None and (kept := checked_content(deps, viewer, rule.rep, content, rule.content)) != rule.content:
        values["revisions"] = _revised(rule, kept, now)
    return deps.store.of(viewer.workspace.id).alert_rules.change(rule.id, version=version, updated_at=now, **values)


def remove_rule(deps: Deps, viewer: Viewer, key: str) -> CustomRule:
    """Removes a rule from now on; returns it. Raises NotFound, Forbidden."""
    rule, now = own_rule(deps, viewer, key), deps.now()
    off = msgspec.structs.replace(rule.content, priority=RulePriority.OFF)
    return deps.store.of(viewer.workspace.id).alert_rules.change(
        rule.id, is_removed=True, updated_at=now, revisions=_revised(rule, off, now)
    )


def set_priority(deps: Deps, viewer: Viewer, rep: str | None, base: str, priority: RulePriority | None) -> CustomRule | None:
    """Gives a shipped rule another priority, for the rep's leads or all; None: as it was shipped, or as the workspace has it.

    Raises Invalid, Forbidden, NotFound.
    """
    _require(viewer, rep)
    if base not in {rule.value for rule in CHANGEABLE}:
        raise NotFound("no such rule, or its priority cannot be changed")
    here, now = deps.store.of(viewer.workspace.id).alert_rules, deps.now()
    key = id_of(viewer.workspace.id, rep or "team", base)
    rule = here.find(key)
    if rule is None:
        if priority is None:
            return None
        first = RuleRevision(since=now, content=RuleContent(priority=priority))
        made = CustomRule(
            id=key, workspace=viewer.workspace.id, rep=rep, name=base, base=base, revisions=(first,), created_at=now, updated_at=now
        )
        return here.add(made)
    kept = RuleContent(priority=priority or rule.content.priority)
    revisions = _revised(rule, kept, now) if kept != rule.content or rule.is_removed else rule.revisions
    return here.change(key, revisions=revisions, is_removed=priority is None, updated_at=now)


def visible_rules(deps: Deps, viewer: Viewer) -> list[CustomRule]:
    """The present rules of the viewer and of the workspace, those that change shipped ones included."""
    reps = (viewer.rep.id, None) if viewer.rep else (None,)
    return deps.store.of(viewer.workspace.id).alert_rules.present(*reps)


def visible_rule(deps: Deps, viewer: Viewer, key: str) -> CustomRule:
    """A rule of the viewer or of the workspace. Raises NotFound."""
    rule = deps.store.of(viewer.workspace.id).alert_rules.find(key)
    if rule is None or rule.is_removed or rule.base or not may_see_alert_rule(viewer, rule):
        raise NotFound("no such rule")
    return rule


def own_rule(deps: Deps, viewer: Viewer, key: str) -> CustomRule:
    """A rule that the viewer may change. Raises NotFound, Forbidden."""
    rule = visible_rule(deps, viewer, key)
    _require(viewer, rule.rep)
    return rule


def checked_content(deps: Deps, viewer: Viewer, rep: str | None, content: RuleContent, former: RuleContent | None = None) -> RuleContent:
    """The content as it is stored: with ids of stages and reps, without what its trigger does not use. Raises Invalid.

    The form of `former` may stay.
    """
    trigger = content.trigger
    if trigger is None:
        raise Invalid("trigger", "is missing")
    text = content.text.strip() if trigger in (*_TEXTS, RuleTrigger.FORM) else ""
    if trigger in _TEXTS:
        text = checks.line("text", text)
    elif text and not (former and text == former.text) and text not in {form.id for form in choosable_forms(deps, viewer)}:
        raise Invalid("text", "must be the id of a form that you may see and that is not off, or empty for any form")
    low, high = _NUMBERS.get(trigger, (0, 0))
    if trigger in _NUMBERS and not low <= content.number <= high:
        raise Invalid("number", f"must be from {low} to {high:,}")
    is_after_quiet = content.occasion is RuleOccasion.AFTER_QUIET
    if is_after_quiet and not 1 <= content.quiet_days <= _MOST_QUIET_DAYS:
        raise Invalid("quiet_days", f"must be from 1 to {_MOST_QUIET_DAYS}")
    has_occasion = trigger not in (RuleTrigger.COMPANY, RuleTrigger.INACTIVE, RuleTrigger.SCORE)
    if content.lead_list is not None:
        _check_list(deps, viewer, rep, content.lead_list)
    return RuleContent(
        priority=content.priority,
        trigger=trigger,
        text=text,
        number=content.number if trigger in _NUMBERS else 0,
        occasion=content.occasion if has_occasion else RuleOccasion.EVERY,
        quiet_days=content.quiet_days if is_after_quiet and has_occasion else 0,
        condition=_condition(deps, viewer, rep, content),
        lead_list=content.lead_list,
    )


def _condition(deps: Deps, viewer: Viewer, rep: str | None, content: RuleContent) -> dict[str, Any]:
    if not content.condition:
        return {}
    found = parsed(content.condition)
    if rep is None and any(term.field == "owner" and ME in texts_of_value(term.value) for term in terms_of(found)):
        raise Invalid("condition", "must not say “me” in a rule of the workspace: it has no rep")
    return plain(with_ids(deps, viewer.workspace, found))


def _check_list(deps: Deps, viewer: Viewer, rep: str | None, key: str) -> None:
    try:
        found = visible_list(deps, viewer, key)
    except NotFound:
        raise Invalid("lead_list", "must be the id of a list that you see") from None
    if rep is None and not found.is_shared:
        raise Invalid("lead_list", "must be a shared list in a rule of the workspace")
    if rep is None and key == "mine":
        raise Invalid("lead_list", "must not be “Mine” in a rule of the workspace: it has no rep")


def _revised(rule: CustomRule, content: RuleContent, now: datetime) -> tuple[RuleRevision, ...]:
    return (*rule.revisions, RuleRevision(since=now, content=content))[-_MOST_REVISIONS:]


def _require(viewer: Viewer, rep: str | None) -> None:
    if not may_change_alert_rule(viewer, rep):
        raise Forbidden("only admins change rules of the workspace, and each rep their own")
