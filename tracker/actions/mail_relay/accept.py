"""Acceptance of a submitted mail: checks its sender, keeps it durably, and says its id. Called by the relay."""

from collections.abc import Sequence

from tracker.actions.deps import Deps
from tracker.actions.mail_relay import kept_bytes
from tracker.actions.mail_relay.app_passwords import RelayUser
from tracker.actions.mail_relay.client_tests import note_kept
from tracker.base.errors import Forbidden, Invalid
from tracker.base.ids import new_id
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.mail.accepted_mail import AcceptedMail
from tracker.domain.team.rep import Rep
from tracker.mail.splice.headers import read_header
from tracker.rules.visibility import Viewer, may_see


def check_recipient(deps: Deps, rep: Rep, address: str) -> None:
    """Raises Forbidden for the address of a lead who asked for no more mail; with the day for a rep who may see the lead."""
    for lead in deps.store.of(rep.workspace).leads.addressees([address]).values():
        if lead.opted_out_at is not None:
            is_seen = may_see(Viewer(deps.store.workspaces.get(rep.workspace), rep), lead)
            day = f" on {lead.opted_out_at:%d %B %Y}" if is_seen else ""
            raise Forbidden(f"{address} asked for no more mail{day}")


def accept(deps: Deps, user: RelayUser, *, sender: str, recipients: Sequence[str], raw: bytes) -> AcceptedMail:
    """Keeps the mail: first the bytes, then the row. Once this returns, a crash loses nothing.

    Raises Invalid for bytes that no mail has, Forbidden for a sender that is not the rep's own address, and PyMongoError.
    """
    if b"\0" in raw:
        raise Invalid("mail", "the message contains NUL")
    header = read_header(raw)
    own = header.senders
    if not own or not all(map(user.owns, own)):
        raise Forbidden("From must be one of your own addresses")
    now = deps.now()
    mail = AcceptedMail(
        id=new_id(),
        workspace=user.rep.workspace,
        rep=user.rep.id,
        sender=sender,
        recipients=tuple({mailbox_key(address): address for address in recipients}.values()),
        size=len(raw),
        accepted_at=now,
        due_at=now,
    )
    kept_bytes.keep(deps, mail, raw)
    deps.store.accepted_mails.add(mail)
    deps.wake.notify()
    note_kept(deps, user.rep, mail, header.subject)
    return mail
