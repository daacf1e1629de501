"""The lead of an inquiry: the one with the sender's address, or a new one."""

import logging
from collections.abc import Callable
from typing import Any

from tracker.actions.assignment.assign import Assigner
from tracker.actions.deps import Deps
from tracker.actions.leads.fields import validated
from tracker.actions.leads.leads import add_lead
from tracker.base.errors import Invalid, Taken
from tracker.domain.activity.event import Event
from tracker.domain.leads.inquiry import MadeByInquiry
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.sources.touches import source_of, touch_at
from tracker.store.store import WorkspaceStore

log = logging.getLogger(__name__)


def lead_of_form(
    deps: Deps, workspace: Workspace, values: dict[str, str], sent: Event, entry: Event, may_add: Callable[[], bool] = lambda: True
) -> str | None:
    """The id of the lead with the address in `values`, added with the rest of them if there is none; None without an address.

    A lead without an owner gets one by the assignment rules. Nothing else is changed of a lead that exists: anyone can type its address. `entry` is the first page of the visit.
    `may_add`: asked before a new lead is added.
    """
    try:
        email = validated("email", values.get("email", ""))
    except Invalid:
        return None
    here, assigner = deps.store.of(workspace.id), Assigner(deps, workspace)
    known = _with_address(here, email)
    if known is not None:
        assigner.assign_known(known, sent.form)
        return known.id
    if not may_add():
        return None
    touch = touch_at(entry.at, entry.url or "", entry.referrer or "", is_email=entry.landing is not None)
    source, detail = source_of(touch)
    found = _valid({"name": values.get("name") or email.partition("@")[0], "company": values.get("company"), "phone": values.get("phone")})
    try:
        added = add_lead(
            deps,
            workspace.id,
            email=email,
            source=source,
            source_detail=detail,
            assigner=assigner,
            form=sent.form,
            made_by=MadeByInquiry(sent.id),
            **found,
        )
    except (Taken, Invalid):  # added by another process meanwhile
        known = _with_address(here, email)
        return known.id if known else None
    log.info("lead added by a form", extra={"workspace": workspace.id, "lead": added.id, "form": sent.form})
    return added.id


def _with_address(here: WorkspaceStore, email: str) -> Lead | None:
    """The lead to whom the address belongs: of a merged one that lead itself, so that the inquiry goes with it if the merge is taken back."""
    return next(iter(here.leads.addressees([email]).values()), None)


def _valid(values: dict[str, str | None]) -> dict[str, Any]:
    """The values that a lead can have: one that does not fit stays in the inquiry only."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        for text in (value, (value or "")[:60]):
            try:
                kept.setdefault(name, validated(name, text))
            except Invalid:
                continue
    return {"name": "Unknown"} | kept
