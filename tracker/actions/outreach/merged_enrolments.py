"""Leads in a sequence that are merged: one of them goes on, with the steps of all; taken back, each goes on by itself. Called by runs."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.domain.outreach.sequence import OPEN_ENROLMENTS, Enrolment, EnrolmentState
from tracker.rules.outreach.merged import MERGED_AWAY, first_of, steps_of

AT_ONCE = 1_000
_LOOK_AGAIN, _DAY = timedelta(minutes=10), timedelta(days=1)
_S = EnrolmentState


def settle_merged(deps: Deps, workspace: str, found: Sequence[Enrolment], now: datetime) -> list[Enrolment]:
    """Ends all but one enrolment of leads that are one by now; those of `found` that are left, as they are then. Safe to repeat."""
    here = deps.store.of(workspace)
    kept = here.leads.kept_ids({one.lead for one in found})
    merged = {lead for other, lead in here.leads.ids_with_merged(set(kept.values())).items() if other != lead}
    wanted = {(one.sequence, kept[one.lead]) for one in found if kept[one.lead] in merged}
    for lead in {lead for _, lead in wanted}:
        known = here.enrolments.of_lead(lead)
        for sequence in {sequence for sequence, owner in wanted if owner == lead}:
            _keep_one(deps, [one for one in known if one.sequence == sequence], lead, now)
    lost = _lost_steps(deps, workspace, found)
    for enrolment, step, of in lost:
        here.enrolments.drop_step(enrolment, step, of)
    if not lost and not wanted:
        return list(found)
    fresh = here.enrolments.by_ids(one.id for one in found)
    return [fresh[one.id] for one in found if one.id in fresh and fresh[one.id].state in OPEN_ENROLMENTS]


def _lost_steps(deps: Deps, workspace: str, found: Sequence[Enrolment]) -> list[tuple[str, str, str]]:
    """Steps that came from leads which are not merged with the lead any more: the enrolment, the step, and the enrolment it is from."""
    given = {run.of for one in found for run in one.steps.values() if run.of}
    if not given:
        return []
    here = deps.store.of(workspace)
    others = here.enrolments.by_ids(given)
    kept = here.leads.kept_ids({*(one.lead for one in others.values()), *(one.lead for one in found)})
    their = {key: kept[one.lead] for key, one in others.items()}
    return [(one.id, key, run.of) for one in found for key, run in one.steps.items() if run.of and their.get(run.of) != kept[one.lead]]


def let_go_on(deps: Deps, workspace: str, now: datetime) -> None:
    """Continues those that ended because of a merge which was taken back. The others are looked at again later, the older the merge the later. Safe to repeat."""
    here = deps.store.of(workspace)
    held = here.enrolments.held(now, AT_ONCE)
    kept = here.leads.kept_ids({one.lead for one in held})
    for one in held:
        alike = [other for other in here.enrolments.of_lead(one.lead) if other.sequence == one.sequence]
        first = first_of(alike, kept[one.lead])
        is_on = one.state is _S.STOPPED or _lost_steps(deps, workspace, [one])  # which are removed when it is looked at next
        if first is not None and first.id == one.id and is_on:
            here.enrolments.change_held(one.id, state=_S.ACTIVE, reason="", due_at=now, ended_at=None)
        else:
            waited = now - (one.ended_at or now)
            here.enrolments.change_held(one.id, due_at=now + min(max(_LOOK_AGAIN, waited / 20), _DAY))


def release(deps: Deps, workspace: str, ended: Enrolment) -> None:
    """A person took the lead out: those that it was merged with do not go on either, whatever becomes of the merge."""
    here = deps.store.of(workspace).enrolments
    for one in here.of_lead(ended.lead):
        if one.sequence == ended.sequence and one.is_held:
            here.change_held(one.id, due_at=None)


def _keep_one(deps: Deps, found: Sequence[Enrolment], lead: str, now: datetime) -> None:
    first = first_of(found, lead)
    if first is None:
        return
    here, others = deps.store.of(first.workspace).enrolments, [one for one in found if one.id != first.id]
    for key, run in steps_of(others, first).items():
        here.save_step(first.id, key, run)
    for one in others:
        values = {"state": _S.STOPPED, "reason": MERGED_AWAY, "due_at": now, "ended_at": now}
        here.advance(one.id, OPEN_ENROLMENTS, **values)
