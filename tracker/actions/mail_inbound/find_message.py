"""The message that a received mail is about: by Message-ID, by our tokens in its text, or by address and subject."""

from collections.abc import Iterable

from tracker.actions.deps import Deps
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.mail.message import Message, MessageBrief, MessageState
from tracker.links.quoted_tokens import quoted_messages
from tracker.mail.inbound.inbound_mail import InboundKind, InboundMail
from tracker.rules.mail.matching import REACH, MailMatch, MatchCandidate, chosen, is_same_subject
from tracker.store.store import WorkspaceStore

_SENT = (MessageState.SENT, MessageState.BOUNCED)


def find_message(deps: Deps, workspace: str, mail: InboundMail) -> MailMatch | None:
    """The match; None where the mail is about none of our messages, is a rep's own, or is no answer of a person to one."""
    here = deps.store.of(workspace)
    addresses = _addresses(mail)
    is_from_person = mail.kind in (InboundKind.REPLY, InboundKind.OTHER, InboundKind.AWAY)
    if is_from_person and _is_own(here, mail.sender):
        return None
    is_answer = mail.kind in (InboundKind.REPLY, InboundKind.OTHER)
    if mail.kind is not InboundKind.OTHER and (found := chosen(_by_ids(here, mail.answers), addresses, is_answer=is_answer)):
        return found
    quoted = quoted_messages(deps.keys, workspace, mail.links)
    if found := chosen(_with_addresses(here, here.messages.briefs(quoted).values()), addresses):  # a lead's own copy
        return found
    if mail.kind is InboundKind.OTHER:
        return None
    return chosen(_by_subject(deps, here, mail, addresses), addresses, is_answer=is_answer)


def _addresses(mail: InboundMail) -> tuple[str, ...]:
    """Whose the mail is: the addresses that a bounce names, else its sender."""
    return mail.bounce.recipients if mail.bounce else () if mail.kind is InboundKind.COMPLAINT else (mail.sender,)


def _is_own(here: WorkspaceStore, sender: str) -> bool:
    key = mailbox_key(sender)
    return any(key in (mailbox_key(rep.email), mailbox_key(rep.from_address)) for rep in here.reps.active())


def _by_ids(here: WorkspaceStore, ids: tuple[str, ...]) -> list[MatchCandidate]:
    """The messages with the nearest of the Message-IDs that is one of ours."""
    found = here.messages.with_message_ids(ids)
    for one in ids:
        named = [message for message in found if one in (message.message_id, message.server_message_id)]
        if named:
            return _with_addresses(here, named)
    return []


def _by_subject(deps: Deps, here: WorkspaceStore, mail: InboundMail, addresses: Iterable[str]) -> list[MatchCandidate]:
    """Messages to these addresses of the last days with the same subject."""
    subject = mail.original_subject if mail.bounce else mail.subject
    leads = here.leads.addressees([address for address in addresses if address])
    since = deps.now() - REACH
    found = here.messages.briefs_of_leads([lead.id for lead in leads.values()]) if leads and subject else []
    fitting = [
        message
        for message in found
        if message.state in _SENT
        and message.sent_at is not None
        and message.sent_at >= since
        and message.envelope.copy_to is None
        and is_same_subject(subject, message.subject, may_begin_otherwise=mail.kind is InboundKind.AWAY)
    ]
    return _with_addresses(here, fitting, is_certain=False)


def _with_addresses(here: WorkspaceStore, messages: Iterable[Message | MessageBrief], *, is_certain: bool = True) -> list[MatchCandidate]:
    known = list(messages)
    contacts = here.leads.contacts({message.lead for message in known})
    return [
        MatchCandidate(message, message.envelope.copy_to or contacts[message.lead].email, is_certain)
        for message in known
        if message.lead in contacts
    ]
