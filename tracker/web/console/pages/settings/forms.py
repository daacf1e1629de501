"""Settings of the forms that were sent on the company's websites. For admins."""

import msgspec
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.inquiries.daily_limit import MOST_SHOWN, held_with_values, release
from tracker.actions.workspace import forms
from tracker.actions.workspace.workspaces import change_workspace
from tracker.base.errors import Invalid
from tracker.domain.activity.form import GUESSED_KINDS, MAPPED, FormKind
from tracker.rules.forms.consent_box import boxes_of
from tracker.rules.forms.mapping import fields_of, guessed_mapping
from tracker.rules.forms.texts import KIND_NAMES, label_of
from tracker.web.console.audit_log import note_form, note_settings
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.text.filters import plural

_MAPPED_NAMES = dict(zip(MAPPED, ("Email", "Name", "First name", "Last name", "Phone", "Company", "Message"), strict=True))
_MOST_COUNTED, _MOST_DIGITS = 10_000, 6
_KINDS = frozenset(kind.value for kind in FormKind)

blueprint = Blueprint("settings_forms", __name__, url_prefix="/settings/forms")


@blueprint.get("")
@admin
def page() -> str:
    """The forms of each website."""
    workspace = current_user().workspace
    found = forms.forms_of(deps(), workspace.id)
    return render_template(
        "settings/forms.html",
        section="settings",
        tab="sites",
        sites=[(site, found[site.key]) for site in workspace.sites if site.key in found],
        counts=workspace_store().events.form_counts(),
        choices=[(kind.value, KIND_NAMES[kind]) for kind in GUESSED_KINDS],
        kind_names=KIND_NAMES,
        label_of=label_of,
        boxes_of=boxes_of,
        mapped=_MAPPED_NAMES,
        fields_of=fields_of,
        held=held_with_values(workspace_store()),
        held_count=workspace_store().held_inquiries.count_held(_MOST_COUNTED),
        mapping_of=lambda form: form.mapping or (guessed_mapping(form) if form.kind is None else None),
    )


@blueprint.post("/limit")
@admin
def limit() -> Response:
    """Saves how many new leads a form makes in a day."""
    found, text = current_user().workspace, request.form.get("form_leads_a_day", "").strip()
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        raise Invalid("form_leads_a_day", "must be a whole number")
    policy = msgspec.structs.replace(found.policy, form_leads_a_day=int(text))
    note_settings(change_workspace(deps(), found.id, policy=policy), "forms")
    flash("Saved.")
    return redirect("/settings/forms", 303)


@blueprint.post("/held")
@admin
def add_held() -> Response:
    """Makes leads of held inquiries: of one, or of all that are listed."""
    wanted, held = request.form.get("inquiry", ""), workspace_store().held_inquiries.held(MOST_SHOWN)
    chosen = [one for one in held if wanted in ("all", one.id)]
    release(deps(), current_user().workspace.id, chosen)
    flash(f"{plural(len(chosen), 'inquiry', 'inquiries')} will be leads within a minute.")
    return redirect("/settings/forms#held", 303)


@blueprint.post("/<form>")
@admin
def decide(form: str) -> Response:
    """Approves, changes or switches off a form."""
    wanted = "off" if request.form.get("off") else request.form.get("kind", "")
    if wanted not in _KINDS:
        raise Invalid("kind", "must be one of the kinds in the list")
    before = forms.form_of(deps(), current_user().workspace.id, form)
    after = forms.decide_form(deps(), current_user().workspace.id, form, FormKind(wanted), current_user().rep)
    try:
        if wanted == FormKind.INQUIRY and "map_email" in request.form:
            chosen = {name: request.form.get(f"map_{name}", "") for name in MAPPED}
            after = forms.set_form_mapping(deps(), current_user().workspace.id, form, chosen if chosen["email"] else {})
        if wanted != "off" and "consent_field" in request.form:
            given = {"field": request.form["consent_field"], "wording": request.form.get("consent_wording", "")}
            after = forms.set_form_consent(deps(), current_user().workspace.id, form, **given)
    finally:
        note_form(before, after)
    flash("Saved. Scores and alerts update within a minute.")
    return redirect("/settings/forms", 303)
