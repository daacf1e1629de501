"""Leads in sequences: added, taken out, and continued by a person. Used by console, API and automations."""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.mail.automatic import replied_at
from tracker.actions.mail_queue.outbox import send_message
from tracker.actions.outreach.merged_enrolments import release
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.domain.outreach.sequence import OPEN_ENROLMENTS, Enrolment, EnrolmentState, Sequence, StepRun, StepState
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.outreach.merged import steps_of
from tracker.rules.outreach.progress import begun_step, emails_of, next_step
from tracker.rules.outreach.step_times import LOOK_AGAIN, first_look
from tracker.rules.outreach.stops import end_of_sequence
from tracker.rules.visibility import Viewer, may_enrol, may_see, scope

MOST_AT_ONCE = 1_000
_S = EnrolmentState


def enrolment_id(sequence: str, lead: str) -> str:
    """The id of a lead in a sequence."""
    return id_of(sequence, lead)


def enrol(deps: Deps, workspace: Workspace, sequence: Sequence, lead: str, *, rep: str | None, cause: str = "") -> Enrolment:
    """Adds a lead. One that was in it before goes on after the last step it had. Raises NotFound, Invalid, Conflict."""
    here, now = deps.store.of(workspace.id), deps.now()
    found = here.leads.get(lead)
    sender = here.reps.find(found.owner) if found.owner else None
    if reason := end_of_sequence(sequence, now, found, sender, replied_at(deps, workspace.id, found.id), workspace):
        raise Invalid("lead", f"cannot be added: {reason[:1].lower()}{reason[1:]}")
    before = [one for one in here.enrolments.of_lead(found.id) if one.sequence == sequence.id]
    if any(one.state in OPEN_ENROLMENTS for one in before):
        raise Conflict("this lead is in the sequence already")
    key = enrolment_id(sequence.id, found.id)
    former = next((one for one in before if one.id == key), None)
    made = Enrolment(
        id=key,
        workspace=workspace.id,
        sequence=sequence.id,
        lead=found.id,
        rep=rep,
        cause=cause,
        enrolled_at=now,
        counted_from=now,
        steps=former.steps if former else {},
    )
    made = msgspec.structs.replace(made, steps=made.steps | steps_of(before, made))
    step = next_step(sequence, made)
    if step is None:
        raise Conflict("this lead had every step of the sequence")
    zone = zone_of(sender.timezone if sender else None, workspace.timezone)
    made = msgspec.structs.replace(made, due_at=first_look(now, step, workspace.working_hours, zone))
    if former is None:
        if not here.enrolments.add_once(made):
            raise Conflict("this lead is in the sequence already")
        return made
    fresh = {name: getattr(made, name) for name in ("rep", "cause", "enrolled_at", "counted_from", "due_at", "steps")}
    if not here.enrolments.advance(made.id, (former.state,), state=_S.ACTIVE, reason="", ended_at=None, **fresh):
        raise Conflict("this lead is in the sequence already")
    return made


def enrol_many(deps: Deps, viewer: Viewer, sequence: Sequence, leads: Iterable[str], *, rep: str | None) -> Mapping[str, str]:
    """Adds those leads that the viewer may write to; by lead, why it was not added, or empty. Raises Invalid for too many."""
    wanted = list(dict.fromkeys(leads))
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise Invalid("leads", f"must be 1 to {MOST_AT_ONCE:,}")
    known, results = deps.store.of(viewer.workspace.id).leads.by_ids(wanted), dict[str, str]()
    reasons: dict[str, str] = {}
    for lead in wanted:
        found = known.get(lead)
        if found is None or not may_see(viewer, found):
            results[lead] = "There is no such lead"
        elif not may_enrol(viewer, found):
            results[lead] = "The lead has another owner"
        else:
            reasons[found.id] = reasons[found.id] if found.id in reasons else _tried(deps, viewer.workspace, sequence, found.id, rep)
            results[lead] = reasons[found.id]
    return results


def _tried(deps: Deps, workspace: Workspace, sequence: Sequence, lead: str, rep: str | None) -> str:
    try:
        enrol(deps, workspace, sequence, lead, rep=rep)
    except (Invalid, Conflict, NotFound) as error:
        text = str(error).removeprefix("cannot be added: ")
        return text[:1].upper() + text[1:]
    return ""


