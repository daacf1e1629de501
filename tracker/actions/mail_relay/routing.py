"""Routing of accepted mails: a message for each recipient that is a lead, an unchanged copy for each other one. Called by the notifier."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.leads.leads import add_lead
from tracker.actions.mail.messages import wanted_domain
from tracker.actions.mail_relay import kept_bytes
from tracker.actions.mail_relay.not_delivered import tell_not_delivered
from tracker.actions.mail_relay.tracked_copy import source_of, text_of, tracked_copy
from tracker.base.errors import Invalid, Taken
from tracker.base.ids import id_of
from tracker.base.mail_addresses import domain_of, mailbox_key
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.accepted_mail import AcceptedMail, RelayedCopy
from tracker.domain.mail.envelope import Envelope, Mailbox
from tracker.domain.mail.message import Message, MessageState
from tracker.domain.mail.tracking import Tracking
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.mail.splice.headers import SubmittedHeader, passed_on, read_header
from tracker.mail.splice.mail import Mail, read_mail
from tracker.rules.mail.backoff import next_attempt
from tracker.rules.mail.conversations import thread_of
from tracker.rules.visibility import Viewer, may_see

log = logging.getLogger(__name__)

_LEASE = timedelta(minutes=2)
_LONGEST_TRY = timedelta(days=3)
_LONGEST_SUBJECT = 500
_MOST_SHOWN = 50
"""Recipients that a message shows in each field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Submission:
    """An accepted mail with what its routing needs."""

    accepted: AcceptedMail
    workspace: Workspace
    rep: Rep
    header: SubmittedHeader
    mail: Mail
    leads: dict[str, Lead]
    """The recipients that are leads, by the key of their address."""

    def message_id(self, recipient: str) -> str:
        """The same id each time the mail is routed."""
        return id_of(self.workspace.id, self.accepted.id, mailbox_key(recipient))


def route_accepted(deps: Deps, most: int) -> int:
    """Routes accepted mails; returns how many. A process that dies in between leaves its mail to the next one."""
    count = 0
    for _ in range(most):
        accepted = deps.store.accepted_mails.claim(deps.now(), _LEASE, is_routed=False)
        if accepted is None:
            break
        try:
            _route(deps, accepted)
        except (PyMongoError, OSError):
            raise
        except Exception as error:  # one mail must not stop those behind it
            log.exception("a mail could not be routed", extra={"mail": accepted.id})
            _try_again(deps, accepted, error)
            continue
        count += 1
    return count


def _try_again(deps: Deps, accepted: AcceptedMail, error: Exception) -> None:
    now = deps.now()
    due = next_attempt(accepted.accepted_at, accepted.tries + 1, now)
    if due is None or due - accepted.accepted_at > _LONGEST_TRY:
        _report_lost(deps, accepted, "it could not be processed")
    else:
        deps.store.accepted_mails.failed(accepted, due, f"Leadlight could not process it ({type(error).__name__}).")


def _route(deps: Deps, accepted: AcceptedMail) -> None:
    workspace = deps.store.workspaces.find(accepted.workspace)
    rep = deps.store.of(accepted.workspace).reps.find(accepted.rep) if workspace else None
    if workspace is None or rep is None:
        log.warning("an accepted mail has no sender any more", extra={"mail": accepted.id})
        deps.store.accepted_mails.remove(accepted)
        kept_bytes.remove(deps, accepted.workspace, accepted.id)
        return
    raw = kept_bytes.read(deps, accepted.workspace, accepted.id)
    if raw is None:
        _report_lost(deps, accepted, kept_bytes.LOST)
        return
    header, recipients = read_header(raw), accepted.recipients
    leads = _leads(deps, workspace, rep, header, recipients)
    case = _Submission(accepted=accepted, workspace=workspace, rep=rep, header=header, mail=read_mail(passed_on(raw)), leads=leads)
    others = [recipient for recipient in recipients if mailbox_key(recipient) not in leads]
    for recipient in recipients:
        if mailbox_key(recipient) in leads:
            _add_message(deps, case, recipient)
    deps.store.relayed_copies.add(_copy(deps, case, recipient) for recipient in others)
    deps.store.accepted_mails.routed(accepted, deps.now() + timedelta(seconds=5))
    log.info("mail routed", extra={"mail": accepted.id, "leads": len(leads), "others": len(others)})


