"""One email from a template that no person sends. Its id is known before, so that repeating the call sends nothing twice."""

import contextlib
import re
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.mail.messages import MessageParts, create_message
from tracker.actions.mail.new_message import new_message
from tracker.actions.mail.templates import usable_template
from tracker.actions.mail_queue.outbox import queue_message
from tracker.base.errors import Conflict, Invalid
from tracker.domain.mail.template import Template
from tracker.domain.mail.unsubscribe_text import unsubscribe_text
from tracker.domain.team.rep import Rep
from tracker.links.footer import append, choice_link

_UNSUBSCRIBE = re.compile(r"\{\{\s*unsubscribe[_ -]?url", re.IGNORECASE)


def send_template(
    deps: Deps, workspace: str, *, key: str, lead: str, rep: Rep, template: str, automatic: str, answers: str | None = None
) -> None:
    """Queues the email for working hours, in the conversation of the message `answers`. Raises Invalid, NotFound."""
    if deps.store.of(workspace).messages.find(key) is None:
        used = usable_template(deps, workspace, template)
        content: dict[str, Any] = {"html": with_signature(used.html, rep), "rep": rep.id, "sent_by_us": True, "automatic": automatic}
        if answers:
            content["reply_to_message"] = answers
        with contextlib.suppress(Conflict):
            new_message(deps, workspace, lead=lead, may_see=lambda _: True, uploader=None, template=template, key=key, **content)
    queue_message(deps, workspace, key)


def is_about_settings(error: Exception) -> bool:
    """Whether email cannot be sent for a reason that is about no lead, and that an admin can change: then it waits."""
    return isinstance(error, Invalid) and error.field in ("EDGE_URL", "SMTP_URL")


def send_fixed(deps: Deps, workspace: str, *, key: str, lead: str, rep: Rep, content: Template, campaign: str, automatic: str) -> None:
    """Queues an email with this content, whatever became of the template. Raises Invalid, NotFound."""
    if deps.store.of(workspace).messages.find(key) is None:
        with contextlib.suppress(Conflict):
            create_message(
                deps,
                workspace,
                lead=lead,
                subject=content.subject,
                html=content.html,
                kind=content.kind,
                rep=rep.id,
                campaign=campaign,
                automatic=automatic,
                sent_by_us=True,
                parts=MessageParts(id=key, template=content),
            )
    queue_message(deps, workspace, key)


def with_unsubscribe(html: str, language: str) -> str:
    """The HTML with an unsubscribe link at its end, in this language, unless the author placed one."""
    if _UNSUBSCRIBE.search(html):
        return html
    return append(html, choice_link("{{unsubscribe_url}}", unsubscribe_text(language).button, language or "en"))


def with_signature(html: str, rep: Rep) -> str:
    """The HTML with the rep's signature below it."""
    return append(html, f"<div>{rep.sender.signature}</div>") if rep.sender.signature else html
