"""The forms that an alert rule may be about: those that the viewer sees. Used by `custom_rules` and the console."""

from tracker.actions.deps import Deps
from tracker.domain.activity.form import Form, FormKind
from tracker.rules.visibility import Viewer, may_see, scope


def choosable_forms(deps: Deps, viewer: Viewer) -> list[Form]:
    """Who sees all leads sees all forms; others see those that leads whom they see have sent lately. Without forms that are off."""
    here = deps.store.of(viewer.workspace.id)
    found = [form for form in here.forms.all() if form.kind is not FormKind.OFF]
    if scope(viewer) is None:
        return found
    senders = {form.id: here.events.leads_of_form(form.id) for form in found}
    leads = here.leads.by_ids(set().union(*senders.values()))
    return [form for form in found if any(may_see(viewer, leads[one]) for one in senders[form.id] if one in leads)]
