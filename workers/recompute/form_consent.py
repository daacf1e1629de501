"""Consent by the checkbox of a form: recorded once it is certain that a person sent it. Called by workers.recompute.leads."""

from collections.abc import Iterable

from tracker.actions.deps import Deps
from tracker.actions.privacy.consents import record_form_consent
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.leads.lead import Lead
from tracker.rules.forms.consent_box import is_ticked
from tracker.rules.forms.texts import label_of
from tracker.rules.page_names import split_url
from tracker.rules.page_paths import path_of
from tracker.store.store import WorkspaceStore
from workers.recompute.context import LeadContext

_LONGEST_HOW = 200


def record_form_consents(deps: Deps, store: WorkspaceStore, contexts: Iterable[LeadContext]) -> None:
    """Records what these leads allowed by forms. An unticked box, an uncertain submission, and one of another reader change nothing."""
    sent = [(context.lead, event) for context in contexts for event in context.events if _is_candidate(context.lead, event)]
    forms = store.forms.by_ids({event.form or "" for _, event in sent}) if sent else {}
    for lead, event in sent:
        form = forms.get(event.form or "")
        if form and form.consent and is_ticked(form, event):
            host, path = split_url(event.url or "")[0], path_of(event.url)
            how = f"form: {label_of(form)}, {host}{path}"[:_LONGEST_HOW]
            record_form_consent(deps, lead, event=event.id, at=event.at, how=how, wording=form.consent.wording)


def _is_candidate(lead: Lead, event: Event) -> bool:
    """Whether a person who is the lead sent a form after the lead's last decision."""
    is_own = event.kind is EventKind.SUBMIT and event.stands and event.reader is None and event.form is not None
    return is_own and (lead.tracking_consent.at is None or event.at > lead.tracking_consent.at)
