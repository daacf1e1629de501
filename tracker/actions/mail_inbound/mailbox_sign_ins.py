"""Mailboxes without a password: by the rep's own sign-in with Microsoft 365 or Google, or by the one by which the workspace sends.

Access tokens of reps are renewed when they are needed; those of the workspace by its sweep.
"""

from datetime import timedelta

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.mail_inbound.mailboxes import check_connectable, connect, count_check
from tracker.actions.mail_server.tokens import checked_app, outbound, renewed, with_google_secrets, with_token
from tracker.actions.team.senders import own_addresses
from tracker.base.errors import DeliveryError, Forbidden, Invalid
from tracker.base.mail_addresses import address_key
from tracker.domain.mail.mail_sign_in import MailSignIn, Provider
from tracker.domain.team.rep import Rep, Role
from tracker.domain.team.rep_mailbox import RepMailbox
from tracker.mail import token_requests
from tracker.mail.routes import SIGN_IN_AGAIN
from tracker.mail.token_requests import SignInEnded

IMAP_SERVERS: dict[Provider, str] = {"microsoft": "outlook.office365.com", "google": "imap.gmail.com"}
_PORT = 993
_EARLY = timedelta(minutes=5)
_AGAIN = "sign in again, under Settings, Your mailbox"


def begin_microsoft_mailbox(
    deps: Deps, rep: Rep, *, address: str, client_id: str, tenant: str, host: str = IMAP_SERVERS["microsoft"], port: int = _PORT
) -> RepMailbox:
    """Asks Microsoft for a code. Without app and directory, those of the workspace. Raises Forbidden, Invalid, DeliveryError, TooManyTries."""
    check_connectable(deps, rep)
    known = company_sign_in(deps, rep.workspace, "microsoft")
    app, directory = client_id.strip() or (known.client_id if known else ""), tenant.strip() or (known.tenant if known else "")
    wanted = checked_app(_sign_in("microsoft", address, app, directory, host, port))
    count_check(deps, rep.id)
    with outbound(deps) as client:
        begun = token_requests.begin_microsoft(client, deps.settings, wanted)
    here = deps.store.of(rep.workspace).rep_mailboxes
    former = here.find(rep.id)
    if former is not None:
        return here.put(msgspec.structs.replace(former, sign_in_wanted=begun))
    blank = RepMailbox(id=rep.id, workspace=rep.workspace, host=host, port=port, security="tls", user=begun.address)
    return here.put(msgspec.structs.replace(blank, sign_in_wanted=begun))


def finish_microsoft_mailbox(deps: Deps, rep: Rep) -> RepMailbox | None:
    """Connects the mailbox once the rep has entered the code; None: not yet. Raises Invalid, DeliveryError, TooManyTries."""
    found = deps.store.of(rep.workspace).rep_mailboxes.find(rep.id)
    if found is None or found.sign_in_wanted is None:
        raise Invalid("client_id", "must be given first")
    count_check(deps, rep.id)
    with outbound(deps) as client:
        token = token_requests.finish_microsoft(client, deps.settings, found.sign_in_wanted, deps.now())
    return _connected(deps, rep, with_token(found.sign_in_wanted, token)) if token else None


def set_google_mailbox(
    deps: Deps,
    rep: Rep,
    *,
    address: str,
    client_id: str,
    client_secret: str,
    refresh_token: str,
    host: str = IMAP_SERVERS["google"],
    port: int = _PORT,
) -> RepMailbox:
    """Gets a token and connects the mailbox. Without an app, that of the workspace. Raises Forbidden, Invalid, DeliveryError, TooManyTries."""
    check_connectable(deps, rep)
    known = company_sign_in(deps, rep.workspace, "google")
    if not client_id.strip() and known:
        client_id, client_secret = known.client_id, known.credentials.client_secret
    wanted = checked_app(_sign_in("google", address, client_id, "", host, port))
    wanted = with_google_secrets(wanted, client_secret=client_secret, refresh_token=refresh_token)
    count_check(deps, rep.id)
    return _connected(deps, rep, with_token(wanted, renewed(deps, wanted, deps.now())))


