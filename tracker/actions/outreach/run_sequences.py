"""Carries out the steps of sequences. Called by the schedule every minute; safe to repeat.

That a step begins is written before anything is stored or sent, under the condition that it never began before. The email and the task of a
step have ids that follow from it. After an interruption, a step that had begun is completed, and nothing is sent twice.
"""

import contextlib
import logging
from collections.abc import Callable
from collections.abc import Sequence as Values
from datetime import datetime

import redis
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.actions.mail.automatic import SEQUENCE, named, replied_at
from tracker.actions.outreach.budget import MailBudget
from tracker.actions.outreach.letters import is_about_settings, send_template
from tracker.actions.outreach.merged_enrolments import let_go_on, settle_merged
from tracker.actions.outreach.step_facts import LeadMail, load_lead_mail
from tracker.actions.pipeline.tasks import add_task, change_task
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.domain.outreach.sequence import (
    OPEN_ENROLMENTS,
    Enrolment,
    EnrolmentState,
    Sequence,
    SequenceStep,
    StepKind,
    StepRun,
    StepState,
)
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.outreach.progress import begun_step, next_step
from tracker.rules.outreach.step_times import LOOK_AGAIN, StepSkip, StepWait, decide_step, first_look
from tracker.rules.outreach.stops import end_of_sequence
from tracker.rules.working_hours import next_day

log = logging.getLogger(__name__)

AT_ONCE = 100
_MOST_BATCHES = 20
_SWEPT = 5_000
_SWEEP_MINUTES = 10
_S = EnrolmentState
_Look = Callable[[Enrolment, Lead | None, LeadMail], object]


def run_sequences(deps: Deps, now: datetime) -> None:
    """Carries out what is due in all workspaces; every ten minutes also looks who has to be taken out, or goes on since a merge was taken back."""
    found = deps.store.due_workspaces
    in_due(deps, found.with_held_enrolments(now), lambda one: let_go_on(deps, one.id, now))
    in_due(deps, found.with_enrolments(now), lambda one: SequenceRun(deps, one, now).carry_out())
    if now.minute % _SWEEP_MINUTES == 0:
        in_due(deps, found.with_open_enrolments(), lambda one: SequenceRun(deps, one, now).sweep())


