"""Undoes what an automation did with one lead, within a day and while no one changed the same fields since."""

from contextlib import suppress
from datetime import timedelta

import msgspec

from tracker.actions.automations.effects import effect_id
from tracker.actions.changes.undo import undo
from tracker.actions.deps import Deps
from tracker.actions.mail.automatic import was_undone
from tracker.actions.outreach.enrolments import take_out
from tracker.base.errors import Conflict, NotFound
from tracker.domain.mail.message import WAITING
from tracker.domain.outreach.sequence import OPEN_ENROLMENTS
from tracker.domain.pipeline.automation import OUTSIDE, AutomationEntry, AutomationState
from tracker.domain.pipeline.automation_effect import EffectState

WINDOW = timedelta(days=1)
_WHY = "The automation that added it was undone"


def undo_entry(deps: Deps, workspace: str, entry: str, *, actor: str | None) -> AutomationEntry:
    """Restores the lead, its stage and its tasks, and stops what waits, sequences too; alerts stay. One that was interrupted is completed. Raises NotFound; Conflict where that is not possible, with the reason."""
    here = deps.store.of(workspace)
    found = here.automation_log.get(entry)
    if found.state is AutomationState.DONE:
        _restore(deps, workspace, found, actor)
    elif found.state is not AutomationState.UNDONE or not _sequences_begun(deps, workspace, found):
        raise Conflict("there is nothing to undo")
    undone = msgspec.structs.replace(found, state=AutomationState.UNDONE)
    here.automation_log.finish(undone)
    for one in _sequences_begun(deps, workspace, found):
        with suppress(Conflict):
            take_out(deps, workspace, one, _WHY)
        here.enrolments.change_held(one, reason=_WHY, due_at=None)  # also where the merge is taken back
    return undone


def _restore(deps: Deps, workspace: str, found: AutomationEntry, actor: str | None) -> None:
    """Undoes what the entry changed in the lead, unless that was done already. Raises Conflict where it cannot be undone."""
    try:
        report = undo(deps, workspace, found.id, actor=actor, may_see=lambda _: True, window=WINDOW)
    except NotFound:
        if deps.now() - found.at > WINDOW or not _waits_outside(deps, workspace, found):
            raise Conflict("it can be undone for a day; this is older, or it only alerted") from None
    except Conflict:
        if not was_undone(deps, found):
            raise
    else:
        if not report.restored:
            raise Conflict(next(iter(report.refused.values()), "it cannot be undone any more"))


def _sequences_begun(deps: Deps, workspace: str, entry: AutomationEntry) -> list[str]:
    """The lead in sequences that the entry added it to, also where it goes on only once a merge is taken back."""
    found = deps.store.of(workspace).enrolments.of_lead(entry.lead)
    return [one.id for one in found if one.cause == entry.id and (one.state in OPEN_ENROLMENTS or one.is_held)]


def _waits_outside(deps: Deps, workspace: str, entry: AutomationEntry) -> bool:
    """Whether an email, also in the mail queue, an event or a sequence still waits or goes on; it ends once the entry is undone."""
    if _sequences_begun(deps, workspace, entry):
        return True
    here = deps.store.of(workspace)
    found = here.automation_effects.by_ids(effect_id(entry.id, kind) for kind in OUTSIDE)
    if any(one.state is EffectState.WAITING for one in found.values()):
        return True
    return any(one.state in WAITING for one in here.messages.by_ids(found).values())
