"""The Privacy page of the settings, for admins: what is tracked of leads who have said nothing, web addresses, and consent as a file."""

import re
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.imports import csv_files
from tracker.actions.workspace.address_privacy import set_address_privacy
from tracker.actions.workspace.tracking_policies import set_tracking_policy
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.tracking import Tracking
from tracker.domain.ops.audit import AuditAction
from tracker.rules.consent import allowed
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.console.audit_log import note, note_settings
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.tracking_form import tracking_form

blueprint = Blueprint("settings_privacy", __name__, url_prefix="/settings/privacy")

_DEGREE = "degree-"
_HEADER = ("lead", "email", "name", "country", "state", "at", "how", "wording", "by", "allowed", "reason")
_PAGE = 200


@blueprint.get("")
@admin
def page() -> str:
    """The policy per country, and who decided it when."""
    return render_template("settings/privacy.html", section="settings", tab="privacy", **tracking_form())


@blueprint.post("")
@admin
def save() -> Response:
    """Saves the policy. Set-up sends the company's country alone: then the degrees stay, or are those offered."""
    form, user = request.form, current_user()
    former = user.workspace.tracking_policy
    has_degrees = any(name.startswith(_DEGREE) for name in form)
    changed = set_tracking_policy(
        deps(),
        user.workspace.id,
        own_country=form.get("own_country", ""),
        degrees=_degrees(form) if has_degrees else former.countries if former else None,
        elsewhere=form.get("elsewhere") or (former.elsewhere if former else Tracking.FULL),
        wording=form.get("wording", former.wording if former else ""),
        by=user.rep.name,
    )
    note_settings(changed, "tracking policy")
    if form.get("back") == "setup":
        return redirect("/setup#consent", 303)
    flash("Saved. It applies to email sent from now on.")
    return redirect("/settings/privacy", 303)


@blueprint.post("/addresses")
@admin
def save_addresses() -> Response:
    """Saves which parts of web addresses are removed. Words are separated by anything but letters."""
    form = request.form
    words = re.split(r"[\W\d_]+", form.get("words", ""))
    changed = set_address_privacy(deps(), current_user().workspace.id, is_on="is_on" in form, words=words)
    note_settings(changed, "confidential parts of addresses")
    flash("Saved. It applies to pages viewed from now on.")
    return redirect("/settings/privacy#addresses", 303)


@blueprint.post("/consents.csv")
@admin
def export() -> Response:
    """The consent of all leads with its proof, as CSV."""
    store, cursor, rows = workspace_store(), None, []
    while True:
        found = store.leads.page(LeadQuery(), sort="created", cursor=cursor, limit=_PAGE)
        rows += [_cells(lead) for lead in found.items]
        cursor = found.next
        if not cursor:
            break
    note(AuditAction.EXPORTED, "consent of all leads")
    return Response(
        csv_files.write(_HEADER, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="leadlight-consent-{deps().now():%Y-%m-%d}.csv"'},
    )


def _degrees(form: Mapping[str, str]) -> dict[str, str]:
    """The degrees by country; an empty one takes the country off the list."""
    given = {name.removeprefix(_DEGREE): degree for name, degree in form.items() if name.startswith(_DEGREE) and degree}
    more = form.get("add_country", "")
    return given | ({more: form.get("add_degree", "")} if more else {})


def _cells(lead: Lead) -> tuple[str, ...]:
    consent, permission = lead.tracking_consent, allowed(lead, current_user().workspace.tracking_policy)
    at = consent.at.isoformat(timespec="milliseconds") if consent.at else ""
    proof = (consent.state.value, at, consent.how or "", consent.wording or "", consent.by or "")
    return lead.id, lead.email, lead.name, lead.country or "", *proof, permission.degree.value, permission.reason
