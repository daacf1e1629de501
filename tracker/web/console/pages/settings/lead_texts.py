"""Settings of what leads read: the company's own texts by language, with a preview. For admins."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.workspace.lead_texts import DEFAULT, PAGES, set_lead_texts
from tracker.base.languages import LANGUAGES, known
from tracker.domain.leads.consent_text import company_words, text_in
from tracker.domain.mail.unsubscribe_text import unsubscribe_text
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import admin, current_user, deps

blueprint = Blueprint("lead_texts", __name__, url_prefix="/settings/texts")

_NAMES = {"choice": "Tracking choice", "banner": "Consent banner", "unsubscribe": "Unsubscribe page"}
_LANGUAGE_NAMES = dict(zip(LANGUAGES, ("English", "German", "French", "Spanish", "Italian", "Portuguese", "Dutch"), strict=True))
_PREVIEWED = ("choice", "unsubscribe")


@blueprint.get("")
@admin
def page() -> str:
    """The texts of each page."""
    return render_template(
        "settings/lead_texts.html",
        section="settings",
        tab="privacy",
        pages=_NAMES,
        languages=[(DEFAULT, "All other languages"), *_LANGUAGE_NAMES.items()],
        texts=current_user().workspace.lead_texts,
        previewed=_PREVIEWED,
    )


@blueprint.post("")
@admin
def save() -> Response:
    """Saves the texts of the pages in the form."""
    form = request.form
    given = {name: {key: form.get(f"{name}-{key}", "") for key in (DEFAULT, *LANGUAGES)} for name in PAGES}
    note_settings(set_lead_texts(deps(), current_user().workspace.id, given), "texts for leads")
    flash("Saved. Leads see it within a second.")
    return redirect("/settings/texts", 303)


@blueprint.get("/preview")
@admin
def preview() -> str:
    """A page as a lead sees it in a language, with buttons that do nothing."""
    workspace, language = current_user().workspace, known(request.args.get("language", ""))
    own = workspace.lead_texts.get("unsubscribe" if request.args.get("page") == "unsubscribe" else "choice", {})
    text = own.get(language) or own.get(DEFAULT, "")
    if request.args.get("page") == "unsubscribe":
        words = unsubscribe_text(language)
        title, shown, buttons = words.title, [text or words.explanation], [words.button]
    else:
        policy, choice = workspace.tracking_policy, text_in(language)
        title, buttons = choice.title, [choice.refuse, choice.grant]
        shown = [text or (policy.wording if policy else "") or choice.explanation, choice.note]
    filled = [company_words(one, workspace.name) for one in shown]
    return render_template("settings/text_preview.html", title=title, texts=filled, buttons=buttons, language=language)
