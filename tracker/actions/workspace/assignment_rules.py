"""The assignment rules of a workspace: checked and stored as a whole. Used by console and API."""

from collections.abc import Iterable

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.leads.lists import with_ids
from tracker.base.errors import Conflict, Invalid
from tracker.domain.team.assignment import AssignmentRule, AssignTo
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.assignment.choose import is_known_of_new
from tracker.rules.conditions.condition import parsed, plain, terms_of

_MOST = 50
_MOST_FORMS = 50
_LONGEST_NAME = 80


def set_rules(deps: Deps, workspace: str, rules: Iterable[AssignmentRule], *, version: int | None = None) -> Workspace:
    """Replaces the rules, in their order. Raises Invalid with the path of what is wrong; Conflict if `version` is outdated."""
    known, given = deps.store.workspaces.get(workspace), tuple(rules)
    if len(given) > _MOST:
        raise Invalid("items", f"must be {_MOST} rules at most")
    kept = tuple(_checked(deps, known, rule, f"items.{number}") for number, rule in enumerate(given))
    names = [rule.name.casefold() for rule in kept]
    if twice := next((rule.name for rule in kept if names.count(rule.name.casefold()) > 1), None):
        raise Conflict(f"two rules have the name “{twice}”")
    return deps.store.workspaces.change(workspace, version=version, assignment_rules=kept)


def _checked(deps: Deps, workspace: Workspace, rule: AssignmentRule, path: str) -> AssignmentRule:
    found = parsed(rule.condition, f"{path}.condition")
    unknown = next((term.field for term in terms_of(found) if not is_known_of_new(term.field)), None)
    if unknown:
        raise Invalid(f"{path}.condition", f"must not compare {unknown}, which no new lead has")
    here = deps.store.of(workspace.id)
    if len(rule.forms) > _MOST_FORMS or here.forms.by_ids(rule.forms).keys() != set(rule.forms):
        raise Invalid(f"{path}.forms", f"must be ids of forms of this workspace, {_MOST_FORMS} at most")
    rep = here.reps.find(rule.rep or "") if rule.to is AssignTo.REP else None
    if rule.to is AssignTo.REP and (rep is None or not rep.is_active):
        raise Invalid(f"{path}.rep", "must be the id of an active rep of this workspace")
    if rule.to is AssignTo.TEAM and all(team.id != rule.team for team in workspace.teams):
        raise Invalid(f"{path}.team", "must be the id of a team of this workspace")
    return msgspec.structs.replace(
        rule,
        name=checks.line(f"{path}.name", rule.name, longest=_LONGEST_NAME),
        condition=plain(with_ids(deps, workspace, found)),
        forms=tuple(dict.fromkeys(rule.forms)),
        rep=rule.rep if rule.to is AssignTo.REP else None,
        team=rule.team if rule.to is AssignTo.TEAM else None,
    )
