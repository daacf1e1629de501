"""Personal links of a lead: created, given another destination, shown as QR code."""

import io
from collections.abc import Callable

import segno
from flask import Blueprint, flash, make_response, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from tracker.actions.links import share_links
from tracker.base.errors import Conflict, Invalid
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.share_link import ShareLink
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.confirmations import confirmed
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.edits import sentence_of

blueprint = Blueprint("personal_links", __name__)

_SHOWN = 20
_SCALE, _BORDER = 8, 4
"""Pixels a module, and the quiet zone in modules that the standard asks for (ISO/IEC 18004)."""


def personal_links_of(lead: Lead) -> list[ShareLink]:
    """The newest links of the lead, without those of set-up."""
    return [link for link in workspace_store().shares.of_lead(lead.id, limit=_SHOWN) if not link.is_trial]


@blueprint.post("/leads/<lead>/links")
def create(lead: str) -> Response:
    """Creates a link."""
    found, workspace = visible_lead(lead), current_user().workspace.id
    return _done(
        found,
        "Link created.",
        lambda: share_links.create_share_link(
            deps(), workspace, lead=found.id, url=_given("url"), label=_given("label") or "Personal link"
        ),
    )


@blueprint.post("/leads/<lead>/links/<link>")
def change(lead: str, link: str) -> Response:
    """Changes label and destination."""
    found, workspace = visible_lead(lead), current_user().workspace.id
    _link(found, link)
    url, label = _given("url"), _given("label") or None
    return _done(found, "Link saved.", lambda: share_links.change_share_link(deps(), workspace, link, url=url, label=label))


@blueprint.get("/leads/<lead>/links/<link>/qr.svg")
def qr_code(lead: str, link: str) -> Response:
    """The QR code of the link's address, which stays the same when the destination changes."""
    found = _link(visible_lead(lead), link)
    image = io.BytesIO()
    try:
        code = segno.make(found.tracked_url, micro=False)
    except segno.DataOverflowError:
        raise Invalid("url", "is too long for a QR code") from None
    code.save(image, kind="svg", scale=_SCALE, border=_BORDER, light="white")
    response = make_response(image.getvalue())
    response.headers["Content-Type"] = "image/svg+xml"
    if request.args.get("download"):
        response.headers["Content-Disposition"] = 'attachment; filename="personal-link.svg"'
    return response


def _link(lead: Lead, link: str) -> ShareLink:
    found = workspace_store().shares.find(link)
    if found is None or not workspace_store().leads.is_one(found.lead, lead.id):
        raise NotFound
    return found


def _given(name: str) -> str:
    return request.form.get(name, "").strip()


def _done(lead: Lead, text: str, run: Callable[[], object]) -> Response:
    page = url_for("lead.page", lead=lead.id)
    try:
        run()
    except (Invalid, Conflict) as error:
        if wants_json():
            raise
        flash(sentence_of(error), "error")
        return redirect(page, 303)
    return confirmed(text, None, page)
