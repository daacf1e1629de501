"""/forms: the forms that were sent on the company's sites, and what each is."""

from tracker.actions.ops import audit
from tracker.actions.workspace.forms import decide_form, form_of, forms_of, set_form_consent, set_form_mapping
from tracker.domain.activity.form import FormKind
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.workspace.forms import FormIn, FormOut, form_out

operations = Operations()


@operations.add("GET", "/forms", response=List[FormOut])
def list_forms(call: Call) -> List[FormOut]:
    """Lists the forms that were sent on each site, the last seen first."""
    counts = call.store.events.form_counts()
    found = forms_of(call.deps, call.workspace.id).values()
    return List[FormOut](items=[form_out(form, counts.get(form.id, 0)) for own in found for form in own], next=None)


@operations.add("PUT", "/forms/{form}", body=FormIn, response=FormOut, admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def set_form_kind(call: Call, form: str, body: FormIn) -> FormOut:
    """Decides the kind of a form, which fields make a lead of it, and its checkbox for consent; scores and alerts are computed again."""
    before = form_of(call.deps, call.workspace.id, form)
    after = decide_form(call.deps, call.workspace.id, form, FormKind(body.kind), call.rep)
    if body.mapping is not None:
        after = set_form_mapping(call.deps, call.workspace.id, form, body.mapping.model_dump())
    if body.consent_field is not None:
        after = set_form_consent(call.deps, call.workspace.id, form, field=body.consent_field, wording=body.consent_wording)
    audit.record_form(call.deps, call.audit_actor, before, after)
    return form_out(after, call.store.events.form_counts().get(form, 0))
