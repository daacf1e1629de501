"""Mail about signing in: links that confirm an address or sign in. Never through the demo's mail server."""

from urllib.parse import urlsplit

from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.domain.reps import Rep
from tracker.mail import mime, smtp

_SECONDS = 10.0


def proven_to(deps: Deps, workspace: str) -> str | None:
    """Whose mail server would carry a mail about signing in for a rep of the workspace.

    Empty: the operator's (SMTP_URL). Else the workspace itself, whose admins may read what their server carries, so that such
    a link proves nothing to any other workspace. None: there is no server.
    """
    if deps.settings.smtp_url:
        return ""
    found = deps.store.workspaces.find(workspace)
    return workspace if found and found.smtp_url and not found.is_demo else None


def send(deps: Deps, rep: Rep, to: str, subject: str, text: str) -> None:
    """Sends a plain mail to the address. Raises DeliveryError, Invalid where no mail server is set."""
    carrier = proven_to(deps, rep.workspace)
    url = deps.settings.smtp_url if carrier == "" else deps.store.workspaces.get(rep.workspace).smtp_url if carrier else None
    if not url:
        raise Invalid("mail", "cannot be sent: no outgoing mail server is set. An admin sets one under Settings, Mail")
    sender = _sender(url, deps.settings.public_url)
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
    smtp.send(url, mail, sender=sender, recipient=to, timeout=_SECONDS)


def _sender(url: str, public_url: str) -> str:
    user = smtp.read_url(url).user
    return user if "@" in user else f"leadlight@{urlsplit(public_url).hostname or 'localhost'}"
