"""Signing in to Microsoft 365 or Google for sending, and renewing the access tokens. Called by the console and by the sweep.

A sign-in is stored with the server only after the server accepted it, as `mail_servers` does with a password.
"""

import contextlib
from datetime import datetime, timedelta

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_each
from tracker.actions.mail_server.mail_servers import changeable_workspace, count_check
from tracker.actions.mail_server.tokens import checked_app, outbound, renewed, with_google_secrets, with_token
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.domain.mail.mail_sign_in import MailSignIn, Provider, Use
from tracker.domain.workspace.mail_server import MailServer
from tracker.domain.workspace.workspace import Workspace
from tracker.mail import smtp, token_requests
from tracker.mail.routes import Route, hello_of, mail_resolver
from tracker.mail.token_requests import AccessToken, SignInEnded

_EARLY = timedelta(minutes=15)
"""A token is renewed so long before it expires."""


def begin_microsoft(
    deps: Deps,
    workspace: str,
    *,
    address: str,
    client_id: str,
    tenant: str,
    reads: bool = False,
    host: str = "smtp.office365.com",
    port: int = 587,
) -> Workspace:
    """Asks Microsoft for a code; with `reads` also for permission to read the mailbox by IMAP. Raises Forbidden for the demo, Invalid, DeliveryError, TooManyTries."""
    changeable_workspace(deps, workspace)
    uses: tuple[Use, ...] = ("send", "read") if reads else ("send",)
    wanted = _wanted("microsoft", address, client_id, tenant, host, port, uses)
    count_check(deps, workspace)
    with outbound(deps) as client:
        begun = token_requests.begin_microsoft(client, deps.settings, wanted)
    return deps.store.workspaces.change(workspace, mail_sign_in_wanted=begun)


def finish_microsoft(deps: Deps, workspace: str) -> Workspace | None:
    """Stores the sign-in and the server once the admin has entered the code; None: not yet. Raises Invalid, DeliveryError, TooManyTries."""
    wanted = changeable_workspace(deps, workspace).mail_sign_in_wanted
    if wanted is None:
        raise Invalid("client_id", "must be given first")
    count_check(deps, workspace)
    with outbound(deps) as client:
        token = token_requests.finish_microsoft(client, deps.settings, wanted, deps.now())
    return _keep(deps, workspace, wanted, token) if token else None


def set_google(
    deps: Deps,
    workspace: str,
    *,
    address: str,
    client_id: str,
    client_secret: str,
    refresh_token: str,
    host: str = "smtp.gmail.com",
    port: int = 587,
) -> Workspace:
    """Gets a token, signs in, and stores both. Raises Forbidden for the demo, Invalid, DeliveryError, TooManyTries."""
    changeable_workspace(deps, workspace)
    wanted = _wanted("google", address, client_id, "", host, port, ("send", "read"))
    wanted = with_google_secrets(wanted, client_secret=client_secret, refresh_token=refresh_token)
    count_check(deps, workspace)
    return _keep(deps, workspace, wanted, renewed(deps, wanted, deps.now()))


def renew_tokens(deps: Deps, now: datetime) -> int:
    """Renews the tokens that expire soon; returns how many. An ended sign-in is noted, and told to admins by an alarm."""
    done: list[str] = []
    due = deps.store.workspaces.with_mail_sign_in(now + _EARLY)
    in_each(due, lambda one: done.append(one.id) if _renew_in(deps, one, now) else None)
    return len(done)


def _renew_in(deps: Deps, workspace: Workspace, now: datetime) -> bool:
    known = workspace.mail_sign_in
    if known is None or known.problem or (known.expires_at and known.expires_at > now + _EARLY):
        return False
    try:
        token = renewed(deps, known, now)
    except SignInEnded as error:
        deps.store.workspaces.change(workspace.id, mail_sign_in=msgspec.structs.replace(known, problem=str(error)))
        text = f"{error}. Sign in again under Settings, Email."
        alarm = Alarm(kind=AlarmKind.SMTP, workspace=workspace.id, title="Sign in to the mail provider again", text=text)
        deps.store.alarms.begin(alarm, now)
        return False
    except DeliveryError:
        return False  # the next run tries again; the token is still valid for a while
    with contextlib.suppress(Conflict):  # an admin changed the settings meanwhile
        deps.store.workspaces.change(workspace.id, version=workspace.version, mail_sign_in=with_token(known, token))
        return True
    return False


def _keep(deps: Deps, workspace: str, wanted: MailSignIn, token: AccessToken) -> Workspace:
    """Raises DeliveryError where the mail server refuses the token."""
    server = MailServer(host=wanted.host, port=wanted.port, security="starttls", user=wanted.address)
    signed_in = with_token(wanted, token)
    route = Route(server, is_trusted=False, hello=hello_of(deps.settings), token=signed_in.credentials.access_token)
    smtp.check(route, mail_resolver(deps.settings))
    return deps.store.workspaces.change(
        workspace, mail_server=server, mail_sign_in=signed_in, mail_sign_in_wanted=None, smtp_checked_at=deps.now()
    )


def _wanted(provider: Provider, address: str, client_id: str, tenant: str, host: str, port: int, uses: tuple[Use, ...]) -> MailSignIn:
    return checked_app(MailSignIn(provider=provider, address=address, host=host, port=port, client_id=client_id, tenant=tenant, uses=uses))
