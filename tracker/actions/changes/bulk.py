"""One edit of many leads. Each lead is changed as a whole or not at all, and none that the caller may not see."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.changes.plans import AT_ONCE, TRIES, Plan, carry_out, row_of
from tracker.actions.changes.values import differences
from tracker.actions.changes.words import field_name
from tracker.actions.deps import Deps
from tracker.actions.leads.leads import OF_ADDRESS
from tracker.actions.leads.lookups import LeadLookups
from tracker.actions.pipeline import stages, tasks
from tracker.actions.pipeline.board_totals import count_now
from tracker.actions.pipeline.required_fields import check_required
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.leads.qualification import as_customer
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.task import Task
from tracker.domain.workspace.stage import Stage
from tracker.domain.workspace.workspace import Workspace
from tracker.store.leads.lead_query import LeadQuery

MOST_LEADS = 10_000
_HIDDEN = "There is no such lead"
_BUSY = "This lead is being changed by other requests"


class BulkResult(StrEnum):
    """What a change of many leads did to one of them. Part of the API."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkEdit:
    """What to set on every lead. Fields that are not in `given` stay."""

    given: frozenset[str]
    owner: str | None = None
    stage: str | None = None
    lost_reason: str | None = None
    source: str | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    next_action: NextAction | None = None
    """None completes the next action."""
    archive: bool = False
    """Whether to archive the leads, or else to restore them."""
    use_new_email: bool = False
    """Whether each lead gets the other address that was named for it (`Lead.new_email`)."""


@dataclass(slots=True)
class BulkReport:
    """The result for each lead, in the order asked for, with the reason where it was refused; and the id to undo it with."""

    change: str | None = None
    results: dict[str, tuple[BulkResult, str]] = field(default_factory=dict)

    def count(self, result: BulkResult) -> int:
        """How many leads have this result."""
        return sum(one is result for one, _ in self.results.values())


def leads_of(deps: Deps, workspace: Workspace, query: LeadQuery, *, field: str) -> list[str]:
    """The leads that match, for `edit_leads`. Raises Invalid at `field` where more match than can be changed at once."""
    found = deps.store.of(workspace.id).leads.ids_of(query, most=MOST_LEADS + 1)
    if len(found) > MOST_LEADS:
        raise Invalid(field, f"matches more than {MOST_LEADS:,} leads; narrow it")
    return found


def edit_leads(
    deps: Deps, workspace: Workspace, leads: Sequence[str], edit: BulkEdit, *, actor: str | None, may_see: Callable[[Lead], bool]
) -> BulkReport:
    """Changes up to 10,000 leads in batches. Raises Invalid, before anything is changed."""
    if len(leads) > MOST_LEADS:
        raise Invalid("leads", f"must have at most {MOST_LEADS:,} entries")
    if not edit.given:
        raise Invalid("set", "must name at least one field")
    planner = _Planner(deps, workspace, edit, actor)
    wanted, report, change = list(dict.fromkeys(leads)), BulkReport(), new_id()
    for start in range(0, len(wanted), AT_ONCE):
        _edit_batch(deps, workspace.id, wanted[start : start + AT_ONCE], planner, report, change, may_see)
    report.results = {lead: report.results[lead] for lead in wanted}
    if report.count(BulkResult.CHANGED):
        report.change = change
        count_now(deps, workspace.id)
    return report


def _edit_batch(
    deps: Deps, workspace: str, leads: Sequence[str], planner: "_Planner", report: BulkReport, change: str, may_see: Callable[[Lead], bool]
) -> None:
    here, pending = deps.store.of(workspace), list(leads)
    for _ in range(TRIES):
        now = deps.now()
        found = here.leads.by_ids(pending)
        planner.read(pending, found.values())
        plans = []
        for lead in pending:
            one = found.get(lead)
            if one is None or not may_see(one):
                report.results[lead] = (BulkResult.REFUSED, _HIDDEN)
                continue
            try:
                plan = planner.plan(one, now)
            except Invalid as error:
                report.results[lead] = (BulkResult.REFUSED, _sentence(error))
                continue
            if plan is None:
                report.results[lead] = (BulkResult.UNCHANGED, "")
            else:
                plans.append(plan)
        done = carry_out(deps, workspace, plans, now, planner.actor)
        here.changes.add_many(row_of(plan, change, planner.actor, now, "bulk") for plan in plans if plan.lead.id in done)
        report.results |= dict.fromkeys(done, (BulkResult.CHANGED, ""))
        pending = [plan.lead.id for plan in plans if plan.lead.id not in done]
        if not pending:
            return
    report.results |= dict.fromkeys(pending, (BulkResult.REFUSED, _BUSY))


