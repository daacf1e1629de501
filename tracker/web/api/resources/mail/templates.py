"""/templates: emails that the reps of a workspace share."""

from tracker.actions.mail import templates as actions
from tracker.domain.mail.template import TemplateFigures
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.operations import MAX_MESSAGE, Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.mail.templates import (
    TemplateChange,
    TemplateIn,
    TemplateItemOut,
    TemplateOut,
    template_item_out,
    template_out,
)

operations = Operations()


@operations.add("GET", "/templates", response=List[TemplateItemOut])
def list_templates(call: Call) -> List[TemplateItemOut]:
    """Lists templates by name, with open and click rates of all their messages."""
    found = actions.list_templates(call.deps, call.workspace.id)
    return List[TemplateItemOut].model_construct(items=[template_item_out(brief, figures) for brief, figures in found], next=None)


def _authorize_add(_call: Call, body: TemplateIn) -> None:
    """Every rep and program of the workspace may."""
    del body


@operations.add(
    "POST",
    "/templates",
    body=TemplateIn,
    response=TemplateOut,
    status=201,
    max_body=MAX_MESSAGE,
    authorize=_authorize_add,
    audit=(AuditAction.TEMPLATE_CHANGED,),
)
def add_template(call: Call, body: TemplateIn) -> TemplateOut:
    """Creates a template."""
    made = actions.add_template(call.deps, call.workspace.id, rep=call.rep_id, **body.given())
    call.record(AuditAction.TEMPLATE_CHANGED, made.name, added="yes")
    return template_out(made, TemplateFigures())


@operations.add("GET", "/templates/{template}", response=TemplateOut)
def get_template(call: Call, template: str) -> TemplateOut:
    """Returns one template with its HTML."""
    found = call.store.templates.get(template)
    return template_out(found, actions.figures_of(call.deps, call.workspace.id, found.id))


@operations.add(
    "PATCH",
    "/templates/{template}",
    body=TemplateChange,
    response=TemplateOut,
    max_body=MAX_MESSAGE,
    audit=(AuditAction.TEMPLATE_CHANGED,),
)
def change_template(call: Call, template: str, body: TemplateChange) -> TemplateOut:
    """Changes a template, or archives it; messages made from it stay as they are."""
    old, given = call.store.templates.get(template), body.given()
    if "is_archived" in given:
        given["archived"] = given.pop("is_archived")
    changed = actions.change_template(call.deps, call.workspace.id, template, **given)
    if changed.version != old.version:
        call.record(AuditAction.TEMPLATE_CHANGED, changed.name, **actions.audit_details(old, changed))
    return template_out(changed, actions.figures_of(call.deps, call.workspace.id, changed.id))
