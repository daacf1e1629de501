"""Mail about signing in: links that confirm an address or sign in. Never through the demo's mail server."""

from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.smtp_url import read_url
from tracker.mail import mime, smtp
from tracker.mail.routes import Route, hello_of, mail_resolver, route_of, sender_of

_SECONDS = 10.0


def proven_to(deps: Deps, workspace: str) -> str | None:
    """Whose mail server would carry a mail about signing in for a rep of the workspace.

    Empty: the operator's (SMTP_URL). Else the workspace itself, whose admins may read what their server carries, so that such
    a link proves nothing to any other workspace. None: there is no server.
    """
    if deps.settings.smtp_url:
        return ""
    found = deps.store.workspaces.find(workspace)
    return workspace if found and found.mail_server and not (found.is_demo or found.lost_secrets) else None


def send(deps: Deps, rep: Rep, to: str, subject: str, text: str) -> None:
    """Sends a plain mail to the address. Raises DeliveryError, Invalid where no mail server is set."""
    carrier = proven_to(deps, rep.workspace)
    route = _route(deps, carrier)
    if route is None:
        raise Invalid("mail", "cannot be sent: no outgoing mail server is set. An admin sets one under Settings, Mail")
    sender = sender_of(route.server.user, deps.settings.public_url)
    mail = mime.build(
        sender=("Leadlight", sender),
        recipient=("", to),
        subject=subject,
        text=text,
        html=None,
        message_id=f"{new_id()}@{sender.partition('@')[2]}",
        at=deps.now(),
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    smtp.send(route, mail, sender=sender, recipient=to, resolver=mail_resolver(deps.settings), seconds=_SECONDS)


def _route(deps: Deps, carrier: str | None) -> Route | None:
    if carrier is None:
        return None
    if not carrier:
        return Route(read_url(deps.settings.smtp_url), is_trusted=True, hello=hello_of(deps.settings))
    found = deps.store.workspaces.get(carrier)
    return route_of(found, deps.settings) if found.mail_server else None
