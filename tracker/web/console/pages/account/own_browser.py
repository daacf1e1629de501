"""The mark by which the edge knows this browser as the rep's own: set at sign-in and in the profile, removed in the profile.

The edge has another host, so only a redirect through it can set its cookie (docs/decisions/0025-own-browser.md). A cookie of the
console notes what the browser came back with, to say so in the profile; it decides nothing.
"""

from urllib.parse import quote, urlsplit

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from tracker.actions.team.own_browsers import marking_url
from tracker.base.errors import NotFound
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.site import Site
from tracker.links.browser_marks import MARK_SECONDS
from tracker.links.tokens import LONGEST
from tracker.links.urls import origin
from tracker.web.console import cookies
from tracker.web.console.auth import current_user, deps
from tracker.web.console.csrf import allow_connections, allow_forms_to
from tracker.web.console.pages.account.local_path import local_path

blueprint = Blueprint("own_browser", __name__)

_NOTE = "ll_marked"
_PROFILE = "/settings/me#this-browser"


@blueprint.post("/settings/me/browser")
def mark() -> Response:
    """Sends the browser through the edge and back, or on to a site of the workspace (`site`), from where nothing comes back."""
    found = current_user()
    if found.workspace.is_demo:
        return redirect(_PROFILE, 303)
    page = _page_of_site()
    response = redirect(marking_url(deps(), found.rep, page or "/settings/me/browser/marked"), 303)
    if page:
        _write_note(response, found.rep)
    return response


@blueprint.post("/settings/me/browser/remove")
def remove() -> Response:
    """Has the edge remove the mark. With a `site`, the browser goes on to it and is no rep's there any more."""
    page = _page_of_site()
    response = redirect(marking_url(deps(), current_user().rep, page or "/settings/me/browser/removed", is_removal=True), 303)
    if page:
        cookies.drop(response, deps().settings, _NOTE)
    return response


def _page_of_site() -> str | None:
    """The first page of the site that the form names, if it names one."""
    if not (key := request.form.get("site", "")):
        return None
    site = next((site for site in current_user().workspace.sites if site.key == key), None)
    if site is None or not site.origins:
        raise NotFound("no such site")
    return f"{site.origins[0]}/"


@blueprint.get("/settings/me/browser/marked")
def marked() -> Response:
    """Where the edge sends the browser after it has marked it; goes on to `next`, or to the profile."""
    if not (wanted := request.args.get("next", "")):
        flash("This browser is marked as yours.")
    response = redirect(local_path(wanted) if wanted else _PROFILE, 303)
    _write_note(response, current_user().rep)
    return response


@blueprint.get("/settings/me/browser/removed")
def removed() -> Response:
    """Where the edge sends the browser after it has removed the mark."""
    flash("The mark is removed. Links that you follow in this browser may count again.")
    response = redirect(_PROFILE, 303)
    cookies.drop(response, deps().settings, _NOTE)
    return response


def is_marked() -> bool:
    """Whether this browser was marked as the signed-in rep's, as far as the console knows."""
    return cookies.read(request, _NOTE) == current_user().rep.id


def sites_to_mark() -> list[Site]:
    """The workspace's sites on which the browser can be marked. The page's forms may then lead there."""
    sites = [site for site in current_user().workspace.sites if site.origins]
    allow_forms_to(origin(deps().settings.edge_url), *(site.origins[0] for site in sites))
    return sites


def after_sign_in(rep: Rep, wanted: str) -> str:
    """Where a browser goes after sign-in: through the edge, if the sign-in page could reach it, then to the wanted page.

    Not in the demo, and not where the console was opened at another address than PUBLIC_URL, to which the edge would lead back.
    """
    home = deps().store.workspaces.find(rep.workspace)
    is_public_url = request.host == urlsplit(deps().settings.public_url).netloc
    if request.form.get("edge") != "reached" or not is_public_url or home is None or home.is_demo:
        return wanted
    url = marking_url(deps(), rep, f"/settings/me/browser/marked?next={quote(wanted, safe='/')}")
    # The edge refuses longer tokens: the browser is marked at another sign-in.
    return url if len(url.rpartition("/")[2]) <= LONGEST else wanted


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"edge_to_reach": _edge_to_reach}


def _edge_to_reach() -> str:
    """The edge's address, for a form that signs in: the page asks whether it can be reached, and the form may lead there."""
    edge = deps().settings.edge_url
    allow_forms_to(origin(edge))
    allow_connections(origin(edge))
    return edge


def _write_note(response: Response, rep: Rep) -> None:
    cookies.write(response, deps().settings, _NOTE, rep.id, seconds=MARK_SECONDS)
