"""Undoes what an automation did with one lead, within a day and while no one changed the same fields since."""

from contextlib import suppress
from datetime import timedelta

import msgspec

from tracker.actions.automations.effects import effect_id
from tracker.actions.changes.undo import undo
from tracker.actions.deps import Deps
from tracker.actions.outreach.enrolments import take_out
from tracker.base.errors import Conflict, NotFound
from tracker.domain.mail.message import WAITING
from tracker.domain.outreach.sequence import OPEN_ENROLMENTS
from tracker.domain.pipeline.automation import OUTSIDE, AutomationEntry, AutomationState
from tracker.domain.pipeline.automation_effect import EffectState

WINDOW = timedelta(days=1)


def undo_entry(deps: Deps, workspace: str, entry: str, *, actor: str | None) -> AutomationEntry:
    """Restores the lead, its stage and its tasks, and stops what waits, sequences too; alerts stay. Raises NotFound; Conflict where that is not possible, with the reason."""
    ledger = deps.store.of(workspace).automation_log
    found = ledger.get(entry)
    if found.state is not AutomationState.DONE:
        raise Conflict("there is nothing to undo")
    try:
        report = undo(deps, workspace, entry, actor=actor, may_see=lambda _: True, window=WINDOW)
    except NotFound:
        if deps.now() - found.at > WINDOW or not _waits_outside(deps, workspace, found):
            raise Conflict("it can be undone for a day; this is older, or it only alerted") from None
    else:
        if not report.restored:
            raise Conflict(next(iter(report.refused.values()), "it cannot be undone any more"))
    undone = msgspec.structs.replace(found, state=AutomationState.UNDONE)
    ledger.finish(undone)
    for one in _sequences_begun(deps, workspace, found):
        with suppress(Conflict):
            take_out(deps, workspace, one, "The automation that added it was undone")
    return undone


def _sequences_begun(deps: Deps, workspace: str, entry: AutomationEntry) -> list[str]:
    """The lead in sequences that the entry added it to."""
    found = deps.store.of(workspace).enrolments.of_lead(entry.lead)
    return [one.id for one in found if one.cause == entry.id and one.state in OPEN_ENROLMENTS]


def _waits_outside(deps: Deps, workspace: str, entry: AutomationEntry) -> bool:
    """Whether an email, also in the mail queue, an event or a sequence still waits or goes on; it ends once the entry is undone."""
    if _sequences_begun(deps, workspace, entry):
        return True
    here = deps.store.of(workspace)
    found = here.automation_effects.by_ids(effect_id(entry.id, kind) for kind in OUTSIDE)
    if any(one.state is EffectState.WAITING for one in found.values()):
        return True
    return any(one.state in WAITING for one in here.messages.by_ids(found).values())
