"""The inquiry mailbox: connect it, its rules, and what became of its email. For admins; opens from *Website and forms*."""

from typing import Any

import msgspec
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.inquiry_mail import mailbox as actions
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.domain.mail.inquiry_mailbox import INQUIRY_MAILBOX, InquiryMail, InquiryMailbox, InquiryMailRule
from tracker.domain.ops.audit import AuditAction
from tracker.rules.inquiries.mail_rules import REASONS
from tracker.web.console.audit_log import note
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.pages.account.confirmation import confirmed

blueprint = Blueprint("inquiry_mail", __name__, url_prefix="/settings/inquiry-mail")

_FIELDS = ("host", "port", "security", "user", "password")
_SUBJECT = "inquiry mailbox"
_SHOWN = 50
READS = {
    "sender": "The sender inquires",
    "lines": "A program reports who inquires",
    "nothing": "Ignore",
}
_RESULTS = {"lead": "New lead", "inquiry": "Inquiry", "reply": "Reply", "ignored": "Ignored"}


@blueprint.get("")
@admin
def page() -> str:
    """The mailbox, or the form for one; rules; the latest email."""
    return _page()


@blueprint.post("")
@admin
@confirmed
def connect() -> Response | tuple[str, int]:
    """Signs in to the mailbox and keeps it; with `by` = `company` by the sign-in by which the company sends."""
    given, workspace = {name: request.form.get(name, "") for name in _FIELDS}, current_user().workspace.id
    try:
        if request.form.get("by") == "company":
            made = actions.share_inquiry_mailbox(deps(), workspace, user=given["user"])
        else:
            made = actions.set_inquiry_mailbox(deps(), workspace, **given)
    except (DeliveryError, Invalid, TooManyTries) as error:
        return _page(problem=str(error), given=given), 422
    note(AuditAction.SETTINGS_CHANGED, _SUBJECT, mailbox=f"{made.user} at {made.host}")
    flash("Connected. The email of today and yesterday appears below in a moment.")
    return redirect("/settings/inquiry-mail", 303)


@blueprint.post("/rules")
@admin
def rules() -> Response | tuple[str, int]:
    """Adds a rule, removes one (`remove`: its number), or saves what holds for all other email (`others`)."""
    form, found = request.form, workspace_store().inquiry_mailboxes.get(INQUIRY_MAILBOX)
    kept = list(found.rules)
    takes_others, source = found.takes_others, found.source
    if form.get("others"):
        takes_others, source = form.get("takes_others") == "yes", form.get("source", "")
    elif (number := form.get("remove", "")).isdecimal() and int(number) < len(kept):
        del kept[int(number)]
    elif not form.get("remove"):
        kept.append(_rule())
    try:
        actions.set_inquiry_rules(
            deps(), current_user().workspace.id, rules=kept, takes_others=takes_others, source=source, version=_version(found)
        )
    except (Invalid, Conflict) as error:
        return _page(rule_problem=str(error)), 422
    note(AuditAction.SETTINGS_CHANGED, f"rules of the {_SUBJECT}", rules=str(len(kept)), others="yes" if takes_others else "no")
    flash("Saved.")
    return redirect("/settings/inquiry-mail#rules", 303)


@blueprint.post("/check")
@admin
def check() -> Response:
    """Has the mailbox read now."""
    workspace_store().inquiry_mailboxes.request(deps().now())
    flash("Checking now. The result appears here in a few seconds.")
    return redirect("/settings/inquiry-mail", 303)


@blueprint.post("/remove")
@admin
@confirmed
def disconnect() -> Response:
    """Forgets the mailbox, its password and its rules."""
    if actions.remove_inquiry_mailbox(deps(), current_user().workspace.id):
        note(AuditAction.SETTINGS_CHANGED, _SUBJECT, mailbox="none")
    flash("Disconnected. The password is deleted; leads and inquiries stay.")
    return redirect("/settings/inquiry-mail", 303)


def _rule() -> InquiryMailRule:
    form = request.form
    reads, (kind, _, key) = form.get("reads", ""), form.get("owner", "").partition(":")
    values: dict[str, Any] = {name: form.get(name, "").strip() for name in ("sender", "subject", "source")}
    values |= {"owner": key if kind == "rep" else None, "team": key if kind == "team" else None}
    return msgspec.convert(values | {"reads": reads if reads in READS else "sender"}, InquiryMailRule)


def _version(found: InquiryMailbox) -> int:
    given = request.form.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else found.version  # noqa: PLR2004 - digits of a count


def _page(problem: str = "", given: dict[str, str] | None = None, rule_problem: str = "") -> str:
    store, user = workspace_store(), current_user()
    found = store.inquiry_mailboxes.find(INQUIRY_MAILBOX)
    known = {name: getattr(found, name) for name in ("host", "port", "security", "user")} if found else {}
    active = store.reps.active()
    owners = {f"rep:{rep.id}": rep.name for rep in active} | {
        f"team:{team.id}": f"Team {team.name}, in turn" for team in user.workspace.teams
    }
    log = store.inquiry_mails.page(limit=_SHOWN).items
    leads = store.leads.by_ids(one.lead for one in log if one.lead)
    return render_template(
        "sites/inquiry_mail.html",
        section="settings",
        tab="sites",
        found=found,
        company=user.workspace.mail_sign_in if user.workspace.mail_sign_in and user.workspace.mail_sign_in.can_read else None,
        shown=given or known,
        problem=problem,
        rule_problem=rule_problem,
        reads=READS,
        owners=owners,
        sources=[source.name for source in store.sources.all() if source.is_active],
        mails=[(one, _RESULTS[one.result], _reason(one), leads.get(one.lead or "")) for one in log],
    )


def _reason(mail: InquiryMail) -> str:
    return REASONS.get(mail.reason, "")
