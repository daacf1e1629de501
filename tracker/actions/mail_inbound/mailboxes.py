"""The mailboxes of reps with a password: set by the console. `mailbox_sign_ins` connects those without; `look` reads them."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.team.sign_in_limits import WINDOW, TooManyTries
from tracker.base.errors import Forbidden, Invalid
from tracker.base.network.host_names import ascii_host
from tracker.base.network.resolver import Resolver
from tracker.domain.team.rep import Rep
from tracker.domain.team.rep_mailbox import RepMailbox
from tracker.mail.inbound.imap import IMAP_PORTS, opened

_MOST_CHECKS = 20
LATE = timedelta(minutes=15)
_CHECK_SECONDS = 45.0
_LONGEST = 256
_PORTS = {"tls": 993, "starttls": 143}


def set_mailbox(deps: Deps, rep: Rep, *, host: str, port: str, security: str, user: str, password: str) -> RepMailbox:
    """Signs in, and then stores the mailbox, which is looked at next. An empty password keeps the one of the same server and user.

    Raises Forbidden for the demo, Invalid, DeliveryError where the server does not let us in, and TooManyTries; the former one stays then.
    """
    check_connectable(deps, rep)
    here = deps.store.of(rep.workspace).rep_mailboxes
    former = here.find(rep.id)
    made = RepMailbox(
        id=rep.id,
        workspace=rep.workspace,
        **checked_account(host=host, port=port, security=security, user=user, password=password),
        next_at=deps.now(),
        version=former.version + 1 if former else 0,
    )
    if not made.password:
        same = former and all(getattr(former, name) == getattr(made, name) for name in ("host", "port", "security", "user"))
        made = _with_password(made, former.password if former and same else "")
    return connect(deps, made)


def checked_account(*, host: str, port: str, security: str, user: str, password: str) -> dict[str, Any]:
    """Where and as whom to sign in, as a mailbox holds it. Raises Invalid."""
    kind = checks.one_of("security", security, tuple(_PORTS))
    return {
        "host": _host(host),
        "port": _port(port or str(_PORTS[kind])),
        "security": kind,
        "user": _word("user", user.strip()),
        "password": _word("password", password) if password else "",
    }


def check_connectable(deps: Deps, rep: Rep) -> None:
    """Raises Forbidden for the demo."""
    if deps.store.workspaces.get(rep.workspace).is_demo:
        raise Forbidden("The demo sends email to the demo inbox, so there is no mailbox to read.")


def connect(deps: Deps, mailbox: RepMailbox, *, token: str = "") -> RepMailbox:
    """Signs in, and then stores the mailbox. Raises DeliveryError, TooManyTries."""
    count_check(deps, mailbox.id)
    with opened(mailbox, mailbox_resolver(deps), token=token, seconds=_CHECK_SECONDS):
        pass
    connected = msgspec.structs.replace(mailbox, connected_at=deps.now())
    return deps.store.of(mailbox.workspace).rep_mailboxes.put(connected)


def count_check(deps: Deps, rep: str) -> None:
    """Raises TooManyTries above the limit of checks."""
    if deps.store.rate_limits.count(f"mailbox:{rep}", deps.now(), WINDOW) > _MOST_CHECKS:
        raise TooManyTries("The mailbox was checked too often. Wait 15 minutes.")


def remove_mailbox(deps: Deps, rep: Rep) -> bool:
    """Forgets the mailbox and its password or sign-in; what was found stays. False if there was none."""
    return deps.store.of(rep.workspace).rep_mailboxes.remove(rep.id)


def is_late(mailbox: RepMailbox, now: datetime) -> bool:
    """Whether a connected mailbox without a known problem was not read for a while: the process does not run, or is overloaded."""
    begun = mailbox.checked_at or mailbox.connected_at
    return mailbox.is_connected and not mailbox.problem and begun is not None and now - begun > LATE


def mailbox_resolver(deps: Deps) -> Resolver:
    """A resolver that checks the addresses of mailboxes' servers."""
    return Resolver(deps.settings.outbound_allow, IMAP_PORTS)


def _with_password(mailbox: RepMailbox, password: str) -> RepMailbox:
    if not password:
        raise Invalid("password", "must be entered, also again when server or user change")
    return msgspec.structs.replace(mailbox, password=password)


def _host(text: str) -> str:
    try:
        return ascii_host(text.strip())
    except ValueError:
        raise Invalid("host", "must be only the name of your mail server, such as imap.example.com") from None


def _port(text: str) -> int:
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 5 and 1 <= int(plain) <= 65535):  # noqa: PLR2004 - ports
        raise Invalid("port", "must be a number; mail servers use 993 or 143")
    return int(plain)


def _word(field: str, text: str) -> str:
    if not text or len(text) > _LONGEST or not text.isascii() or not text.isprintable():
        raise Invalid(field, f"must be ASCII letters, digits and signs, {_LONGEST} at most")
    return text