def _report_lost(deps: Deps, accepted: AcceptedMail, reason: str) -> None:
    """Ends a mail that nothing can be made of."""
    log.error("an accepted mail is given up", extra={"mail": accepted.id, "reason": reason})
    for recipient in accepted.recipients:
        tell_not_delivered(
            deps,
            accepted.workspace,
            rep=accepted.rep,
            recipient=recipient,
            subject="",
            reason=reason,
            cause=id_of(accepted.id, mailbox_key(recipient)),
        )
    deps.store.client_tests.lose(accepted.workspace, accepted.rep, accepted.id)
    deps.store.accepted_mails.remove(accepted)
    kept_bytes.remove(deps, accepted.workspace, accepted.id)


def _leads(deps: Deps, workspace: Workspace, rep: Rep, header: SubmittedHeader, recipients: tuple[str, ...]) -> dict[str, Lead]:
    """The leads that the rep may see, new ones included. The address of another lead is an address like any other."""
    known = deps.store.of(workspace.id).leads.addressees(recipients)
    viewer = Viewer(workspace, rep)
    found = {key: lead for key, lead in known.items() if may_see(viewer, lead)}
    if rep.adds_leads:
        names = {mailbox_key(address): name for name, address in (*header.to, *header.cc)}
        colleagues = {mailbox_key(one.email) for one in deps.store.of(workspace.id).reps.all()}
        for recipient in recipients:
            key = mailbox_key(recipient)
            if key not in known and key not in colleagues and domain_of(recipient) != domain_of(rep.email):
                found |= _new_lead(deps, workspace.id, rep, recipient, names.get(key, ""))
    return found


def _new_lead(deps: Deps, workspace: str, rep: Rep, address: str, name: str) -> dict[str, Lead]:
    try:
        lead = add_lead(deps, workspace, email=address, name=name[:120] or address, owner=rep.id, actor=rep.id)
    except (Invalid, Taken) as error:  # required fields, or an address that no lead may have: the mail goes out all the same
        log.info("no lead was made of a recipient", extra={"reason": type(error).__name__})
        return {}
    return {mailbox_key(lead.email): lead}


def _add_message(deps: Deps, case: _Submission, recipient: str) -> None:
    """The message to the lead, in the mail queue. Made once."""
    here, now, key = deps.store.of(case.workspace.id), deps.now(), case.message_id(recipient)
    if here.messages.find(key) is not None:
        return
    lead, accepted = case.leads[mailbox_key(recipient)], case.accepted
    wanted = Tracking.OFF if case.header.is_tracking_off else case.rep.tracking
    copy = tracked_copy(deps, case.workspace, lead, key, case.mail, wanted=wanted)
    here.messages.add(
        Message(
            id=key,
            workspace=case.workspace.id,
            lead=lead.id,
            rep=case.rep.id,
            subject=case.header.subject[:_LONGEST_SUBJECT],
            source_html=source_of(case.mail),
            text=text_of(case.mail) or None,
            **copy.fields(),
            state=MessageState.QUEUED,
            created_at=now,
            domain=wanted_domain(deps, case.workspace, lead.email),
            envelope=_envelope(deps, case, lead),
            mailbox=accepted.sender.lower(),
            message_id=case.header.message_id,
            queued_at=now,
            wanted_at=accepted.accepted_at,
            next_try_at=now,
            relayed=accepted.id,
        )
    )


def _envelope(deps: Deps, case: _Submission, lead: Lead) -> Envelope:
    """The recipients as the mail shows them, and its place in a conversation with the lead."""
    header = case.header
    known = [one for one in (header.in_reply_to, *reversed(header.references)) if one]
    here = deps.store.of(case.workspace.id)
    former = here.messages.answered(lead.id, known) if known else None
    answered = [one for one in here.conversations.with_message_ids(known) if here.leads.is_one(one.lead, lead.id)] if former is None else []
    is_alone = len(case.accepted.recipients) == 1 and not header.cc and len(header.to) == 1
    return Envelope(
        to=() if is_alone else _mailboxes(header.to),
        cc=_mailboxes(header.cc),
        in_reply_to=header.in_reply_to,
        references=header.references,
        thread=thread_of(former) if former else next((one.thread for one in answered), None),
    )


def _mailboxes(people: tuple[tuple[str, str], ...]) -> tuple[Mailbox, ...]:
    return tuple(Mailbox(address, name) for name, address in people[:_MOST_SHOWN])


def _copy(deps: Deps, case: _Submission, recipient: str) -> RelayedCopy:
    return RelayedCopy(
        id=case.message_id(recipient),
        workspace=case.workspace.id,
        mail=case.accepted.id,
        rep=case.rep.id,
        mailbox=case.accepted.sender.lower(),
        recipient=recipient,
        subject=case.header.subject[:_LONGEST_SUBJECT],
        wanted_at=case.accepted.accepted_at,
        next_try_at=deps.now(),
    )
