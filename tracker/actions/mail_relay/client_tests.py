"""The test of an email client, from sign-in to delivery. The relay notes what it sees; the console shows how far the mail came."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.team.senders import own_addresses
from tracker.base.ids import id_of
from tracker.base.mail_addresses import address_key, mailbox_key
from tracker.domain.mail.accepted_mail import AcceptedMail, CopyState
from tracker.domain.mail.message import Message, MessageState
from tracker.domain.team.client_test import ClientTest
from tracker.domain.team.rep import Rep

log = logging.getLogger(__name__)

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that look alike."""
_CODE = 6
_MOST_SHOWN = 10
_LONGEST_REFUSAL = 300
WRONG_SIGN_IN = "A client tried to sign in with your address and a wrong app password."
_WRONG_USER = "A client used the app password {name}, but its user name is not one of your addresses."
_LOST = "its text was lost; please send it again"
_ENDED = (MessageState.FAILED, MessageState.BOUNCED)


class CopyStep(StrEnum):
    """How far the copy for one recipient came."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CopyResult:
    """The copy for one recipient. `message` is set where the recipient is a lead that the rep may see."""

    recipient: str
    step: CopyStep
    error: str = ""
    message: Message | None = None


def start(deps: Deps, rep: Rep, client: str) -> ClientTest:
    """Begins a test, in place of the rep's former one."""
    test = ClientTest(
        id=rep.id,
        workspace=rep.workspace,
        client=client,
        code="".join(secrets.choice(_LETTERS) for _ in range(_CODE)),
        addresses=tuple(filter(None, map(address_key, own_addresses(deps, rep)))),
        started_at=deps.now(),
    )
    deps.store.client_tests.start(test)
    return test


def note_sign_in(deps: Deps, rep: Rep, password: str) -> None:
    """A client signed in with the app password of this name."""
    _note(deps, rep, signed_in_at=deps.now(), password=password, refused="")


def note_wrong_password(deps: Deps, user: str) -> None:
    """A client used this user name, with a password that is no app password."""
    if key := address_key(user):
        with _harmless():
            deps.store.client_tests.refuse(key, WRONG_SIGN_IN)


def note_wrong_user(deps: Deps, rep: Rep, password: str) -> None:
    """A client used an app password of the rep with another user name."""
    _note(deps, rep, refused=_WRONG_USER.format(name=password))


def note_refusal(deps: Deps, rep: Rep, text: str) -> None:
    """The relay refused a mail of the rep."""
    _note(deps, rep, refused=text[:1].upper() + text[1:_LONGEST_REFUSAL])


def note_kept(deps: Deps, rep: Rep, mail: AcceptedMail, subject: str) -> None:
    """The relay kept a mail of the rep."""
    with _harmless():
        test = _open_test(deps, rep)
        if test is None:
            return
        if test.code not in subject.upper():
            deps.store.client_tests.note(test, {"other_at": mail.accepted_at})
            return
        recipients = mail.recipients[:_MOST_SHOWN]
        deps.store.client_tests.note(test, {"mail": mail.id, "kept_at": mail.accepted_at, "recipients": recipients, "refused": ""})


def results(deps: Deps, test: ClientTest) -> list[CopyResult]:
    """How far the copy for each recipient came; empty until the mail is kept."""
    if not test.mail:
        return []
    if test.is_lost:
        return [CopyResult(recipient, CopyStep.FAILED, _LOST) for recipient in test.recipients]
    accepted = deps.store.accepted_mails.find(test.workspace, test.mail)
    return [_result(deps, test, accepted, recipient) for recipient in test.recipients]


def _result(deps: Deps, test: ClientTest, accepted: AcceptedMail | None, recipient: str) -> CopyResult:
    key = id_of(test.workspace, test.mail, mailbox_key(recipient))
    message = deps.store.of(test.workspace).messages.find(key)
    if message is not None:
        step = CopyStep.DELIVERED if message.state is MessageState.SENT else CopyStep.WAITING
        return CopyResult(recipient, CopyStep.FAILED if message.state in _ENDED else step, message.error or "", message)
    copy = deps.store.relayed_copies.find(test.workspace, key)
    if copy is not None:
        return CopyResult(recipient, CopyStep.FAILED if copy.state is CopyState.FAILED else CopyStep.WAITING, copy.error or "")
    if accepted is not None and not accepted.is_routed:
        return CopyResult(recipient, CopyStep.WAITING)
    return CopyResult(recipient, CopyStep.DELIVERED)


def _note(deps: Deps, rep: Rep, **values: datetime | str) -> None:
    with _harmless():
        test = _open_test(deps, rep)
        if test is not None:
            deps.store.client_tests.note(test, values)


def _open_test(deps: Deps, rep: Rep) -> ClientTest | None:
    test = deps.store.client_tests.find(rep.workspace, rep.id)
    return test if test is not None and not test.mail else None


@contextmanager
def _harmless() -> Iterator[None]:
    """A mail is never refused because of a test."""
    try:
        yield
    except PyMongoError as error:
        log.warning("the test of an email client was not updated", extra={"error": type(error).__name__})
