"""Actions on leads: add, change, take ownership."""

from datetime import datetime
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.activity.event_log import changed
from tracker.actions.assignment.assign import Assigner
from tracker.actions.deps import Deps
from tracker.actions.leads.lookups import EMAIL_TAKEN, LeadLookups
from tracker.actions.leads.source_changes import record_source_changes
from tracker.actions.pipeline import stages, tasks
from tracker.actions.pipeline.board_totals import follow
from tracker.actions.pipeline.required_fields import check_required
from tracker.base.errors import Conflict, Taken
from tracker.base.ids import new_id
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.leads.inquiry import MadeByInquiry
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.leads.qualification import as_customer
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace

OF_ADDRESS: dict[str, None] = dict.fromkeys(
    ("bounced_at", "bounce_doubt_at", "bounce_reason", "new_email", "new_email_at", "new_email_how"), None
)
"""What is known of an address ends with it."""
_SEPARATE = {"next_action", "stage", "lost_reason"}


def add_lead(
    deps: Deps,
    workspace: str,
    *,
    email: str,
    name: str,
    actor: str | None = None,
    assigner: Assigner | None = None,
    form: str | None = None,
    made_by: MadeByInquiry | None = None,
    **values: Any,
) -> Lead:
    """Adds a lead. `values` are fields of Lead; `owner` is a rep's id or email address, `next_action` a NextAction.

    `actor` is the rep's id or `api`. `assigner` chooses the owner where there is none; `form` is the one that the lead sent. With
    `created_at`, the lead is imported. Raises Invalid, and Taken if the workspace has a lead with this address.
    """
    now, found = deps.now(), deps.store.workspaces.get(workspace)
    action: NextAction | None = values.pop("next_action", None)
    stage, reason = values.pop("stage", None), values.pop("lost_reason", None)
    created: datetime | None = values.pop("created_at", None)
    born = checks.moment("created_at", created, now) if created else now
    kept = LeadLookups(deps, found).resolve({"email": email, "name": name, **values}) | {
        "made_by": made_by,
        "is_imported": created is not None,
    }
    lead = Lead(id=new_id(), workspace=workspace, stage=found.stages[0].id, created_at=born, updated_at=now, **kept)
    if assigner is not None and created is None:  # what is imported triggers no rules
        lead = assigner.assigned([lead], form)[0]
    if stage is not None:
        lead = _in_stage(found, lead, stage, reason)
    if action is not None:
        action = tasks.checked_action(action, now)
    _add(deps, lead)
    if stage is not None and found.stage_named(stage) != found.stages[0]:
        lead = _moved(deps, lead, stage, reason, actor)
    if action is not None:
        lead = tasks.set_next_action(deps, workspace, lead.id, action, rep=lead.owner)
    changed(deps, workspace, lead.id)
    return lead


def _add(deps: Deps, lead: Lead) -> None:
    try:
        deps.store.of(lead.workspace).leads.add(lead)
    except Conflict:
        raise _taken(deps, lead.workspace, lead.email, EMAIL_TAKEN) from None
    follow(deps, None, lead)


def _in_stage(workspace: Workspace, lead: Lead, stage: str, reason: str | None) -> Lead:
    """The new lead, with the category of a customer if it is won. Raises Invalid where it may not be in that stage."""
    target = stages.check_stage(workspace, stage, reason)
    check_required(workspace, target, lead.fields)
    return msgspec.structs.replace(lead, categories=as_customer(lead.categories)) if target.kind == "won" else lead


def _moved(deps: Deps, lead: Lead, stage: str, reason: str | None, actor: str | None) -> Lead:
    """The new lead in its stage, where it is since it was created."""
    if not lead.is_imported:
        return stages.move_lead(deps, lead.workspace, lead.id, stage, reason=reason, actor=actor, at=lead.created_at)
    stages.log_move(deps, lead.workspace, lead.id, stage, at=lead.created_at, reason=reason, actor=actor)
    return deps.store.of(lead.workspace).leads.get(lead.id)


def change_lead(deps: Deps, workspace: str, lead: str, *, version: int | None = None, actor: str | None = None, **values: Any) -> Lead:
    """Changes the given values; `stage` moves the lead, `next_action` replaces the open one (None completes it).

    Raises NotFound, Invalid, Taken (another lead has the address) and Conflict (`version` is outdated).
    """
    here, now = deps.store.of(workspace), deps.now()
    found = deps.store.workspaces.get(workspace)
    old = here.leads.get(lead)
    kept = LeadLookups(deps, found).resolve({n: v for n, v in values.items() if n not in _SEPARATE}, old)
    stage, reason = values.get("stage"), values.get("lost_reason")
    is_move = stage is not None and found.stage_named(stage) != found.stage(old.stage)
    if stage is not None:
        target = stages.check_stage(found, stage, reason or (None if is_move else old.lost_reason))
        if is_move:
            check_required(found, target, kept.get("fields", old.fields))
            if target.kind == "won":
                kept["categories"] = as_customer(kept.get("categories", old.categories))
    if values.get("next_action") is not None:
        tasks.checked_action(values["next_action"], now)
    if version is not None and old.version != version:
        raise Conflict("it was changed meanwhile; look again")
    if kept or (version is not None and (is_move or "next_action" in values)):  # a repeated value takes no version from others
        old = _saved(deps, old, kept, version, actor or stages.API)
    if is_move:
        old = stages.move_lead(deps, workspace, lead, str(stage), reason=reason, actor=actor)
    if "next_action" in values:
        old = tasks.set_next_action(deps, workspace, lead, values["next_action"], rep=old.owner)
    changed(deps, workspace, lead)
    return old


def _saved(deps: Deps, old: Lead, kept: dict[str, Any], version: int | None, actor: str) -> Lead:
    """The lead with these values, and the next version. Raises Taken, Conflict."""
    here, now = deps.store.of(old.workspace), deps.now()
    owned: dict[str, Any] = {"owner_since": now} if kept.get("owner", old.owner) != old.owner else {}
    if mailbox_key(kept.get("email", old.email)) != mailbox_key(old.email):
        owned |= OF_ADDRESS
    try:
        saved = here.leads.change(old.id, version=version, updated_at=now, **kept, **owned)
    except Conflict:
        if version is not None and here.leads.get(old.id).version != version:
            raise
        raise _taken(deps, old.workspace, kept["email"], "another lead has this email address") from None
    if {"owner", "value"} & kept.keys():
        follow(deps, old, saved)
    record_source_changes(deps, old.workspace, [(old, kept)], actor=actor, at=now)
    return saved


def _taken(deps: Deps, workspace: str, email: str, text: str) -> Taken:
    known = deps.store.of(workspace).leads.by_email(email)
    return Taken(text, kind="lead", record=known.id if known else None)


def take(deps: Deps, workspace: str, lead: str, rep: Rep) -> Lead:
    """Makes the rep the owner of a lead without an owner. Raises Conflict if another rep owns it."""
    here = deps.store.of(workspace)
    found = here.leads.get(lead)
    if found.owner == rep.id:
        return found
    if found.owner is not None:
        owner = here.reps.find(found.owner)
        raise Conflict(f"{owner.name if owner else 'a former rep'} owns this lead already")
    now = deps.now()
    taken = here.leads.change(lead, version=found.version, owner=rep.id, owner_since=now, updated_at=now)
    follow(deps, found, taken)
    changed(deps, workspace, lead)
    return taken
