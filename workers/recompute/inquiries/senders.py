"""Who sent an inquiry: the lead with the address in an approved form, added if there is none, and the browser bound to it.

Called by workers.recompute.batch, after verdicts and before identity.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from tracker.actions.deps import Deps
from tracker.actions.inquiries.daily_limit import may_add_lead
from tracker.actions.inquiries.leads import lead_of_form
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.forms.mapping import mapped_values
from tracker.rules.identity import Claim, device_of
from tracker.store.store import WorkspaceStore

_VISIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class SentInquiry:
    """A form that a person sent as an inquiry, and the first page of that visit, as far as it was read."""

    event: Event
    entry: Event


def sent_inquiries(events: Collection[Event]) -> list[SentInquiry]:
    """The inquiries among page events, which have their verdicts."""
    sent = [event for event in events if event.is_inquiry and event.stands and event.form and event.visitor]
    if not sent:
        return []
    views = sorted((event for event in events if event.kind is EventKind.VIEW), key=lambda event: event.order)
    return [SentInquiry(event, _entry(event, views)) for event in sorted(sent, key=lambda event: event.order)]


def bind_senders(deps: Deps, workspace: Workspace, store: WorkspaceStore, sent: Iterable[SentInquiry]) -> dict[str, datetime]:
    """Claims each browser for the sender; the leads concerned, with the moment of their inquiry.

    Safe to repeat: of a form that is claimed already, nothing changes.
    """
    wanted = {one.event.id: one for one in sent}
    if not wanted:
        return {}
    forms = store.forms.by_ids({one.event.form or "" for one in wanted.values()})
    ready = [one for one in wanted.values() if (form := forms.get(one.event.form or "")) and form.mapping]
    claimed = {claim.event for claim in store.claims.on_clicks(one.event.id for one in ready)} if ready else set()
    found: dict[str, datetime] = {}
    for one in ready:
        event, mapping = one.event, forms[one.event.form or ""].mapping
        if mapping is None or event.id in claimed or (mapping.since and event.at < mapping.since):
            continue
        may_add = partial(may_add_lead, deps, workspace, forms[event.form or ""], event)
        lead = lead_of_form(deps, workspace, mapped_values(mapping, event.fields), event, one.entry, may_add)
        if lead is not None:
            device = device_of(event.agent, event.address)
            store.claims.add([Claim(event=event.id, visitor=event.visitor or "", click=event.id, at=event.at, device=device, lead=lead)])
            found[lead] = min(found.get(lead, event.at), event.at)
    return found


def _entry(sent: Event, views: Iterable[Event]) -> Event:
    """The first of the views of the same browser without a pause of half an hour before the form."""
    entry = sent
    for view in reversed([view for view in views if view.visitor == sent.visitor and view.order <= sent.order]):
        if entry.at - view.at > _VISIT:
            break
        entry = view
    return entry
