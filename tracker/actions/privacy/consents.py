"""Consent decisions: recorded with their proof by reps, programs and imports, and by workers.drain for leads themselves."""

import logging
from datetime import datetime

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.privacy.recording import resume_recording, stop_recording
from tracker.base.errors import Conflict
from tracker.base.ids import id_of, new_id
from tracker.domain.leads.consent import LEAD, Consent, ConsentRecord, ConsentState
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.tracking import Tracking
from tracker.rules.consent import allowed, is_repetition, may_replace

log = logging.getLogger(__name__)

BY_LINK = "email link"
"""How a lead decides on the tracking-choice page."""
_LONGEST_HOW = 60
_LONGEST_WORDING = 5_000


def set_consent(deps: Deps, workspace: str, lead: str, *, state: str, how: str, wording: str | None = None, by: str) -> Lead:
    """Records what a lead allows. `how`: where it was said, such as `form`; `wording`: the text shown; `by`: a rep's id or `api`.

    The lead's own refusal stays the lead's own when it is recorded once more. Raises NotFound, Invalid, and Conflict for `unknown` or
    `exempt` after it.
    """
    here, now = deps.store.of(workspace), deps.now()
    former = here.leads.get(lead).tracking_consent
    decided = Consent(
        state=ConsentState(checks.one_of("state", state, tuple(ConsentState))),
        at=now,
        how=checks.line("how", how, longest=_LONGEST_HOW),
        wording=checks.words("wording", wording, longest=_LONGEST_WORDING) if wording and wording.strip() else None,
        by=by,
    )
    if not may_replace(former, decided.state):
        raise Conflict("this lead refused tracking; only the lead can allow it again")
    _record(deps, workspace, lead, new_id(), decided)
    return here.leads.get(lead)


def record_choice(deps: Deps, workspace: str, lead: str, *, record: str, state: str, at: datetime, wording: str | None) -> None:
    """Records what a lead chose on the tracking-choice page. Safe to repeat, and in any order: the latest choice counts."""
    found = deps.store.of(workspace).leads.own(lead)
    if found is None or state not in (ConsentState.GRANTED, ConsentState.REFUSED):
        return
    present = found.tracking_consent
    if is_repetition(present, ConsentState(state), at):
        _apply(deps, found)  # chosen before: the first proof stands, but a crash may have come between
        return
    decided = Consent(state=ConsentState(state), at=at, how=BY_LINK, wording=wording, by=LEAD)
    _record(deps, workspace, lead, record, decided)


def record_import(deps: Deps, lead: Lead, decided: Consent) -> bool:
    """Records a state from an imported file; returns whether it did. A refusal is never overturned, also not one of this moment."""
    return _record(deps, lead.workspace, lead.id, new_id(), decided, is_refusal_kept=True)


def record_form_consent(deps: Deps, lead: Lead, *, event: str, at: datetime, how: str, wording: str) -> None:
    """Records that the lead ticked the box of a form. Safe to repeat: the record's id follows from the event; a later decision stands."""
    decided = Consent(state=ConsentState.GRANTED, at=at, how=how, wording=wording, by=LEAD)
    record = id_of("form consent", lead.id, event)
    _record(deps, lead.workspace, lead.id, record, decided, event=event)
    deps.store.of(lead.workspace).consents.set_void(record, None)  # it may have been void meanwhile


def restore_consent(deps: Deps, lead: Lead, restored: Consent) -> None:
    """Sets what the lead allowed before a consent that turned out to be void. Safe to repeat."""
    here = deps.store.of(lead.workspace)
    _apply(deps, msgspec.structs.replace(lead, tracking_consent=restored))  # before the state, by which a repetition finds the lead
    if not here.leads.restore_tracking(lead.id, lead.tracking_consent, restored):
        _apply_present(deps, lead.workspace, lead.id)  # it was decided anew meanwhile


def _record(
    deps: Deps, workspace: str, lead: str, record: str, decided: Consent, *, event: str | None = None, is_refusal_kept: bool = False
) -> bool:
    """The proof first, so that a lead's state never lacks it. Returns whether the state is the lead's now."""
    here = deps.store.of(workspace)
    here.consents.add_once(ConsentRecord(id=record, workspace=workspace, lead=lead, consent=decided, recorded_at=deps.now(), event=event))
    is_decided = here.leads.decide_tracking(lead, decided, is_refusal_kept=is_refusal_kept)
    if is_decided:
        _apply_present(deps, workspace, lead)
    return is_decided


def _apply_present(deps: Deps, workspace: str, lead: str) -> None:
    found = deps.store.of(workspace).leads.own(lead)
    if found is None:
        stop_recording(deps, workspace, lead)
    else:
        _apply(deps, found)


def _apply(deps: Deps, lead: Lead) -> None:
    """What follows from a decision outside the lead; safe to repeat. Where nothing may be tracked now, that covers mail sent before."""
    is_off = allowed(lead, deps.store.workspaces.get(lead.workspace).tracking_policy).degree is Tracking.OFF
    (stop_recording if is_off else resume_recording)(deps, lead.workspace, lead.id)
    log.info("tracking consent decided", extra={"workspace": lead.workspace, "lead": lead.id, "state": lead.tracking_consent.state.value})
