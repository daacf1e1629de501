"""The kinds of sent forms that admins decided. Part of the first step of a batch; called by workers.recompute.verdicts.decide."""

from collections.abc import Iterable
from datetime import datetime

from tracker.domain.activity.event import Event
from tracker.domain.activity.form import FormKind
from tracker.store.store import WorkspaceStore


def changed_form_kinds(store: WorkspaceStore, events: Iterable[Event], sealed_before: datetime | None) -> dict[str, FormKind]:
    """The decided kinds by event, where the event has another one.

    An event keeps its guess until its form is decided. The drain may have read the form before it was.
    """
    sent = [event for event in events if event.form and not (sealed_before and event.at < sealed_before)]
    decided = store.forms.decisions({event.form for event in sent if event.form}) if sent else {}
    return {event.id: kind for event in sent if (kind := decided.get(event.form or "")) and kind is not event.form_kind}
