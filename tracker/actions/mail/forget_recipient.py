"""Removes a lead from the messages of others before the lead is erased: copies to the address, and the recipients that mails show."""

from contextlib import suppress
from typing import Any

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.mail.attachments import remove_attachments
from tracker.actions.mail.recipients import mail_address
from tracker.base.errors import Invalid, NotFound
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.envelope import Mailbox
from tracker.domain.mail.message import Message


def forget_recipient(deps: Deps, lead: Lead) -> None:
    """Deletes copies to the lead's address and the files of the lead's messages, and removes the address from all other messages.

    Files stay where a message of another lead in the batch still uses them. The lead's own messages are left to the caller. Safe to repeat.
    """
    here = deps.store.of(lead.workspace).messages
    spellings = _spellings(lead.email)
    own, copies = here.of_leads([lead.id]), [copy for spelling in sorted(spellings) for copy in here.copies_to(spelling)]
    going = {message.id for message in (*own, *copies)}
    batches = {message.envelope.batch for message in (*own, *copies) if message.envelope.batch}
    for batch in sorted(batches):
        for other in here.of_batch(batch):
            if other.id not in going:
                with suppress(NotFound):  # removed meanwhile by the erasure of another recipient
                    here.change(other.id, **_without(other, spellings))
    remove_attachments(deps, lead.workspace, (*own, *copies))
    for copy in copies:
        here.remove(copy.id)


def _spellings(email: str) -> set[str]:
    """The address as the lead has it, and as `Cc` and copies have it, its domain in ASCII. In lower case."""
    found = {mailbox_key(email)}
    with suppress(Invalid):  # an address that cannot get a copy
        found.add(mailbox_key(mail_address("cc", email)))
    return found


def _without(message: Message, spellings: set[str]) -> dict[str, Any]:
    """The changed envelope. An empty `to` shows the message's own lead."""

    def others(mailboxes: tuple[Mailbox, ...]) -> tuple[Mailbox, ...]:
        return tuple(mailbox for mailbox in mailboxes if mailbox_key(mailbox.email) not in spellings)

    envelope = message.envelope
    return {"envelope": msgspec.structs.replace(envelope, to=others(envelope.to), cc=others(envelope.cc))}
