"""The inbox: the conversations in which leads have replied, the latest reply first. Opens from *Mail*; `thread` shows one."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from tracker.actions.conversations.thread import ThreadEntry, last_replies
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.conversation import Conversation
from tracker.domain.team.rep import Rep
from tracker.rules import visibility
from tracker.store.core.paging import Page, filtered_page
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.console.auth import current_user, deps, workspace_store

blueprint = Blueprint("inbox", __name__, url_prefix="/mail/inbox")

STATES: Mapping[str, tuple[str, bool | None]] = {"": ("Unanswered", True), "all": ("All", None)}
"""By the value in the query: the chip's label, and whether the last reply waits for an answer."""
_PAGE = 50
_LOOKS = 10
"""Pages read at most to fill one with conversations that the rep sees."""
_MOST_FOUND = 200
"""Leads that a search takes."""
_EXCERPT = 160


@dataclass(frozen=True, slots=True)
class InboxFilters:
    """The filters of the query string."""

    state: str = ""
    rep: str = ""
    """The rep who wrote the email that was answered; empty: every rep."""
    q: str = ""
    """Words of the lead's name, company or address."""

    def link(self, **changes: str) -> str:
        """The inbox with these filters changed, at the first page."""
        values = {"state": self.state, "rep": self.rep, "q": self.q} | changes
        given = urlencode({name: value for name, value in values.items() if value})
        return f"/mail/inbox?{given}" if given else "/mail/inbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxLine:
    """One line of the list."""

    conversation: Conversation
    lead: str
    company: str
    excerpt: str
    sender: str
    """The address of a reply by someone else than the lead."""
    rep: str
    """Whose email was answered; empty where it is the reader's."""


@blueprint.get("")
def index() -> str:
    """The replies that wait for an answer, or all, of leads that the rep sees."""
    reps = {rep.id: rep for rep in workspace_store().reps.all()}
    filters, cursor = _filters(reps), request.args.get("cursor")
    page, leads = _page(filters, cursor)
    found = page.items
    return render_template(
        "mail/inbox.html",
        section="mail",
        tab="inbox",
        lines=_lines(found, leads, reps),
        filters=filters,
        states=[(key, label) for key, (label, _) in STATES.items()],
        reps=_choices(reps),
        next=filters.link(cursor=page.next) if page.next else None,
        is_first=not cursor,
        is_connected=workspace_store().rep_mailboxes.find(current_user().rep.id) is not None,
    )


def _page(filters: InboxFilters, cursor: str | None) -> tuple[Page[Conversation], dict[str, Lead]]:
    """Conversations with leads that the rep sees, and these leads."""
    store, user, leads = workspace_store(), current_user(), dict[str, Lead]()
    searched = store.leads.ids_of(LeadQuery(search=filters.q, visible_to=user.scope), most=_MOST_FOUND) if filters.q else None

    def fetch(after: str | None, limit: int) -> Page[Conversation]:
        is_open = STATES[filters.state][1]
        return store.conversations.page(rep=filters.rep or None, is_open=is_open, leads=searched, cursor=after, limit=limit)

    def keep(found: list[Conversation]) -> set[str]:
        leads.update(store.leads.by_ids(one.lead for one in found if one.lead not in leads))
        return {one.id for one in found if one.lead in leads and visibility.may_see(user.viewer, leads[one.lead])}

    return filtered_page(fetch, keep, cursor=cursor, limit=_PAGE, looks=_LOOKS), leads


def _lines(found: list[Conversation], leads: Mapping[str, Lead], reps: Mapping[str, Rep]) -> list[InboxLine]:
    last = last_replies(deps(), current_user().workspace.id, found)
    return [_line(one, leads[one.lead], last.get(one.id), reps) for one in found]


def _line(found: Conversation, lead: Lead, reply: ThreadEntry | None, reps: Mapping[str, Rep]) -> InboxLine:
    rep = reps.get(found.rep or "")
    return InboxLine(
        conversation=found,
        lead=lead.name,
        company=lead.company or "",
        excerpt=" ".join((reply.text or reply.quoted)[: 2 * _EXCERPT].split())[:_EXCERPT] if reply else "",
        sender=reply.sender if reply else "",
        rep=rep.name if rep and rep.id != current_user().rep.id else "",
    )


def _filters(reps: Mapping[str, Rep]) -> InboxFilters:
    """The valid filters; anything else is ignored, also a rep whose leads this one does not see."""
    state, rep, q = (request.args.get(name, "") for name in ("state", "rep", "q"))
    offered = {value for value, _ in _choices(reps)}
    return InboxFilters(state=state if state in STATES else "", rep=rep if rep in offered else "", q=" ".join(q.split())[:100])


def _choices(reps: Mapping[str, Rep]) -> list[tuple[str, str]]:
    """Whose emails this rep may choose."""
    user = current_user()
    others = [rep for rep in reps.values() if rep.id != user.rep.id and visibility.may_see_owner(user.viewer, rep.id)]
    return [("", "All replies"), (user.rep.id, "To my emails"), *((rep.id, f"To emails of {rep.name}") for rep in others)]