class _Planner:
    """Checks an edit once, and plans it for each lead."""

    def __init__(self, deps: Deps, workspace: Workspace, edit: BulkEdit, actor: str | None) -> None:
        self._deps, self._workspace, self._edit = deps, workspace, edit
        self.actor = actor or stages.API
        self._values = LeadLookups(deps, workspace).resolve({n: getattr(edit, n) for n in ("owner", "source") if n in edit.given})
        self._stage: Stage | None = None
        self._reason: str | None = None
        if "stage" in edit.given:
            self._stage = stages.check_stage(workspace, edit.stage or "", edit.lost_reason)
            self._reason = checks.optional_line("lost_reason", edit.lost_reason, longest=500)
        self._added = checks.tags("add_tags", edit.add_tags)
        self._removed = {tag.casefold() for tag in edit.remove_tags}
        self._action = tasks.checked_action(edit.next_action, deps.now()) if edit.next_action else None
        self._open: dict[str, list[Task]] = {}
        self._taken: Collection[str] = ()

    def read(self, leads: Sequence[str], found: Iterable[Lead]) -> None:
        """Reads what the plans of these leads need besides the leads."""
        if "next_action" in self._edit.given:
            self._open = self._deps.store.of(self._workspace.id).tasks.open_of_leads(leads)
        if self._edit.use_new_email:
            named = [lead.new_email for lead in found if lead.new_email]
            self._taken = self._deps.store.of(self._workspace.id).leads.by_emails(named).keys()

    def plan(self, lead: Lead, now: datetime) -> Plan | None:
        """What to change of the lead; None for nothing. Raises Invalid for what this lead does not allow."""
        values: dict[str, Any] = dict(self._values)
        if values.get("owner", lead.owner) != lead.owner:
            values["owner_since"] = now
        if {"add_tags", "remove_tags"} & self._edit.given:
            values["tags"] = checks.tags("tags", tuple(self._tags(lead)))
        if "archive" in self._edit.given and self._edit.archive != (lead.archived_at is not None):
            values["archived_at"] = now if self._edit.archive else None
        if self._edit.use_new_email:
            values |= self._new_email(lead)
        move = self._move(lead, now)
        if move and self._stage:
            check_required(self._workspace, self._stage, lead.fields)
            values |= {"stage": move.stage, "stage_since": now, "lost_reason": self._reason if self._stage.kind == "lost" else None}
            if self._stage.kind == "won":
                values["categories"] = as_customer(lead.categories)
        task = self._task(lead, now)
        if "next_action" in self._edit.given:
            values["next_action"] = self._next(lead)
        after = msgspec.structs.replace(lead, **values)
        fields = differences(lead, after, [name for name in values if name not in ("stage_since", "lost_reason", "owner_since")])
        if not fields and task is None:
            return None
        return Plan(lead=lead, values=values, fields=fields, move=move, task=task)

    def _new_email(self, lead: Lead) -> dict[str, Any]:
        if lead.new_email is None or lead.new_email_at is None:
            return {}
        if mailbox_key(lead.new_email) in self._taken:
            raise Invalid("email", "is another lead’s by now; merge the two")
        return {**OF_ADDRESS, "email": checks.email("email", lead.new_email)}

    def _tags(self, lead: Lead) -> Iterator[str]:
        yield from (tag for tag in lead.tags if tag.casefold() not in self._removed)
        yield from self._added

    def _move(self, lead: Lead, now: datetime) -> Move | None:
        if self._stage is None or self._stage.id == lead.stage:
            return None
        return Move(
            id=new_id(),
            workspace=lead.workspace,
            lead=lead.id,
            before=lead.stage,
            stage=self._stage.id,
            at=now,
            actor=self.actor,
            reason=self._reason,
        )

    def _task(self, lead: Lead, now: datetime) -> tuple[Task | None, Task | None] | None:
        """As `set_next_action`: changes the earliest open task, adds one, or completes it."""
        if "next_action" not in self._edit.given:
            return None
        current = next(iter(self._open.get(lead.id, [])), None)
        if self._action is None:
            return (current, msgspec.structs.replace(current, done_at=now)) if current else None
        if current:
            new = msgspec.structs.replace(current, text=self._action.text, due=self._action.due)
            return (current, new) if new != current else None
        rep = lead.owner if self._edit.owner is None else self._values["owner"]
        added = Task(
            id=new_id(), workspace=lead.workspace, lead=lead.id, text=self._action.text, due=self._action.due, rep=rep, created_at=now
        )
        return (None, added)

    def _next(self, lead: Lead) -> NextAction | None:
        """The lead's next action after the edit: the given one, or the next open task."""
        if self._action is not None:
            return self._action
        following = self._open.get(lead.id, [])[1:]
        return NextAction(following[0].text, following[0].due) if following else None


def _sentence(error: Invalid) -> str:
    name = field_name(error.field)
    return f"{name[:1].upper()}{name[1:]} {error}"
