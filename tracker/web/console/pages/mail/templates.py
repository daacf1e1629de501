"""Email templates: the list with figures, the editor with a preview for a lead, copy and archive."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.mail import templates as actions
from tracker.base.errors import Conflict, Invalid
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.template import Template, TemplateBrief, TemplateFigures
from tracker.domain.ops.audit import AuditAction
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.mail.compose import KINDS, links_of
from tracker.web.console.pages.mail.mail_frame import framed
from tracker.web.console.text.mail.merge_text import offered_fields
from tracker.web.console.text.mail.plain_mail import html_of

blueprint = Blueprint("templates", __name__, url_prefix="/mail/templates")

_OFFERED_LEADS = 20
_NEW = "Hi {{first_name|there}},\n\n\n\nBest regards\n{{rep_name}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateDraft:
    """The form's values. `body` is plain text, or HTML if `is_html`."""

    name: str = ""
    subject: str = ""
    body: str = _NEW
    kind: str = ""
    is_html: bool = False

    @property
    def html(self) -> str:
        """The body as email HTML."""
        return self.body if self.is_html else html_of(self.body)

    @property
    def values(self) -> dict[str, Any]:
        """What the actions take."""
        source = None if self.is_html else self.body
        return {"name": self.name, "subject": self.subject, "html": self.html, "source": source, "kind": self.kind or None}


@blueprint.get("")
def index() -> str:
    """The templates with their open and click rates; archived ones with `archived=yes`."""
    is_archive = request.args.get("archived") == "yes"
    found = actions.list_templates(deps(), current_user().workspace.id)
    shown: list[tuple[TemplateBrief, TemplateFigures]] = [pair for pair in found if pair[0].is_archived == is_archive]
    return render_template(
        "mail/templates.html",
        section="mail",
        tab="templates",
        templates=shown,
        is_archive=is_archive,
        archived=sum(brief.is_archived for brief, _ in found),
        kinds=dict(KINDS),
    )


@blueprint.get("/new")
def new() -> str:
    """The editor of a new template."""
    return _form(None, TemplateDraft())


@blueprint.post("/draft")
def from_draft() -> str:
    """The editor of a new template, with the draft of an email."""
    return _form(None, _draft())


@blueprint.post("")
def add() -> Response | tuple[str, int]:
    """Creates it."""
    user, draft = current_user(), _draft()
    try:
        made = actions.add_template(deps(), user.workspace.id, rep=user.rep.id, **draft.values)
    except (Invalid, Conflict) as error:
        return _form(None, draft, sentence_of(error)), 422
    note(AuditAction.TEMPLATE_CHANGED, made.name, added="yes")
    flash("Template saved.")
    return redirect("/mail/templates", 303)


@blueprint.get("/<template>")
def edit(template: str) -> str:
    """The editor."""
    found = workspace_store().templates.get(template)
    body = found.source or found.html
    draft = TemplateDraft(name=found.name, subject=found.subject, body=body, kind=found.kind or "", is_html=not found.source)
    return _form(found, draft)


@blueprint.post("/<template>")
def save(template: str) -> Response | tuple[str, int]:
    """Saves a changed template."""
    old, draft = workspace_store().templates.get(template), _draft()
    try:
        changed = actions.change_template(deps(), current_user().workspace.id, template, **draft.values)
    except (Invalid, Conflict) as error:
        return _form(old, draft, sentence_of(error)), 422
    _note_change(old, changed)
    flash("Template saved.")
    return redirect("/mail/templates", 303)


@blueprint.post("/<template>/copy")
def copy(template: str) -> Response:
    """Creates a template with the same content."""
    user = current_user()
    made = actions.copy_template(deps(), user.workspace.id, template, user.rep.id)
    note(AuditAction.TEMPLATE_CHANGED, made.name, added="yes")
    return redirect(f"/mail/templates/{made.id}", 303)


@blueprint.post("/<template>/archive")
def archive(template: str) -> Response:
    """Archives it, or takes it back with `archived=no`."""
    old = workspace_store().templates.get(template)
    is_archived = request.form.get("archived", "yes") == "yes"
    _note_change(old, actions.change_template(deps(), current_user().workspace.id, template, archived=is_archived))
    flash(f"{old.name} archived. Its figures stay." if is_archived else f"{old.name} is offered again.")
    return redirect("/mail/templates", 303)


@blueprint.post("/check")
def check() -> Response:
    """For js/pages/compose.js: subject, HTML and links as the chosen lead would get them, or the problem."""
    draft, lead = _draft(), _chosen_lead()
    rep, content = current_user().rep, {"subject": draft.subject, "html": draft.html}
    try:
        made = actions.preview_template(deps(), lead, rep, track=True, **content) if lead else None
    except Invalid as error:
        return jsonify(problem=sentence_of(error), links=[], html=draft.html)
    return jsonify(
        problem=None, subject=made.subject if made else draft.subject, links=links_of(made.links) if made else [], html=draft.html
    )


@blueprint.post("/preview")
def preview() -> Response:
    """The body for the preview frame."""
    draft, lead = _draft(), _chosen_lead()
    try:
        body = (
            actions.preview_template(deps(), lead, current_user().rep, subject=draft.subject, html=draft.html).html if lead else draft.html
        )
    except Invalid:
        body = draft.html
    return framed(body)


def _chosen_lead() -> Lead | None:
    lead = request.form.get("lead", "")
    return visible_lead(lead) if lead else None


def _draft() -> TemplateDraft:
    form, kind = request.form, request.form.get("kind", "")
    return TemplateDraft(
        name=form.get("name", "").strip(),
        subject=form.get("subject", "").strip(),
        body=form.get("body", ""),
        kind=kind if kind in dict(KINDS) else "",
        is_html=form.get("mode") == "html",
    )


def _note_change(old: Template, changed: Template) -> None:
    if changed.version != old.version:
        note(AuditAction.TEMPLATE_CHANGED, changed.name, **actions.audit_details(old, changed))


def _form(template: Template | None, draft: TemplateDraft, problem: str | None = None) -> str:
    query = LeadQuery(visible_to=current_user().scope)
    leads = workspace_store().leads.page(query, sort="-last_seen", limit=_OFFERED_LEADS).items
    context: dict[str, Any] = {
        "template": template,
        "draft": draft,
        "problem": problem,
        "kinds": KINDS,
        "leads": [(lead.id, lead.name) for lead in leads],
        "figures": actions.figures_of(deps(), current_user().workspace.id, template.id) if template else None,
        "fields": offered_fields(
            [*(field.name for field in current_user().workspace.custom_fields), *(name for lead in leads for name in lead.fields)]
        ),
    }
    return render_template("mail/template.html", section="mail", **context)
