"""Email to the rep's `address`, through the mail server of the workspace or of the instance. These mails are never tracked."""

from html import escape

from notifier.context import Context
from notifier.notice import Notice
from tracker.base.errors import DeliveryError, Invalid
from tracker.base.mail_addresses import wire_address
from tracker.domain.workspace.mail_server import MAIL_MUST_RETYPE
from tracker.mail import mime, smtp
from tracker.mail.routes import Route, SignInNeeded, mail_resolver, route_of, sender_of

_SECONDS = 18.0
"""For the whole SMTP session. Together with the retries of a result (notifier.results), less than the lease of a delivery."""


def send(notice: Notice, config: dict[str, str], context: Context) -> dict[str, str]:
    """Hands the notice to the mail server. The Message-ID is the same at each try, the thread one per lead."""
    route = _route(context)
    address = config.get("address", "")
    sender = context.workspace.alert_sender or sender_of(route.server.user, context.settings.public_url)
    host = wire_address(sender).rpartition("@")[2]
    headers = {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "In-Reply-To": f"<lead.{notice.thread}@{host}>",
        "References": f"<lead.{notice.thread}@{host}>",
    }
    if notice.quiet:
        headers["Importance"] = "low"
    try:
        message = mime.build(
            sender=("Leadlight", sender),
            recipient=("", address),
            subject=notice.title,
            text=plain(notice),
            html=html(notice),
            message_id=f"alert.{notice.id}@{host}",
            at=context.now,
            headers=headers,
        )
        resolver = mail_resolver(context.settings)
        smtp.send(route, message, sender=sender, recipient=address, resolver=resolver, seconds=_SECONDS)
    except Invalid as error:
        raise DeliveryError(f"the {error.field} {error}", permanent=True) from error
    return {}


def plain(notice: Notice) -> str:
    """The text part."""
    parts = [notice.title, notice.text, "\n".join(notice.brief), "\n".join(notice.lines), f"{notice.link_text}: {notice.link}"]
    return "\n\n".join(part for part in parts if part)


def html(notice: Notice) -> str:
    """The HTML part: the same text and one link, to the console's ordinary sign-in."""
    lines = "".join(f"<li>{escape(line)}</li>" for line in notice.lines)
    listed = f"<ul>{lines}</ul>" if len(notice.lines) > 1 else f"<p>{escape(''.join(notice.lines))}</p>" if lines else ""
    text = f"<p>{escape(notice.text)}</p>" if notice.text else ""
    brief = f"<p>{'<br>'.join(map(escape, notice.brief))}</p>" if notice.brief else ""
    link = f'<p><a href="{escape(notice.link)}">{escape(notice.link_text)}</a></p>'
    return f'<!doctype html><html lang="en"><body><p><strong>{escape(notice.title)}</strong></p>{text}{brief}{listed}{link}</body></html>'


def _route(context: Context) -> Route:
    if context.workspace.lost_secrets:
        raise DeliveryError(MAIL_MUST_RETYPE, permanent=False)  # the channel is valid, and continues once the password is set
    try:
        route = route_of(context.workspace, context.settings)
    except SignInNeeded as error:
        raise DeliveryError(str(error), permanent=False) from error
    except Invalid as error:
        raise DeliveryError(f"the outgoing mail server {error}", permanent=True) from error
    if route is None:
        raise DeliveryError("no outgoing mail is set: fill in Settings, Outgoing mail, or the setting SMTP_URL", permanent=True)
    return route
