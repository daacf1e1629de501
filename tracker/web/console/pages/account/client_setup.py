"""Set-up pages of email clients: numbered steps, and the test mail that checks the whole chain."""

import re
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as AnyResponse

from tracker.actions.mail.sending import is_reachable
from tracker.actions.mail_relay import client_tests
from tracker.actions.mail_relay.app_passwords import new_app_password
from tracker.actions.mail_relay.server_address import imap_address, is_public, relay_address
from tracker.actions.ops import audit
from tracker.base.errors import Invalid, NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.web.console.auth import actor, current_user, deps, public
from tracker.web.console.pages.account.client_profiles import apple_profile, autoconfig
from tracker.web.console.pages.account.confirmation import confirmed
from tracker.web.console.text.mail.client_test_text import steps_of

blueprint = Blueprint("client_setup", __name__)

CLIENTS = {"outlook": "Outlook, Microsoft 365", "gmail": "Gmail, Workspace", "apple": "Apple Mail", "thunderbird": "Thunderbird"}
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_USUAL_PORTS = (465, 587, 25)
"""Those that Gmail offers."""


@blueprint.get("/settings/mail-clients/<client>")
def page(client: str) -> str:
    """The steps for a client."""
    return _page(client)


@blueprint.post("/settings/mail-clients/<client>/password")
@confirmed
def add_password(client: str) -> str:
    """Creates an app password for the client and shows it once."""
    user, name = current_user(), _name(client)
    made, text = new_app_password(deps(), user.rep, name=name)
    audit.record(deps(), user.workspace.id, AuditAction.KEY_CREATED, actor(), made.name, hint=made.hint, rights="relay")
    return _page(client, shown=text)


@blueprint.post("/settings/mail-clients/<client>/test")
def test(client: str) -> AnyResponse:
    """Begins a test, in place of the former one."""
    _name(client)
    client_tests.start(deps(), current_user().rep, client)
    return redirect(f"/settings/mail-clients/{client}#test", 303)


@blueprint.get("/settings/mail-clients/apple/profile")
def profile() -> Response:
    """The profile of Apple Mail: the rep's account without passwords. Raises Invalid for an incoming server that is no host name."""
    settings, rep = deps().settings, current_user().rep
    host = request.args.get("imap", "").strip().lower().rstrip(".")
    if not _HOST.fullmatch(host):
        raise Invalid("imap", "is not the name of a server, such as imap.example.com")
    known = imap_address(settings)
    incoming = known if known is not None and known.host == host else None
    if not is_public(settings):
        raise NotFound("email clients on other machines cannot use the relay yet")
    content = apple_profile(settings, rep, host, incoming)
    answer = Response(content, mimetype="application/x-apple-aspen-config")
    answer.headers["Content-Disposition"] = 'attachment; filename="leadlight.mobileconfig"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/mail/config-v1.1.xml")
@blueprint.get("/.well-known/autoconfig/mail/config-v1.1.xml")
@public
def thunderbird() -> Response:
    """Thunderbird's automatic set-up. The same for every address: it says nothing of reps."""
    if not is_public(deps().settings):
        raise NotFound("email clients on other machines cannot use the relay yet")
    return Response(autoconfig(deps().settings), mimetype="application/xml")


def _name(client: str) -> str:
    if client not in CLIENTS:
        raise NotFound("no such email client")
    return CLIENTS[client]


def _page(client: str, shown: str = "") -> str:
    user, settings = current_user(), deps().settings
    name = _name(client)
    found = deps().store.client_tests.find(user.workspace.id, user.rep.id)
    own = found if found is not None and found.client == client else None
    server, incoming = relay_address(settings), imap_address(settings)
    lines = steps_of(own, client_tests.results(deps(), own), deps().now(), server) if own else ()
    return render_template(
        f"settings/clients/{client}.html",
        section="settings",
        tab="mail-clients",
        client=client,
        name=name,
        clients=CLIENTS,
        rep=user.rep,
        shown=shown,
        server=server,
        usual_port=next((port for port in server.ports if port.number in _USUAL_PORTS), None),
        is_public=is_public(settings),
        imap=incoming.host if incoming else _usual_imap(),
        test=own,
        lines=lines,
        has_sender=bool(user.workspace.is_demo or user.workspace.mail_server or settings.smtp_url),
        is_trackable=user.workspace.is_demo or is_reachable(settings.edge_url),
        edge_url=settings.edge_url,
        console=urlsplit(settings.public_url).netloc,
    )


def _usual_imap() -> str:
    """The incoming server that belongs to the workspace's mail server, where a large provider has it."""
    domain = current_user().rep.email.rpartition("@")[2].lower()
    return {"gmail.com": "imap.gmail.com", "outlook.com": "outlook.office365.com", "icloud.com": "imap.mail.me.com"}.get(domain, "")
