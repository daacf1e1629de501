"""Delivery of unchanged copies of relayed mails: one upstream transaction each. Called by the notifier."""

import logging
from datetime import timedelta

from tracker.actions.deps import Deps
from tracker.actions.mail.sending import record_failure, record_success
from tracker.actions.mail_relay import kept_bytes
from tracker.actions.mail_relay.not_delivered import tell_not_delivered
from tracker.base.errors import DeliveryError, Invalid, NotFound
from tracker.domain.mail.accepted_mail import AcceptedMail, CopyState, RelayedCopy
from tracker.mail.connections import Connections
from tracker.mail.replies import SignInRefused, Unconfirmed, is_own_failure
from tracker.mail.routes import Route, SignInNeeded, mail_resolver, route_of
from tracker.mail.splice.headers import passed_on
from tracker.rules.mail.mail_queue import PAUSES, next_try
from tracker.store.core.retries import SENT_SECONDS, with_retries
from tracker.store.mail.mail_queue import Mailbox

log = logging.getLogger(__name__)

_ROUTING = timedelta(seconds=2)
"""A copy of a mail that is being routed waits so long."""


def deliver_copy(deps: Deps, claimed: RelayedCopy, connections: Connections) -> None:
    """Tries the copy once and stores the result. Raises PyMongoError only."""
    try:
        route, accepted = _route(deps, claimed)
        if not accepted.is_routed:  # its routing died and is repeated: a copy that is gone by then would be made again
            _later(deps, claimed)
            return
        raw = passed_on(_kept_bytes(deps, claimed))
    except SignInNeeded as error:
        _again(deps, claimed, str(error))
        return
    except (Invalid, NotFound) as error:
        _end(deps, claimed, str(error))
        return
    if route.token_expires_at and route.token_expires_at <= deps.now():
        _again(deps, claimed, "The sign-in with the mail provider is being renewed.")
        return
    try:
        connections.send(
            mailbox_of_copy(claimed), route, raw, sender=accepted.sender, recipient=claimed.recipient, resolver=mail_resolver(deps.settings)
        )
    except DeliveryError as error:
        _failed(deps, claimed, error)
        return
    with_retries(lambda: deps.store.relayed_copies.delivered(claimed), SENT_SECONDS)
    log.info("copy sent", extra={"mail": claimed.mail, "tries": claimed.tries})
    with_retries(lambda: record_success(deps, claimed.workspace))


def mailbox_of_copy(copy: RelayedCopy) -> Mailbox:
    """The mailbox that sends the copy."""
    return Mailbox(copy.workspace, copy.mailbox)


def _route(deps: Deps, copy: RelayedCopy) -> tuple[Route, AcceptedMail]:
    """The mail server and the mail as it was accepted. Raises Invalid, NotFound."""
    workspace = deps.store.workspaces.get(copy.workspace)
    route = route_of(workspace, deps.settings)
    accepted = deps.store.accepted_mails.find(copy.workspace, copy.mail)
    if route is None:
        raise Invalid("SMTP_URL", "No mail server is set. Set one under Settings, Email, or as SMTP_URL.")
    if accepted is None:
        raise NotFound(kept_bytes.LOST)
    return route, accepted


def _kept_bytes(deps: Deps, copy: RelayedCopy) -> bytes:
    """Raises NotFound where they are lost."""
    raw = kept_bytes.read(deps, copy.workspace, copy.mail)
    if raw is None:
        raise NotFound(kept_bytes.LOST)
    return raw


def _failed(deps: Deps, copy: RelayedCopy, error: DeliveryError) -> None:
    log.warning("copy not sent", extra={"mail": copy.mail, "permanent": error.permanent, "reason": str(error)})
    if error.permanent or copy.tries > 1 or not is_own_failure(error):  # greylisting raises no alarm
        with_retries(lambda: record_failure(deps, copy.workspace, error))
    values = {"server_answer": error.answer or None, "may_be_duplicate": copy.may_be_duplicate or isinstance(error, Unconfirmed)}
    if error.permanent and not isinstance(error, SignInRefused):  # an admin can change the credentials
        _end(deps, copy, str(error), **values)
        return
    if not is_own_failure(error) and not isinstance(error, Unconfirmed):
        with_retries(lambda: deps.store.relayed_copies.hold(mailbox_of_copy(copy), deps.now() + PAUSES[0]))
    _again(deps, copy, str(error), **values)


def _again(deps: Deps, copy: RelayedCopy, text: str, **values: object) -> None:
    due = next_try(copy.tries, copy.wanted_at, deps.now())
    if due is None:
        _end(deps, copy, f"Given up after three days: {text}", **values)
        return
    changes = {"state": CopyState.QUEUED, "next_try_at": due, "error": text, **values}
    with_retries(lambda: deps.store.relayed_copies.finish(copy, **changes))


def _later(deps: Deps, copy: RelayedCopy) -> None:
    """Does not count as a try."""
    changes = {"state": CopyState.QUEUED, "next_try_at": deps.now() + _ROUTING, "tries": copy.tries - 1}
    with_retries(lambda: deps.store.relayed_copies.finish(copy, **changes))


def _end(deps: Deps, copy: RelayedCopy, text: str, **values: object) -> None:
    """The alert comes first: if the process dies in between, the copy is tried again."""
    tell_not_delivered(deps, copy.workspace, rep=copy.rep, recipient=copy.recipient, subject=copy.subject, reason=text, cause=copy.id)
    changes = {"state": CopyState.FAILED, "next_try_at": None, "error": text, "failed_at": deps.now(), **values}
    with_retries(lambda: deps.store.relayed_copies.finish(copy, **changes))
