"""The forms of a batch: listed per site, within a limit, and noted on the events that sent them. Called by workers.drain.store_batch."""

from collections.abc import Iterable, Sequence

import msgspec

from tracker.domain.activity.capture import Capture
from tracker.domain.activity.event import Event
from tracker.domain.activity.form import Form
from tracker.rules.forms.identity import FormIdentity, others_key
from tracker.rules.page_paths import path_of
from tracker.store.store import WorkspaceStore
from workers.drain.convert import form_identity_of, with_form

MOST_FORMS = 200
"""Forms listed for one site, so that a flood of made-up forms stays small. Two batches at once may exceed it a little."""


def list_forms(store: WorkspaceStore, events: Sequence[Event], captures: Iterable[Capture]) -> list[Event]:
    """The events with the form that each sent and its kind, as decided or else as guessed.

    The forms are stored before the events. Beyond the limit, a form belongs to the row of all others.
    """
    identities = {capture.id: identity for capture in captures if (identity := form_identity_of(capture))}
    if not identities:
        return list(events)
    sent = {event.id: with_form(event, identities[event.id]) for event in events if event.id in identities}
    known = store.forms.by_ids({event.form or "" for event in sent.values()} | {others_key(event.site or "") for event in sent.values()})
    room: dict[str, int] = {}
    listed: dict[str, Form] = {}
    for event in sorted(sent.values(), key=lambda each: each.order):
        key, site = event.form or "", event.site or ""
        if key not in known and key not in listed:
            if site not in room:
                room[site] = MOST_FORMS - store.forms.count_of(site)
            room[site] -= 1
            key = key if room[site] >= 0 else others_key(site)
        decided = known[key].kind if key in known else None
        sent[event.id] = found = msgspec.structs.replace(event, form=key, form_kind=decided or event.form_kind)
        listed[key] = _joined(listed.get(key), _form(event, found, identities[event.id]))
    store.forms.saw(listed.values())
    return [sent.get(event.id, event) for event in events]


def _form(event: Event, found: Event, identity: FormIdentity) -> Form:
    """The row of the event's form; `event` has the guess, `found` the row that it belongs to."""
    is_listed = event.form == found.form
    return Form(
        id=found.form or "",
        workspace=event.workspace,
        site=event.site or "",
        name=identity.name if is_listed else "",
        path=path_of(event.url)[:500],
        fields=identity.fields if is_listed else (),
        guess=event.form_kind if is_listed else None,
        first_seen_at=event.at,
        last_seen_at=event.at,
    )


def _joined(before: Form | None, later: Form) -> Form:
    return msgspec.structs.replace(later, first_seen_at=before.first_seen_at) if before else later
