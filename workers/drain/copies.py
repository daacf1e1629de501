"""Copies of messages in the drain: what their reader does is not what the lead did. Called by workers.drain.store_batch."""

from collections.abc import Mapping

import msgspec

from tracker.actions.deps import Deps
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.mail.message import MessageBrief


def of_their_readers(deps: Deps, workspace: str, messages: Mapping[str, MessageBrief]) -> dict[str, MessageBrief]:
    """The messages with the lead who reads each: of a copy the lead with its address, whom the sender could not see.

    Copies to persons who are no leads are left out: their unsubscribing and their tracking choice concern no lead.
    """
    addresses = {message.id: copy for message in messages.values() if (copy := message.envelope.copy_to)}
    if not addresses:
        return dict(messages)
    found = deps.store.of(workspace).leads.addressees(addresses.values())
    readers = {message: found.get(mailbox_key(address)) for message, address in addresses.items()}
    own = {key: message for key, message in messages.items() if key not in readers}
    return own | {key: msgspec.structs.replace(messages[key], lead=lead.id) for key, lead in readers.items() if lead}
