"""The list of emails: what reps wrote, its state in words, what the leads did with it, and cancelling. Opens from *Mail*."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import WAITING, Message, MessageState
from tracker.domain.team.rep import Rep
from tracker.rules import visibility
from tracker.rules.message_engagement import MessageFigures, figures_of
from tracker.store.core.paging import Page, filtered_page
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.text.mail.sending_text import waiting_note
from tracker.web.console.text.mail.status_text import MessageStatus, status_of

blueprint = Blueprint("mail", __name__, url_prefix="/mail")

STATES: Mapping[str, tuple[str, tuple[MessageState, ...]]] = {
    "": ("All", tuple(MessageState)),
    "scheduled": ("Scheduled", (MessageState.SCHEDULED,)),
    "waiting": ("Waiting to be sent", (MessageState.QUEUED, MessageState.SENDING)),
    "sent": ("Sent", (MessageState.SENT,)),
    "failed": ("Not sent", (MessageState.FAILED, MessageState.BOUNCED)),
    "drafts": ("Drafts", (MessageState.DRAFT,)),
}
"""By the value in the query: the chip's label, and the states of the messages."""
EVERYONE = "all"
_PAGE = 50
_LOOKS = 10
"""Pages read at most to fill one with emails to leads that the rep sees."""


@dataclass(frozen=True, slots=True)
class MailFilters:
    """The filters of the query string."""

    state: str = ""
    rep: str = ""
    """A rep's id, or `all`; empty: the rep who reads."""

    def link(self, **changes: str) -> str:
        """The list's address with these filters changed, at the first page."""
        values = {"state": self.state, "rep": self.rep} | changes
        given = urlencode({name: value for name, value in values.items() if value})
        return f"/mail?{given}" if given else "/mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMail:
    """One line of the list."""

    id: str
    subject: str
    recipient: str
    company: str
    is_linked: bool
    """Whether the lead still exists."""
    rep: str
    status: MessageStatus
    note: str
    at: datetime
    figures: MessageFigures
    may_cancel: bool

    @property
    def clicks(self) -> int:
        """How many clicks persons made, on all links."""
        return sum(map(len, self.figures.clicks.values()))


@blueprint.get("")
def index() -> str:
    """The emails of the rep, or of those whose leads the rep sees; newest first."""
    reps = {rep.id: rep for rep in workspace_store().reps.all()}
    filters, cursor = _filters(reps), request.args.get("cursor")
    page, leads = _page(filters, cursor)
    return render_template(
        "mail/overview.html",
        section="mail",
        tab="emails",
        mails=_listed(page.items, leads, reps),
        filters=filters,
        states=[(key, label) for key, (label, _) in STATES.items()],
        reps=_choices(reps),
        next=filters.link(cursor=page.next) if page.next else None,
        is_first=not cursor,
        shows_rep=bool(filters.rep),
    )


def _page(filters: MailFilters, cursor: str | None) -> tuple[Page[Message], dict[str, Lead]]:
    """Messages to leads that the rep sees, and these leads."""
    store, viewer = workspace_store(), current_user().viewer
    rep = None if filters.rep == EVERYONE else filters.rep or current_user().rep.id
    states, leads = STATES[filters.state][1], dict[str, Lead]()

    def fetch(after: str | None, limit: int) -> Page[Message]:
        return store.messages.listed(rep, states, cursor=after, limit=limit)

    def keep(messages: list[Message]) -> set[str]:
        leads.update(store.leads.by_ids(message.lead for message in messages if message.lead not in leads))
        return {message.id for message in messages if visibility.may_see(viewer, leads.get(message.lead))}

    return filtered_page(fetch, keep, cursor=cursor, limit=_PAGE, looks=_LOOKS), leads


def _listed(messages: list[Message], leads: Mapping[str, Lead], reps: Mapping[str, Rep]) -> list[ListedMail]:
    events: dict[str, list[Event]] = {}
    for event in workspace_store().events.of_messages(message.id for message in messages if message.sent_at):
        events.setdefault(event.message or "", []).append(event)
    return [_line(message, leads.get(message.lead), reps, figures_of(events.get(message.id, ()))) for message in messages]


def _line(message: Message, lead: Lead | None, reps: Mapping[str, Rep], figures: MessageFigures) -> ListedMail:
    user, rep = current_user(), reps.get(message.rep or "")
    status, copy = status_of(message), message.envelope.copy_to
    return ListedMail(
        id=message.id,
        subject=message.subject,
        recipient=f"Copy to {copy}" if copy else lead.name if lead else "Deleted lead",
        company=(lead.company or lead.email) if lead and not copy else "",
        is_linked=lead is not None,
        rep=rep.name if rep else "Former rep" if message.rep else "API",
        status=status,
        note=waiting_note(message, zone_of(user.rep.timezone), deps().now()) or status.note,
        at=message.sent_at or message.created_at,
        figures=figures,
        may_cancel=message.state in WAITING and visibility.may_act_as(user.viewer, message.rep),
    )


def _filters(reps: Mapping[str, Rep]) -> MailFilters:
    """The valid filters; anything else is ignored, also a rep whose leads this one does not see."""
    state, rep = request.args.get("state", ""), request.args.get("rep", "")
    offered = {value for value, _ in _choices(reps)}
    return MailFilters(state=state if state in STATES else "", rep=rep if rep in offered else "")


def _choices(reps: Mapping[str, Rep]) -> list[tuple[str, str]]:
    """Whose emails this rep may choose."""
    user = current_user()
    others = [rep for rep in reps.values() if rep.id != user.rep.id and visibility.may_see_owner(user.viewer, rep.id)]
    everyone = [(EVERYONE, "All reps")] if visibility.scope(user.viewer) is None else []
    return [("", "My emails"), *everyone, *((rep.id, rep.name) for rep in others)]


def overview_link(args: Mapping[str, str]) -> str:
    """The list as it was before a form on it was sent."""
    state, rep = args.get("state", ""), args.get("rep", "")
    return MailFilters(state=state if state in STATES else "", rep=rep[:64]).link()
