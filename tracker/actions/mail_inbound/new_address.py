"""The address that a lead may have now: proposed by answers and returned email, used or refused by a person (actions.changes.bulk).

Only mail that refers to one of our messages is asked: anyone can send mail with its subject.
"""

from collections.abc import Iterable
from datetime import datetime

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.leads.lead import Lead, NewAddressHow
from tracker.domain.mail.envelope import Mailbox
from tracker.rules.mail.new_address import address_moved_to, address_named, is_usable

_MOST_REFUSED = 10


def note_answer(deps: Deps, lead: Lead, at: datetime, text: str, sender: str = "", shown: Iterable[Mailbox] = ()) -> None:
    """From an answer of a person or a program: the address that it names, else the one that it came from.

    `shown`: the recipients of our message. Another one of them who answers speaks of their own address.
    """
    others = {mailbox_key(one.email) for one in shown} - {mailbox_key(lead.email)}
    if mailbox_key(sender) in others:
        return
    if named := address_named(text, lead.email):
        if mailbox_key(named) not in others:
            _propose(deps, lead, at, named, NewAddressHow.NAMED)
    elif sender and is_usable(sender, lead.email):
        _propose(deps, lead, at, sender, NewAddressHow.REPLY)


def note_bounce(deps: Deps, lead: Lead, at: datetime, reason: str) -> None:
    """From the words of a mail server."""
    if moved := address_moved_to(reason, lead.email):
        _propose(deps, lead, at, moved, NewAddressHow.BOUNCE)


def refuse_new_address(deps: Deps, workspace: str, lead: str) -> Lead:
    """A person says that the address is not the lead's; it is not proposed again. Raises NotFound."""
    here = deps.store.of(workspace).leads
    found = here.get(lead)
    refused = found.refused_emails
    if found.new_email and mailbox_key(found.new_email) not in refused:
        refused = (*refused, mailbox_key(found.new_email))[-_MOST_REFUSED:]
    return here.change(lead, new_email_at=None, refused_emails=refused, updated_at=deps.now())


def _propose(deps: Deps, lead: Lead, at: datetime, address: str, how: NewAddressHow) -> None:
    """Unless it is none, or that of another lead or of a rep, or was refused."""
    here = deps.store.of(lead.workspace)
    try:
        address = checks.email("email", address)
    except Invalid:
        return
    known = {*lead.refused_emails, *([mailbox_key(lead.new_email)] if lead.new_email else [])}
    if mailbox_key(address) in known:
        return
    own = {mailbox_key(one) for rep in here.reps.all() for one in (rep.email, rep.from_address) if one}
    if mailbox_key(address) in own or here.leads.by_email(address) is not None:
        return
    here.leads.change_own(lead.id, new_email=address, new_email_at=at, new_email_how=how)