def connect_company_mailbox(deps: Deps, rep: Rep, *, host: str = "", port: int = _PORT) -> RepMailbox:
    """Connects the mailbox from which the workspace sends. Raises Forbidden where it is not the rep's, Invalid, DeliveryError, TooManyTries."""
    check_connectable(deps, rep)
    known = shareable_sign_in(deps, rep)
    if known is None:
        raise Forbidden("The company’s sign-in is for another mailbox, or may only send.")
    server = host or IMAP_SERVERS[known.provider]
    made = RepMailbox(
        id=rep.id, workspace=rep.workspace, host=server, port=port, security="tls", user=known.address, is_shared=True, next_at=deps.now()
    )
    return connect(deps, _next_version(deps, made), token=company_token(deps, made.workspace, made.user))


def company_sign_in(deps: Deps, workspace: str, provider: Provider) -> MailSignIn | None:
    """The sign-in by which the workspace sends, if it is with this provider."""
    known = deps.store.workspaces.get(workspace).mail_sign_in
    return known if known is not None and known.provider == provider else None


def shareable_sign_in(deps: Deps, rep: Rep) -> MailSignIn | None:
    """The sign-in by which the workspace sends, if it may read, and its mailbox is the rep's own or the rep is an admin."""
    known = deps.store.workspaces.get(rep.workspace).mail_sign_in
    if known is None or not known.can_read or known.problem:
        return None
    own = {address_key(address) for address in own_addresses(deps, rep)}
    return known if rep.role is Role.ADMIN or address_key(known.address) in own else None


def access_token(deps: Deps, mailbox: RepMailbox) -> str:
    """A valid token for a mailbox without a password; empty for one with a password. Raises DeliveryError."""
    known = mailbox.sign_in
    if known is None:
        return company_token(deps, mailbox.workspace, mailbox.user) if mailbox.is_shared else ""
    if known.problem:
        raise DeliveryError(f"{known.problem}; {_AGAIN}", permanent=True)
    if not known.credentials.access_token:
        raise DeliveryError(f"the sign-in is lost; {_AGAIN}", permanent=True)
    if known.expires_at and known.expires_at > deps.now() + _EARLY:
        return known.credentials.access_token
    here = deps.store.of(mailbox.workspace).rep_mailboxes
    try:
        fresh = with_token(known, renewed(deps, known, deps.now()))
    except SignInEnded as error:
        here.keep_sign_in(mailbox, msgspec.structs.replace(known, problem=str(error)))
        raise DeliveryError(f"{error}; {_AGAIN}", permanent=True) from None
    here.keep_sign_in(mailbox, fresh)
    return fresh.credentials.access_token


def company_token(deps: Deps, workspace: str, address: str | None = None) -> str:
    """A token of the sign-in by which the workspace sends, for its mailbox `address` or any that it may read. Raises DeliveryError."""
    known = deps.store.workspaces.get(workspace).mail_sign_in
    is_other = known is not None and address is not None and address_key(known.address) != address_key(address)
    if known is None or not known.can_read or known.problem or is_other:
        raise DeliveryError(f"the company’s sign-in no longer reads this mailbox. {SIGN_IN_AGAIN}", permanent=True)
    if not known.credentials.access_token or (known.expires_at and known.expires_at <= deps.now()):
        raise DeliveryError("the sign-in with the mail provider is being renewed", permanent=False)
    return known.credentials.access_token


def _sign_in(provider: Provider, address: str, client_id: str, tenant: str, host: str, port: int) -> MailSignIn:
    return MailSignIn(provider=provider, address=address, host=host, port=port, client_id=client_id, tenant=tenant, uses=("read",))


def _connected(deps: Deps, rep: Rep, signed_in: MailSignIn) -> RepMailbox:
    made = RepMailbox(
        id=rep.id,
        workspace=rep.workspace,
        host=signed_in.host,
        port=signed_in.port,
        security="tls",
        user=signed_in.address,
        sign_in=signed_in,
        next_at=deps.now(),
    )
    return connect(deps, _next_version(deps, made), token=signed_in.credentials.access_token)


def _next_version(deps: Deps, made: RepMailbox) -> RepMailbox:
    former = deps.store.of(made.workspace).rep_mailboxes.find(made.id)
    return msgspec.structs.replace(made, version=former.version + 1 if former else 0)
