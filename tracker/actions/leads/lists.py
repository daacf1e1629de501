"""Saved lists: add, change, remove, and which leads they hold. Used by console and API."""

from collections.abc import Iterable
from typing import Any

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.base.ids import is_id, new_id
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead_list import LeadList
from tracker.domain.leads.qualification import BUYING_ROLES
from tracker.domain.leads.stamp import Stamp
from tracker.domain.workspace.workspace import Workspace
from tracker.rules import visibility
from tracker.rules.conditions.chips import CHIPS
from tracker.rules.conditions.condition import Condition, ConditionTerm, parsed, plain, terms_of, texts_of_value, with_terms
from tracker.rules.conditions.describe import describe
from tracker.rules.conditions.lead_tests import LeadTest
from tracker.rules.conditions.lower import ME, NO_OWNER, ConditionContext, lowered
from tracker.rules.sources.names import present_names
from tracker.rules.visibility import Viewer, scope
from tracker.store.leads.lead_query import LeadQuery
from tracker.store.leads.leads import SORTS
from tracker.store.store import WorkspaceStore

COLUMNS = ("stage", "score", "last_seen", "next_action", "owner", "source", "company", "created", "tags", "email", "phone")
MOST_LISTS = 200
"""Saved lists of a rep, or of programs."""
MOST_COUNTED = 10_000
"""A longer list is counted as `10,000+`."""
_LONGEST_NAME = 80


def add_list(deps: Deps, viewer: Viewer, *, name: str, condition: Condition, is_shared: bool = False, **more: Any) -> LeadList:
    """Saves a list of the viewer. `more`: columns, sort. Raises Invalid; Conflict beyond `MOST_LISTS`."""
    here, now = deps.store.of(viewer.workspace.id), deps.now()
    rep = viewer.rep.id if viewer.rep else None
    if rep is None and not is_shared:
        raise Invalid("shared", "must be true, because this key belongs to no rep")
    values = _checked(deps, viewer.workspace, {"name": name, "condition": condition, "is_shared": is_shared, **more})
    if here.lists.count({"rep": rep}) >= MOST_LISTS:
        raise Conflict(f"there are {MOST_LISTS} saved lists already; delete some of them first")
    return here.lists.add(LeadList(id=new_id(), workspace=viewer.workspace.id, rep=rep, created_at=now, updated_at=now, **values))


def change_list(deps: Deps, viewer: Viewer, key: str, *, version: int | None = None, **values: Any) -> LeadList:
    """Changes name, condition, columns, sort or `is_shared`. Raises NotFound, Forbidden, Invalid, Conflict."""
    found = _changeable(deps, viewer, key)
    checked = _checked(deps, viewer.workspace, values)
    if checked.get("is_shared") is False and not (viewer.rep and viewer.rep.id == found.rep):
        raise Forbidden("only its owner can make a list private")
    now, by = deps.now(), viewer.rep.id if viewer.rep else None
    stamps = dict(found.changed) | {name: Stamp(by, now) for name, value in checked.items() if value != getattr(found, name)}
    return deps.store.of(viewer.workspace.id).lists.change(found.id, version=version, updated_at=now, **checked, changed=stamps)


def remove_list(deps: Deps, viewer: Viewer, key: str) -> LeadList:
    """Deletes a list, not its leads; returns it. Raises NotFound, Forbidden."""
    found = _changeable(deps, viewer, key)
    deps.store.of(viewer.workspace.id).lists.remove(found.id)
    return found


def visible_list(deps: Deps, viewer: Viewer, key: str) -> LeadList:
    """A list that every workspace has, by its key, or a saved one. Raises NotFound, also for a colleague's private list."""
    if key in CHIPS:
        return chip_list(viewer.workspace, key)
    found = deps.store.of(viewer.workspace.id).lists.find(key)
    if found is None or not visibility.may_see_list(viewer, found):
        raise NotFound("no such list")
    return found


def chip_list(workspace: Workspace, key: str) -> LeadList:
    """A list that every workspace has."""
    chip = CHIPS[key]
    return LeadList(
        id=chip.key,
        workspace=workspace.id,
        name=chip.label,
        condition=plain(chip.condition_in(workspace)),
        is_shared=True,
        created_at=workspace.created_at,
        updated_at=workspace.created_at,
    )


def visible_lists(deps: Deps, viewer: Viewer) -> list[LeadList]:
    """The lists that every workspace has, and after them the saved ones that the viewer sees, by name."""
    saved = deps.store.of(viewer.workspace.id).lists.visible(viewer.rep.id if viewer.rep else None)
    return [*(chip_list(viewer.workspace, key) for key in CHIPS), *saved]


