"""Settings of the workspace: company, websites, email. For admins."""

from typing import Any

import msgspec
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.mail.sending import is_reachable
from tracker.actions.workspace import workspaces
from tracker.base.errors import Invalid
from tracker.domain.reports.weekly_mail import HOURS
from tracker.rules.sites.origins import with_scheme
from tracker.web.console.audit_log import note_settings, note_site
from tracker.web.console.auth import admin, current_user, deps
from tracker.web.console.pages.sites.content import sites_content
from tracker.web.console.text.mail.sending_text import DAY_NAMES, clock_text

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


@blueprint.get("")
def first() -> Response:
    """Redirects to the first page that this rep may open."""
    return redirect("/settings/workspace" if current_user().is_admin else "/settings/me", 303)


@blueprint.get("/workspace")
@admin
def workspace() -> str:
    """Company name, time zone, home page, hot score, quiet days, pricing pages."""
    return _page("workspace", weekly_hours=[("", "Off"), *((str(hour), f"At {hour}:00") for hour in HOURS)])


@blueprint.post("/workspace")
@admin
def save_workspace() -> Response:
    """Saves them."""
    form, found = request.form, current_user().workspace
    policy = msgspec.structs.replace(
        found.policy,
        hot_score=_number("hot_score", form.get("hot_score", "")),
        quiet_days=_number("quiet_days", form.get("quiet_days", "")),
        pricing_paths=_lines(form.get("pricing_paths", "")),
        consultation_paths=_lines(form.get("consultation_paths", "")),
        proposal_words=_lines(form["proposal_words"]) if "proposal_words" in form else found.policy.proposal_words,
        answer_minutes=_number("answer_minutes", form["answer_minutes"]) if "answer_minutes" in form else found.policy.answer_minutes,
        answer_in_working_hours=bool(form.get("answer_in_working_hours"))
        if "answer_minutes" in form
        else found.policy.answer_in_working_hours,
        keep_events_days=_number("keep_events_days", form["keep_events_days"]) if form.get("keep_events_days", "").strip() else None,
        weekly_mail_hour=_weekly_hour(form["weekly_mail_hour"]) if "weekly_mail_hour" in form else found.policy.weekly_mail_hour,
    )
    _change(
        "workspace settings",
        name=form.get("name", ""),
        timezone=form.get("timezone", "").strip(),
        home_url=form.get("home_url", "").strip() or None,
        policy=policy,
    )
    return _saved("workspace")


@blueprint.get("/sites")
@admin
def sites() -> str:
    """The company's websites, snippets and stored form fields."""
    return _page("sites", **sites_content(current_user().workspace))


@blueprint.post("/sites")
@admin
def add_site() -> Response:
    """Adds a website."""
    origins = _lines(request.form.get("origins", ""))
    added = workspaces.add_site(deps(), current_user().workspace.id, name=request.form.get("name", ""), origins=map(with_scheme, origins))
    note_site(added.key, added)
    return _saved("sites", "Added. Paste its snippet into the website.")


@blueprint.post("/sites/<key>")
@admin
def save_site(key: str) -> Response:
    """Changes a website, whether its form values are stored, and its consent banner."""
    form = request.form
    changed = workspaces.change_site(
        deps(),
        current_user().workspace.id,
        key,
        name=form.get("name", ""),
        origins=[with_scheme(origin) for origin in _lines(form.get("origins", ""))],
        fields=_lines(form.get("fields", "")),
        fields_approved=form.get("fields_approved") == "yes",
        banner=form.get("banner") == "yes",
        banner_text=form.get("banner_text", ""),
        banner_link=form.get("banner_link", "").strip(),
        clicks=form.get("clicks") == "yes",
        landing_parameter=form.get("landing_parameter", "").strip(),
    )
    note_site(key, changed)
    return _saved("sites")


@blueprint.post("/sites/<key>/remove")
@admin
def remove_site(key: str) -> Response:
    """Removes a website. Events of its snippet are no longer accepted."""
    workspaces.remove_site(deps(), current_user().workspace.id, key)
    note_site(key, None)
    return _saved("sites", "Removed. Events of its snippet are no longer accepted.")


@blueprint.get("/mail")
@admin
def mail() -> str:
    """The mail server and the tracking address."""
    return _page("mail", **mail_content())


def mail_content() -> dict[str, object]:
    """The template variables of the Email page."""
    settings = deps().settings
    hours = current_user().workspace.working_hours
    return {
        "days": tuple(enumerate(DAY_NAMES)),
        "opens": clock_text(hours.start).rjust(5, "0"),
        "closes": clock_text(hours.end % (24 * 60)).rjust(5, "0"),
        "has_instance_smtp": bool(settings.smtp_url),
        "edge_url": settings.edge_url,
        "edge_is_local": not is_reachable(settings.edge_url),
    }


def _page(tab: str, **more: object) -> str:
    return render_template(f"settings/{tab}.html", section="settings", tab=tab, **more)


def _saved(tab: str, message: str = "Saved.") -> Response:
    flash(message)
    return redirect(f"/settings/{tab}", 303)


def _change(subject: str, **values: Any) -> None:
    note_settings(workspaces.change_workspace(deps(), current_user().workspace.id, **values), subject)


def _lines(text: str) -> tuple[str, ...]:
    parts = (part.strip() for line in text.splitlines() for part in line.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def _weekly_hour(text: str) -> int | None:
    return _number("weekly_mail_hour", text) if text else None


def _number(field: str, text: str) -> int:
    try:
        return int(text.strip().replace("−", "-"))
    except ValueError:
        raise Invalid(field, "must be a whole number") from None