class SequenceRun:
    """One run in one workspace."""

    def __init__(self, deps: Deps, workspace: Workspace, now: datetime) -> None:
        self._deps, self._workspace, self._now = deps, workspace, now
        self._here = deps.store.of(workspace.id)
        self._sequences: dict[str, Sequence] = {}
        self._reps: dict[str, Rep] = {}
        self._budget: MailBudget | None = None

    def carry_out(self) -> None:
        """Looks at each lead that is due."""
        for _ in range(_MOST_BATCHES):
            due = self._here.enrolments.due(self._now, AT_ONCE)
            if not due:
                return
            if self._budget is None:
                self._load()
                self._budget = MailBudget(self._deps, self._workspace, self._now)
            self._each(due, self._look)

    def sweep(self) -> None:
        """Takes out leads that are not due yet, so that lists tell at once who is still in."""
        found = self._here.enrolments.open_ones(_SWEPT)
        if found:
            self._load()
        for start in range(0, len(found), AT_ONCE):
            self._each(found[start : start + AT_ONCE], self._check)

    def _load(self) -> None:
        self._sequences = {one.id: one for one in self._here.sequences.all()}
        self._reps = {rep.id: rep for rep in self._here.reps.active()}

    def _each(self, found: Values[Enrolment], look: _Look) -> None:
        found = settle_merged(self._deps, self._workspace.id, found, self._now)
        leads = self._here.leads.by_ids(one.lead for one in found)
        mails = load_lead_mail(self._deps, self._workspace.id, found, self._sequences)
        for one in found:
            try:
                look(one, leads.get(one.lead), mails[one.id])
            except (Invalid, Conflict, NotFound) as error:
                if is_about_settings(error):
                    self._wait(one, self._now + LOOK_AGAIN)
                    continue
                text = f"{error.field} {error}" if isinstance(error, Invalid) and error.field in ("template", "rep", "html") else str(error)
                self._park(one, text)
            except (PyMongoError, redis.RedisError, OSError):
                raise
            except Exception as error:
                log.exception("step failed", extra={"enrolment": one.id})
                self._park(one, f"{type(error).__name__}: {error}"[:300])

    def _park(self, one: Enrolment, reason: str) -> None:
        text = reason[:1].upper() + reason[1:]
        self._here.enrolments.advance(one.id, (_S.ACTIVE,), state=_S.PARKED, reason=text, due_at=None, untold_since=self._now)

    def _wait(self, one: Enrolment, until: datetime) -> None:
        self._here.enrolments.advance(one.id, (_S.ACTIVE,), due_at=until)

    def _sender(self, lead: Lead | None) -> Rep | None:
        return self._reps.get(lead.owner) if lead and lead.owner else None

    def _ended(self, one: Enrolment, lead: Lead | None, mail: LeadMail) -> bool:
        """Takes the lead out where something ended its sequence, and parks it where its last email failed; whether it did."""
        sender, replied = self._sender(lead), replied_at(self._deps, self._workspace.id, one.lead)
        reason = end_of_sequence(self._sequences.get(one.sequence), one.enrolled_at, lead, sender, replied, self._workspace)
        if reason:
            self._here.enrolments.advance(one.id, OPEN_ENROLMENTS, state=_S.STOPPED, reason=reason, due_at=None, ended_at=self._now)
            return True
        if one.state is _S.ACTIVE and mail.failure:
            self._park(one, mail.failure)
            return True
        return one.state is not _S.ACTIVE

    def _check(self, one: Enrolment, lead: Lead | None, mail: LeadMail) -> None:
        """Besides `_ended`, continues a parked one whose failed email a person sent again."""
        sequence, sender = self._sequences.get(one.sequence), self._sender(lead)
        if not self._ended(one, lead, mail) or one.state is not _S.PARKED or not (sequence and sender and mail.own) or mail.failure:
            return
        if begun_step(sequence, one) is None and self._here.enrolments.advance(one.id, (_S.PARKED,), state=_S.ACTIVE, reason=""):
            self._follow(one, sequence, sender)

    def _look(self, one: Enrolment, lead: Lead | None, mail: LeadMail) -> None:
        """Carries out the steps of one lead that are due. Raises Invalid, NotFound, Conflict where a person has to decide."""
        if self._ended(one, lead, mail):
            return
        sequence, sender = self._sequences[one.sequence], self._sender(lead)
        if lead is None or sender is None:
            return
        if not sequence.is_on:
            self._wait(one, self._now + LOOK_AGAIN)
        elif begun := begun_step(sequence, one):
            self._complete(one, sequence, begun, lead, sender, mail, one.steps[begun.id].reason)
        elif step := next_step(sequence, one):
            self._decide(one, sequence, step, lead, sender, mail)
        else:
            self._finish(one)

    def _decide(self, one: Enrolment, sequence: Sequence, step: SequenceStep, lead: Lead, sender: Rep, mail: LeadMail) -> None:
        hours, zone = self._workspace.working_hours, zone_of(sender.timezone, self._workspace.timezone)
        found = decide_step(step, one.counted_from, mail.facts, self._now, hours, zone)
        if isinstance(found, StepWait):
            self._wait(one, found.until)
        elif isinstance(found, StepSkip):
            run = StepRun(state=StepState.SKIPPED, at=self._now, reason=found.reason)
            if self._here.enrolments.begin_step(one.id, step.id, run):
                self._follow(one, sequence, sender)
        elif step.kind is StepKind.EMAIL and self._refused(sender, lead, mail):
            self._wait(one, next_day(self._now, hours, zone))
        elif mail.waits_for_first(step):
            self._wait(one, self._now + LOOK_AGAIN)
        elif self._here.enrolments.begin_step(one.id, step.id, StepRun(state=StepState.BEGUN, at=self._now, reason=found.reason)):
            self._complete(one, sequence, step, lead, sender, mail, found.reason)

    def _refused(self, sender: Rep, lead: Lead, mail: LeadMail) -> str:
        return self._budget.refusal(sender, lead.id, mail.messages) if self._budget else ""

    def _complete(
        self, one: Enrolment, sequence: Sequence, step: SequenceStep, lead: Lead, sender: Rep, mail: LeadMail, reason: str
    ) -> None:
        record = id_of(one.id, step.id)
        if step.kind is StepKind.TASK:
            self._add_task(record, step, lead)
        else:
            answers = mail.first_of(sender) if step.is_answer else None
            automatic = named(SEQUENCE, one.id)
            send_template(
                self._deps,
                lead.workspace,
                key=record,
                lead=lead.id,
                rep=sender,
                template=step.template,
                automatic=automatic,
                answers=answers,
            )
            if self._budget:
                self._budget.spend(sender, lead.id)
        run = StepRun(state=StepState.DONE, at=one.steps[step.id].at if step.id in one.steps else self._now, reason=reason, record=record)
        self._here.enrolments.save_step(one.id, step.id, run)
        self._follow(one, sequence, sender)

    def _add_task(self, key: str, step: SequenceStep, lead: Lead) -> None:
        workspace = self._workspace.id
        try:
            add_task(self._deps, workspace, lead=lead.id, text=step.text, due=self._now, rep=lead.owner, key=key)
        except Conflict:  # it was added before an interruption
            with contextlib.suppress(NotFound):
                change_task(self._deps, workspace, key)

    def _follow(self, one: Enrolment, sequence: Sequence, sender: Rep) -> None:
        """The next step counts from now; after the last one, the lead is through."""
        after = self._here.enrolments.get(one.id)
        step, zone = next_step(sequence, after), zone_of(sender.timezone, self._workspace.timezone)
        if step is None:
            self._finish(after)
            return
        due = first_look(self._now, step, self._workspace.working_hours, zone)
        self._here.enrolments.advance(one.id, (_S.ACTIVE,), counted_from=self._now, due_at=due)

    def _finish(self, one: Enrolment) -> None:
        is_merged = any(run.of for run in one.steps.values())  # then it goes on if the merge is taken back
        self._here.enrolments.advance(one.id, (_S.ACTIVE,), state=_S.FINISHED, due_at=self._now if is_merged else None, ended_at=self._now)
