"""Consent by the checkbox of a form: recorded once it is certain that a person sent it, and taken back if it turns out otherwise.

Called by workers.recompute.leads.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from tracker.actions.activity.event_log import changed
from tracker.actions.activity.lead_contexts import LeadContext
from tracker.actions.deps import Deps
from tracker.actions.privacy.consents import record_form_consent, restore_consent
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.leads.consent import LEAD, Consent, ConsentRecord, ConsentState
from tracker.domain.leads.lead import Lead
from tracker.rules.consent import standing
from tracker.rules.forms.consent_box import is_ticked
from tracker.rules.forms.texts import label_of
from tracker.rules.page_names import split_url
from tracker.rules.page_paths import path_of
from tracker.store.store import WorkspaceStore

_LONGEST_HOW = 200
_BY_FORM = "form: "


def record_form_consents(deps: Deps, store: WorkspaceStore, contexts: Sequence[LeadContext]) -> None:
    """Records what these leads allowed by forms. An unticked box, an uncertain submission, and one of another reader change nothing."""
    own = _own_leads(store, contexts)
    sent = [
        (lead, event)
        for context in contexts
        for event in context.events
        if (lead := own.get(event.lead or "")) and _is_candidate(lead, event)
    ]
    forms = store.forms.by_ids({event.form or "" for _, event in sent}) if sent else {}
    for lead, event in sent:
        form = forms.get(event.form or "")
        if form and form.consent and is_ticked(form, event):
            host, path = split_url(event.url or "")[0], path_of(event.url)
            how = f"{_BY_FORM}{label_of(form)}, {host}{path}"[:_LONGEST_HOW]
            record_form_consent(deps, lead, event=event.id, at=event.at, how=how, wording=form.consent.wording)


def take_back_form_consents(deps: Deps, store: WorkspaceStore, contexts: Sequence[LeadContext]) -> None:
    """What these leads allowed by a form that no longer counts as theirs is void: what they said before applies again.

    Where the submission is no longer stored, the consent stays.
    """
    leads = {key: lead for key, lead in _own_leads(store, contexts).items() if _is_by_form(lead.tracking_consent)}
    history = store.consents.of_leads(leads)
    sent = {event.id: event for event in store.events.by_ids(record.event for record in history if record.event)}
    counted: dict[str, list[ConsentRecord]] = defaultdict(list)
    void: set[tuple[str, datetime | None]] = set()
    for record in history:
        event = sent.get(record.event or "")
        is_void = record.void_since is not None if event is None else not _is_own(event, record.lead)
        if is_void and record.void_since is None:
            store.consents.set_void(record.id, deps.now())
        if is_void:
            void.add((record.lead, record.consent.at))
        else:
            counted[record.lead].append(record)
    for key, lead in leads.items():
        if (key, lead.tracking_consent.at) in void:
            restore_consent(deps, lead, standing(counted[key]))
            changed(deps, lead.workspace, key, lead.tracking_consent.at)  # another submission may count instead


def _own_leads(store: WorkspaceStore, contexts: Iterable[LeadContext]) -> dict[str, Lead]:
    """The leads by id, those that were merged with them by themselves: consent is that of an address."""
    found = {context.lead.id: context.lead for context in contexts}
    return found | store.leads.own_by_ids({one for context in contexts for one in context.ids} - found.keys())


def _is_by_form(consent: Consent) -> bool:
    return consent.state is ConsentState.GRANTED and consent.by == LEAD and (consent.how or "").startswith(_BY_FORM)


def _is_own(event: Event, lead: str) -> bool:
    """Whether the lead in person sent the form."""
    return event.stands and event.reader is None and event.lead == lead


def _is_candidate(lead: Lead, event: Event) -> bool:
    """Whether a person who is the lead sent a form after the lead's last decision."""
    is_sent = event.kind is EventKind.SUBMIT and event.form is not None and _is_own(event, lead.id)
    return is_sent and (lead.tracking_consent.at is None or event.at > lead.tracking_consent.at)
