"""The replay of one visit, or of all visits of a lead. Reads visits and dwell; changes nothing."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from werkzeug.wrappers import Response

from tracker.base.errors import NotFound
from tracker.domain.activity.event import OTHER_READER
from tracker.domain.activity.visit import Visit
from tracker.domain.leads.lead import Lead
from tracker.rules.readers.names import reader_name, reader_note
from tracker.rules.replay_text import sentence_of
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.csrf import allow_frames
from tracker.web.console.http_client import outbound
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.log.visit_card import card_of
from tracker.web.console.pages.replay.iframe_policy import framing_of
from tracker.web.console.pages.replay.scenes import origin_of, plain_of, scenes_of
from tracker.web.console.text.devices import device_of
from tracker.web.console.watching import watching

blueprint = Blueprint("replay", __name__)

_MOST_VISITS = 25


@blueprint.get("/leads/<lead>/replay")
def of_lead(lead: str) -> str:
    """All visits of a lead, oldest first: the last 25, or those before `?before=<visit>`."""
    found = visible_lead(lead)
    last = workspace_store().visits.find(request.args.get("before", ""))
    before = last.started_at if last and workspace_store().leads.is_one(last.lead or "", lead) else None
    newest = workspace_store().visits.of_lead(lead, limit=_MOST_VISITS + 1, before=before)
    visits = [visit for visit in newest[:_MOST_VISITS] if visit.pages][::-1]
    return _player(visits, found, older=len(newest) > _MOST_VISITS)


@blueprint.get("/visits/<visit>/replay")
def of_visit(visit: str) -> str:
    """One visit of a lead or an anonymous visitor."""
    found = workspace_store().visits.get(visit)
    return _player([found], visible_lead(found.lead) if found.lead else None)


@blueprint.get("/replay/framing")
def framing() -> Response:
    """Whether a page of one of our sites lets the console frame it: {"framing": "yes" | "no" | "ask"}."""
    url = request.args.get("url", "")
    if origin_of(url) not in _own_sites():
        raise NotFound("not a page of your sites")
    return jsonify(framing=framing_of(url, deps().settings.public_url, outbound(), deps().redis))


def _player(visits: Sequence[Visit], lead: Lead | None, *, older: bool = False) -> str:
    filled = workspace_store().dwell.fill(visits)
    messages = workspace_store().messages.by_ids(visit.message for visit in filled if visit.message)
    sites = _own_sites()
    scenes = scenes_of(filled, lambda agent: device_of(agent).is_phone)
    allow_frames(*sorted({scene.origin for scene in scenes} & sites))
    reader = filled[0].reader if len(filled) == 1 and not older else None
    forms = current_user().workspace.policy.consultation_paths
    context: dict[str, Any] = {
        "lead": lead,
        "name": reader_name(lead, reader) if lead else "A visitor",
        "whose": reader_note(lead, reader) if lead else "",
        "other": reader_name(lead, OTHER_READER) if lead else "",
        "older": filled[0].id if older and filled else None,
        "cards": [card_of(visit, messages, forms) for visit in filled],
        "devices": [device_of(visit.agent) for visit in filled],
        "summary": sentence_of(filled, forms) if filled else "",
        "active_ms": sum(visit.active_ms for visit in filled),
        "scenes": plain_of(scenes, sites),
        "watching": watching(),
        "is_whole_lead": len(visits) != 1 or older,
    }
    return render_template("replay/page.html", section="leads", **context)


def _own_sites() -> frozenset[str]:
    """The origins that may be framed: the workspace's sites, never the console."""
    own = {origin_of(deps().settings.public_url), origin_of(request.host_url)}
    return frozenset(origin for site in current_user().workspace.sites for origin in site.origins) - own
