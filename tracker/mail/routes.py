"""Routes: the mail server for a workspace's mail, and whether the operator configured it."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from tracker.base.errors import Invalid
from tracker.base.network.allowed_addresses import MAIL_PORTS
from tracker.base.network.resolver import Resolver, own_name
from tracker.base.settings import Settings
from tracker.domain.workspace.mail_server import MAIL_MUST_RETYPE, MailServer
from tracker.domain.workspace.smtp_url import read_url
from tracker.domain.workspace.workspace import Workspace

SIGN_IN_AGAIN = "An admin has to sign in to the mail provider again, under Settings, Email."


class SignInNeeded(Invalid):
    """The mail provider accepts the sign-in no longer. What is queued waits."""


@dataclass(frozen=True, slots=True)
class Route:
    """A mail server, and whether the operator configured it."""

    server: MailServer
    is_trusted: bool
    """True for SMTP_URL: any address and port is allowed. Otherwise a user entered it and it is checked."""
    hello: str = ""
    """The name for EHLO; empty: this machine's."""
    token: str = field(default="", repr=False)
    """An access token for XOAUTH2 in place of the server's password."""
    token_expires_at: datetime | None = None


def route_of(workspace: Workspace, settings: Settings) -> Route | None:
    """The workspace's own server, else the instance's SMTP_URL; the demo always uses its own inbox. Raises Invalid."""
    hello = hello_of(settings)
    if workspace.is_demo:
        return Route(MailServer(host="127.0.0.1", port=settings.demo_smtp_port), is_trusted=True, hello=hello)
    if workspace.lost_secrets:
        raise Invalid("password", MAIL_MUST_RETYPE)
    signed_in = workspace.mail_sign_in
    if workspace.mail_server is not None and signed_in is not None:
        if signed_in.problem or not signed_in.credentials.access_token:
            raise SignInNeeded("mail", SIGN_IN_AGAIN)
        token = signed_in.credentials.access_token
        return Route(workspace.mail_server, is_trusted=False, hello=hello, token=token, token_expires_at=signed_in.expires_at)
    if workspace.mail_server is not None:
        return Route(workspace.mail_server, is_trusted=False, hello=hello)
    return Route(read_url(settings.smtp_url), is_trusted=True, hello=hello) if settings.smtp_url else None


def hello_of(settings: Settings) -> str:
    """The name for EHLO: EHLO_NAME; else empty where this machine has a full name, else the host of PUBLIC_URL if that is one."""
    if settings.ehlo_name or "." in own_name():
        return settings.ehlo_name
    host = urlsplit(settings.public_url).hostname or ""
    return host if "." in host and not host.replace(".", "").isdigit() else ""


def sender_of(user: str, public_url: str) -> str:
    """The sender of mail by Leadlight itself: the mail account where its name is an address, else leadlight@ the console's host."""
    return user if "@" in user else f"leadlight@{urlsplit(public_url).hostname or 'localhost'}"


def mail_resolver(settings: Settings) -> Resolver:
    """A resolver that checks the addresses of mail servers."""
    return Resolver(settings.outbound_allow, MAIL_PORTS)