def visible_enrolment(deps: Deps, viewer: Viewer, enrolment: str) -> tuple[Enrolment, Lead]:
    """An enrolment whose lead the viewer may write to, with the lead. Raises NotFound."""
    here = deps.store.of(viewer.workspace.id)
    found = here.enrolments.get(enrolment)
    lead = here.leads.find(found.lead)
    if lead is None or not may_see(viewer, lead) or not may_enrol(viewer, lead):
        raise NotFound("no such enrolment")
    return found, lead


def counts_for(deps: Deps, viewer: Viewer) -> dict[str, dict[str, int]]:
    """By sequence and state, how many leads there are of those that the viewer sees."""
    here = deps.store.of(viewer.workspace.id)
    if scope(viewer) is None:
        return here.enrolments.counts()
    found: dict[str, Counter[str]] = {}
    places = here.enrolments.places()
    while batch := list(itertools.islice(places, MOST_AT_ONCE)):
        known = here.leads.contacts({lead for _, _, lead in batch})
        for sequence, state, lead in batch:
            if may_see(viewer, known.get(lead)):
                found.setdefault(sequence, Counter())[state] += 1
    return {sequence: dict(counts) for sequence, counts in found.items()}


def take_out(deps: Deps, workspace: str, enrolment: str, reason: str) -> None:
    """Stops it; nothing more is sent, also of what waits in the mail queue. Raises Conflict where it ended already."""
    values = {"state": _S.STOPPED, "reason": reason, "due_at": None, "ended_at": deps.now()}
    here = deps.store.of(workspace).enrolments
    if not here.advance(enrolment, OPEN_ENROLMENTS, **values):
        raise Conflict("this lead is in the sequence no more")
    release(deps, workspace, here.get(enrolment))


def go_on(deps: Deps, workspace: Workspace, found: Enrolment, sender: Rep | None) -> None:
    """Continues a parked one with the step after the one that could not be carried out. Raises NotFound, Conflict."""
    here, now = deps.store.of(workspace.id), deps.now()
    sequence = here.sequences.get(found.sequence)
    if found.state is not _S.PARKED:
        raise Conflict("this lead does not wait for a person")
    if begun := begun_step(sequence, found):
        here.enrolments.save_step(found.id, begun.id, StepRun(state=StepState.SKIPPED, at=now, reason=found.reason))
        found = here.enrolments.get(found.id)
    elif emails := emails_of(sequence, found):
        _accept_failure(deps, found, emails[-1])
    zone = zone_of(sender.timezone if sender else None, workspace.timezone)
    step = next_step(sequence, found)
    due = first_look(now, step, workspace.working_hours, zone) if step else now
    here.enrolments.advance(found.id, (_S.PARKED,), state=_S.ACTIVE, reason="", counted_from=now, due_at=due)


def _accept_failure(deps: Deps, found: Enrolment, message: str) -> None:
    """The failed email counts as left out, so that it parks the lead no more."""
    key = next(key for key, run in found.steps.items() if run.record == message)
    run = StepRun(state=StepState.SKIPPED, at=found.steps[key].at, reason=found.reason)
    deps.store.of(found.workspace).enrolments.save_step(found.id, key, run)


def try_again(deps: Deps, workspace: Workspace, found: Enrolment) -> None:
    """Sends the email again that failed or was interrupted, as a person asks for. Raises Conflict, Invalid, NotFound, DeliveryError."""
    here, now = deps.store.of(workspace.id), deps.now()
    sequence = here.sequences.get(found.sequence)
    if found.state is not _S.PARKED:
        raise Conflict("this lead does not wait for a person")
    is_begun, emails = begun_step(sequence, found) is not None, emails_of(sequence, found)
    # Active first: an email of a lead that was taken out is not sent.
    here.enrolments.advance(found.id, (_S.PARKED,), state=_S.ACTIVE, reason="", due_at=now if is_begun else now + LOOK_AGAIN)
    if not is_begun and emails:
        send_message(deps, workspace.id, emails[-1])
        sender = here.messages.get(emails[-1]).rep
        rep = here.reps.find(sender) if sender else None
        step = next_step(sequence, found)
        due = first_look(now, step, workspace.working_hours, zone_of(rep.timezone if rep else None, workspace.timezone)) if step else now
        here.enrolments.advance(found.id, (_S.ACTIVE,), counted_from=now, due_at=due)