def test_of(deps: Deps, viewer: Viewer, condition: Condition) -> LeadTest:
    """What a condition means for the viewer now."""
    zone = zone_of(viewer.rep.timezone if viewer.rep else None, viewer.workspace.timezone)
    names_source = any(term.field == "source" for term in terms_of(condition))
    sources = present_names(deps.store.of(viewer.workspace.id).sources.all()) if names_source else {}
    return lowered(condition, ConditionContext(viewer.workspace, deps.now(), zone, viewer.rep.id if viewer.rep else None, sources))


def query_of_list(deps: Deps, viewer: Viewer, found: LeadList) -> LeadQuery:
    """The query of a list for the viewer: narrowed to the leads that the viewer sees."""
    return LeadQuery(test=test_of(deps, viewer, parsed(found.condition)), visible_to=scope(viewer))


def count_of_list(deps: Deps, viewer: Viewer, found: LeadList) -> int:
    """How many leads of the list the viewer sees, `MOST_COUNTED` + 1 at most."""
    return deps.store.of(viewer.workspace.id).leads.count_of(query_of_list(deps, viewer, found), most=MOST_COUNTED + 1)


def chip_counts(deps: Deps, viewer: Viewer) -> dict[str, int]:
    """By key, how many leads of each list that every workspace has the viewer sees, `MOST_COUNTED` + 1 at most."""
    return {key: count_of_list(deps, viewer, chip_list(viewer.workspace, key)) for key in CHIPS}


def in_words(deps: Deps, viewer: Viewer, condition: Condition) -> str:
    """The condition as a sentence with the names of reps and stages, and of leads and companies that the viewer may see."""
    workspace = viewer.workspace
    here = deps.store.of(workspace.id)

    def name_of(field: str, value: str) -> str:
        if field == "owner":
            rep = here.reps.find(value) if value not in (ME, NO_OWNER) else None
            return rep.name if rep else {ME: "me", NO_OWNER: "no one"}.get(value, "a former rep")
        if field == "referred_by":
            return _referrer_name(here, viewer, value)
        if field == "buying_role":
            return BUYING_ROLES.get(value, value)
        return workspace.stage_name(value) if field == "stage" else value

    return describe(condition, name_of)


def _referrer_name(here: WorkspaceStore, viewer: Viewer, key: str) -> str:
    kind, _, record = key.partition(":")
    if kind == "lead" and is_id(record):
        lead = here.leads.find(record)
        return lead.name if lead and visibility.may_see(viewer, lead) else "a lead"
    if kind == "company" and is_id(record):
        company = here.companies.find(record)
        is_seen = company and visibility.may_see_company(viewer, here.leads.owners_by_company([record])[record])
        return company.name if company and is_seen else "a company"
    return key


def _changeable(deps: Deps, viewer: Viewer, key: str) -> LeadList:
    found = visible_list(deps, viewer, key)
    if key in CHIPS:
        raise Forbidden("this list is built in and cannot be changed; save another one")
    if not visibility.may_change_list(viewer, found):
        raise Forbidden("only its owner and admins may change this list")
    return found


def _checked(deps: Deps, workspace: Workspace, values: dict[str, Any]) -> dict[str, Any]:
    kept = dict(values)
    if "name" in kept:
        kept["name"] = checks.line("name", kept["name"], longest=_LONGEST_NAME)
    if "condition" in kept:
        kept["condition"] = plain(with_ids(deps, workspace, kept["condition"]))
    if "sort" in kept and kept["sort"].removeprefix("-") not in SORTS:
        raise Invalid("sort", f"must be one of {', '.join(SORTS)}, with a minus in front to turn it round")
    if "columns" in kept:
        kept["columns"] = _columns(kept["columns"])
    return kept


def _columns(names: Iterable[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(names))
    if any(name not in COLUMNS and not name.startswith("custom.") for name in kept):
        raise Invalid("columns", f"must be some of {', '.join(COLUMNS)}, custom.NAME")
    return kept


def with_ids(deps: Deps, workspace: Workspace, condition: Condition) -> Condition:
    """The condition with ids of stages and reps in place of names and addresses. Raises Invalid for an unknown one."""
    here = deps.store.of(workspace.id)

    def stage(text: str) -> str:
        found = workspace.stage_named(text)
        if found is None:
            raise Invalid("condition", f"“{text[:60]}” is not a stage of this workspace")
        return found.id

    def owner(text: str) -> str:
        if text in (ME, NO_OWNER):
            return text
        rep = here.reps.find(text) or here.reps.by_email(text)
        if rep is None:
            raise Invalid("condition", f"“{text[:60]}” is not a rep of this workspace")
        return rep.id

    def resolved(term: ConditionTerm) -> ConditionTerm:
        read = {"stage": stage, "owner": owner}.get(term.field)
        if read is None or isinstance(term.value, bool):
            return term
        texts = tuple(read(text) for text in texts_of_value(term.value))
        return ConditionTerm(term.field, term.comparison, texts if isinstance(term.value, tuple) else texts[0])

    return with_terms(condition, resolved)
