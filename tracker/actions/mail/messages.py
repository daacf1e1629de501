"""Messages: creates them for a lead and records that another program sent them. Sending is in actions.mail_queue.outbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.actions import checks
from tracker.actions.activity.event_log import changed, record
from tracker.actions.conversations.follow import follow_sent
from tracker.actions.deps import Deps
from tracker.actions.mail.compose import compose
from tracker.actions.mail.mail_consent import mail_consent
from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import id_of, new_id
from tracker.base.mail_addresses import domain_of
from tracker.domain.activity.event import EventKind
from tracker.domain.mail.attachment import AttachedFile
from tracker.domain.mail.envelope import ALONE, Envelope
from tracker.domain.mail.message import Message, MessageState
from tracker.domain.mail.template import Template
from tracker.domain.mail.tracking import Tracking
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.store.mail.mail_queue import MAIL_LEASE

_LARGEST_HTML = 2 * 2**20
_UNSENT = (MessageState.DRAFT, MessageState.SCHEDULED, MessageState.QUEUED, MessageState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageParts:
    """What a message has besides its content; `actions.mail.new_message` decides it."""

    id: str | None = None
    """The id, where it must be known before; empty: a new one."""
    envelope: Envelope = ALONE
    attachments: tuple[AttachedFile, ...] = ()
    template: Template | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the message."""
        used = self.template
        return {
            "envelope": self.envelope,
            "attachments": self.attachments,
            "template": used.id if used else None,
            "template_edition": used.edition if used else None,
        }


PLAIN = MessageParts()
"""A message to one lead, without attachments."""


def create_message(
    deps: Deps,
    workspace: str,
    *,
    lead: str,
    subject: str,
    html: str,
    text: str | None = None,
    rep: str | None = None,
    kind: str | None = None,
    proposal: bool | None = None,
    campaign: str | None = None,
    automatic: str = "",
    track: bool | None = None,
    tracking: Tracking | None = None,
    ask_consent: bool = False,
    sent_by_us: bool = False,
    parts: MessageParts = PLAIN,
) -> Message:
    """Creates a message, tracked as far as consent allows. `rep`: the sender's id or address, else the owner. Raises NotFound, Invalid."""
    found, known, message = deps.store.of(workspace).leads.addressee(lead), deps.store.workspaces.get(workspace), parts.id or new_id()
    sender, title = find_rep(deps, workspace, rep or found.owner), checks.line("subject", subject, longest=500)
    consent = mail_consent(known, found, _degree(tracking, track, sender), ask=ask_consent, now=deps.now())
    body: dict[str, Any] = {"subject": title, "html": _checked_html(html), "text": text, "sent_by_us": sent_by_us}
    made = compose(deps, found, sender, message=message, tracking=consent.tracking, consent=consent, **body)
    return deps.store.of(workspace).messages.add(
        Message(
            id=message,
            workspace=workspace,
            lead=found.id,
            rep=sender.id if sender else None,
            **made.fields(),
            **consent.fields(),
            **_labels(kind, proposal, campaign),
            automatic=automatic,
            domain="" if parts.envelope.copy_to else wanted_domain(deps, known, found.email),
            **parts.fields,
            created_at=deps.now(),
        )
    )


def _labels(kind: str | None, proposal: bool | None, campaign: str | None) -> dict[str, Any]:  # noqa: FBT001 - a field
    short = {"kind": checks.optional_line("kind", kind, longest=60), "campaign": checks.optional_line("campaign", campaign, longest=120)}
    return {**short, "proposal": proposal}


def _degree(tracking: Tracking | None, track: bool | None, sender: Rep | None) -> Tracking:  # noqa: FBT001 - a field
    """What was asked for; else as the sender's profile says."""
    if track is False:
        if tracking not in (None, Tracking.OFF):
            raise Invalid("tracking", "must be off, or be left out, where track is false")
        return Tracking.OFF
    if tracking is None and track:
        return Tracking.FULL
    return tracking or (sender.tracking if sender else Tracking.FULL)


def wanted_domain(deps: Deps, workspace: Workspace, email: str) -> str:
    """The domain of the address. Workers look up its mail service meanwhile. Empty in the demo, whose people do not exist."""
    domain = "" if workspace.is_demo else domain_of(email)
    deps.store.mail_domains.want(domain, deps.now())
    return domain


def mark_sent(deps: Deps, workspace: str, message: str, at: datetime | None = None) -> Message:
    """Records that another program sent the message at `at` (default: now). Repeating it changes nothing.

    If the process dies before the event is recorded, the notifier records it (`actions.mail_queue.delivery.complete_interrupted`).
    Raises Conflict if it is already known to be sent at another moment, or is being sent by us now.
    """
    here, now = deps.store.of(workspace), deps.now()
    old = here.messages.get(message)
    deps.store.mail_domains.want(old.domain, now)
    moment = checks.moment("at", at, now) if at else None
    values = {"sent_at": moment or now, "error": None, "next_try_at": now + MAIL_LEASE}
    sent = here.messages.claim(message, from_states=_UNSENT, to=MessageState.SENT, **values)
    if sent is None:
        sent = here.messages.get(message)
        if sent.state is not MessageState.SENT or (moment is not None and sent.sent_at != moment):
            raise Conflict("this message was already sent" if sent.sent_at else "this message is being sent")
    if old.envelope.copy_to:  # a copy says nothing about the lead
        deps.store.mail_queue.close(sent)
        return sent
    follow_sent(deps, sent, sent.sent_at or now)
    record(
        deps,
        workspace,
        id_of(workspace, message, "sent"),
        EventKind.SENT,
        lead=old.lead,
        at=sent.sent_at or now,
        message=message,
        rep=old.rep,
    )
    # It may be told late: opens and clicks that came before are judged again, from the message's first day on.
    changed(deps, workspace, old.lead, old.created_at)
    deps.store.mail_queue.close(sent)
    return sent


def set_proposal(deps: Deps, workspace: str, message: str, *, proposal: bool | None) -> Message:
    """Says whether the message is a proposal; None: as its kind or subject tells. Alerts about it are decided again."""
    here = deps.store.of(workspace).messages
    old = here.get(message)
    if old.proposal is proposal:
        return old
    kept = here.change(message, proposal=proposal)
    changed(deps, workspace, kept.lead, kept.reaction.opened_at or kept.created_at)
    return kept


def _checked_html(html: str) -> str:
    if not html.strip() or len(html.encode("utf-8", "surrogatepass")) > _LARGEST_HTML:
        raise Invalid("html", f"must not be empty nor larger than {_LARGEST_HTML // 2**20} MB")
    return html


def find_rep(deps: Deps, workspace: str, rep: str | None) -> Rep | None:
    """The rep by id or email address."""
    here = deps.store.of(workspace).reps
    if rep is None:
        return None
    found = here.find(rep) or here.by_email(rep)
    if found is None:
        raise Invalid("rep", "must be a rep of this workspace: an id or an email address")
    return found
