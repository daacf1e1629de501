"""One email of the inquiry mailbox: an inquiry of a known or a new lead, or nothing, with the reason. Called by `look`.

The result is stored last and its id follows from the Message-ID, so that an email acts once, also after a crash or where the server
numbers its email anew.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tracker.actions.assignment.assign import Assigner
from tracker.actions.deps import Deps
from tracker.actions.inquiries.record import GivenInquiry, add_inquiry
from tracker.actions.inquiry_mail.inquirer import lead_of_inquiry
from tracker.actions.mail_inbound.receive import receive
from tracker.base.ids import id_of
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.mail.inquiry_mailbox import InquiryMail, InquiryMailbox, InquiryMailRule
from tracker.mail.inbound import absence, notices
from tracker.mail.inbound.inbound_mail import InboundKind, InboundMail
from tracker.mail.inbound.parts import Mail, address, header, ids, parse, plain_text
from tracker.mail.inbound.reader import read_mail
from tracker.rules.inquiries.mail_rules import ReportedInquiry, fitting, reported
from tracker.store.store import WorkspaceStore

log = logging.getLogger(__name__)

_LONGEST_MESSAGE = 5_000
_NO_REPLY = ("noreply", "no-reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster", "bounce", "bounces")


def take(deps: Deps, mailbox: InquiryMailbox, raw: bytes) -> InquiryMail:
    """What became of the email; the same one again changes nothing. Raises PyMongoError."""
    here, parsed = deps.store.of(mailbox.workspace), parse(raw)
    key = next(iter(ids(parsed, "message-id")), None) or hashlib.sha256(raw).hexdigest()
    record = id_of(mailbox.workspace, "inquiry mail", key)
    known = here.inquiry_mails.find(record)
    if known is not None:
        return known
    mail = read_mail(raw, deps.now())
    values = _taken(deps, mailbox, raw, parsed, mail, key)
    told: dict[str, Any] = {"sender": mail.sender.lower(), "subject": header(parsed, "subject", 200)}
    made = InquiryMail(id=record, workspace=mailbox.workspace, at=deps.now(), **told, **values)
    here.inquiry_mails.add_once(made)
    log.info("inquiry mail", extra={"workspace": mailbox.workspace, "result": made.result, "reason": made.reason})
    return made


def _taken(deps: Deps, mailbox: InquiryMailbox, raw: bytes, parsed: Mail, mail: InboundMail, key: str) -> dict[str, Any]:
    rule = fitting(mailbox.rules, mail.sender, mail.subject)
    reads = rule.reads if rule else "sender"
    if reads != "lines" and (found := receive(deps, mailbox.workspace, raw)) is not None:
        return {
            "result": "reply" if found is InboundKind.REPLY else "ignored",
            **({} if found is InboundKind.REPLY else {"reason": "bounce"}),
        }
    if reason := _reason(deps.store.of(mailbox.workspace), mailbox, parsed, mail, rule):
        return {"result": "ignored", "reason": reason}
    inquiry = _inquiry(deps, mailbox, parsed, mail, reads)
    workspace = deps.store.workspaces.get(mailbox.workspace)
    lead, is_new = lead_of_inquiry(deps, workspace, inquiry, rule, mailbox) if inquiry else (None, False)
    if lead is None or inquiry is None:
        return {"result": "ignored", "reason": "no_address"}
    if not is_new:
        lead = Assigner(deps, workspace).assign_known(lead)
    given = GivenInquiry(inquiry.message[:_LONGEST_MESSAGE], at=_time_of(deps, mail.at), form=f"Email to {mailbox.user}"[:120], key=key)
    add_inquiry(deps, workspace, lead, given)
    return {"result": "lead" if is_new else "inquiry", "lead": lead.id}


def _reason(here: WorkspaceStore, mailbox: InquiryMailbox, parsed: Mail, mail: InboundMail, rule: InquiryMailRule | None) -> str:
    """Why the email is ignored; empty: it is not. What a program reports under a rule may be an automatic email."""
    reads = rule.reads if rule else "sender"
    checks: dict[str, Callable[[], bool]] = {
        "bounce": lambda: mail.kind in (InboundKind.BOUNCE, InboundKind.COMPLAINT),
        "rule": lambda: reads == "nothing",
        "absence": lambda: _is_absence(parsed) or (reads != "lines" and mail.kind is InboundKind.AWAY),
        "automatic": lambda: reads != "lines" and _is_automatic(parsed, mail.sender),
        "no_address": lambda: reads != "lines" and not mail.sender,
        "own": lambda: reads != "lines" and _is_own(here, mailbox, mail.sender),
        "answer": lambda: rule is None and bool(mail.answers),
        "no_rule": lambda: rule is None and not mailbox.takes_others,
    }
    return next((reason for reason, holds in checks.items() if holds()), "")


def _is_automatic(parsed: Mail, sender: str) -> bool:
    return absence.is_bulk(parsed) or notices.is_from_a_server(parsed) or sender.partition("@")[0].lower() in _NO_REPLY


def _is_absence(parsed: Mail) -> bool:
    submitted = str(parsed.get("auto-submitted", "")).strip().lower()
    return submitted.startswith("auto-replied") or notices.is_vacation(parsed)


def _is_own(here: WorkspaceStore, mailbox: InquiryMailbox, sender: str) -> bool:
    """Whether a rep, or the mailbox itself, wrote it."""
    key = mailbox_key(sender)
    own = {mailbox_key(address) for rep in here.reps.active() for address in (rep.email, rep.from_address)}
    return key in own or key == mailbox_key(mailbox.user)


def _inquiry(deps: Deps, mailbox: InquiryMailbox, parsed: Mail, mail: InboundMail, reads: str) -> ReportedInquiry | None:
    if reads == "lines":
        fields = [field.name for field in deps.store.workspaces.get(mailbox.workspace).custom_fields]
        found = reported(plain_text(parsed), fields)
        if found is not None:
            return found
        name, answers_to = address(parsed, "reply-to")  # many programs name the inquirer there
        is_other = bool(answers_to) and mailbox_key(answers_to) not in (mailbox_key(mail.sender), mailbox_key(mailbox.user))
        return ReportedInquiry(answers_to, {"name": name}, message=_message(mail)) if is_other else None
    return ReportedInquiry(mail.sender, {"name": mail.sender_name}, message=_message(mail))


def _message(mail: InboundMail) -> str:
    return "\n\n".join(part for part in (mail.subject, mail.text) if part)


def _time_of(deps: Deps, said: datetime | None) -> datetime:
    """When it was sent, as it says, but not in the future."""
    at = min(said or deps.now(), deps.now())
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
