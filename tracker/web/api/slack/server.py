"""`POST /slack/{workspace}/…`: what Slack sends to the app of a workspace: buttons, the command, and mentions. One Blueprint, in the console's app.

Each request is signed with the app's secret. Slack waits three seconds for an answer.
"""

import hashlib
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, Response, current_app, jsonify, request

from tracker.actions.deps import Deps
from tracker.actions.slack.answers import answer_to
from tracker.actions.slack.app import rep_of
from tracker.actions.slack.buttons import press
from tracker.actions.slack.client import call_slack, respond
from tracker.base.errors import DeliveryError, Forbidden, Malformed, NotFound
from tracker.domain.workspace.slack_app import SlackApp
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.slack_requests import is_from_slack
from tracker.web.api import problems
from tracker.web.api.operations import MAX_BODY
from tracker.web.api.paths import SLACK

log = logging.getLogger(__name__)

_WINDOW = timedelta(hours=1)
_CONVERSATIONS = frozenset({"app_mention", "message"})


def create_slack() -> Blueprint:
    """The endpoints, for an app with `Deps` as its extension `leadlight`."""
    slack = Blueprint("slack", __name__, url_prefix=f"{SLACK}/<workspace>")
    problems.install(slack)
    for name, view in (("buttons", buttons), ("command", command), ("events", events)):
        slack.add_url_rule(f"/{name}", name, view, methods=["POST"])
    return slack


def buttons(workspace: str) -> Response:
    """A button was pressed (Interactivity)."""
    found, app, body = _checked(workspace)
    payload = _json(_form(body).get("payload", ""))
    _check_team(app, _at(payload, "team", "id"))
    actions = payload.get("actions")
    pressed = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    rep = rep_of(_deps(), found.id, _at(payload, "user", "id"))
    said = press(_deps(), found, rep, str(pressed.get("action_id", "")), str(pressed.get("value", "")))
    url = payload.get("response_url")
    if said and isinstance(url, str):
        try:
            respond(_deps().settings, url, said)
        except DeliveryError as error:
            log.warning("Slack did not take an answer", extra={"reason": str(error)})
    return Response(status=200)


def command(workspace: str) -> Response:
    """The command, such as `/leadlight who is on?`. The answer is for the person who asks."""
    found, app, body = _checked(workspace)
    form = _form(body)
    _check_team(app, form.get("team_id", ""))
    rep = rep_of(_deps(), found.id, form.get("user_id", ""))
    return jsonify({"response_type": "ephemeral", "text": answer_to(_deps(), found, rep, form.get("text", ""))})


def events(workspace: str) -> Response:
    """The app was mentioned, or got a direct message."""
    found, app, body = _checked(workspace)
    payload = _json(body.decode("utf-8", "replace"))
    if payload.get("type") == "url_verification":
        return jsonify({"challenge": str(payload.get("challenge", ""))[:200]})
    _check_team(app, str(payload.get("team_id", "")))
    event = payload.get("event")
    if isinstance(event, dict) and _is_question(event, app) and _is_first(f"slack-event:{found.id}:{payload.get('event_id')}"):
        _answer(found, app, event)
    return Response(status=200)


def _answer(workspace: Workspace, app: SlackApp, event: dict[str, Any]) -> None:
    user, channel = str(event.get("user", "")), str(event.get("channel", ""))
    text = answer_to(_deps(), workspace, rep_of(_deps(), workspace.id, user), str(event.get("text", "")))
    # In a channel only the person who asks sees the answer: the others may not see these leads.
    method, more = ("chat.postMessage", {}) if event.get("channel_type") == "im" else ("chat.postEphemeral", {"user": user})
    try:
        call_slack(_deps().settings, app.bot_token, method, channel=channel, text=text, unfurl_links="false", unfurl_media="false", **more)
    except DeliveryError as error:
        log.warning("Slack did not take an answer", extra={"reason": str(error)})


def _is_question(event: dict[str, Any], app: SlackApp) -> bool:
    """Whether a person wrote to the app; its own messages, edits and joins are none."""
    is_to_app = event.get("type") == "app_mention" or event.get("channel_type") == "im"
    is_by_person = bool(event.get("user")) and event.get("user") != app.bot and not event.get("bot_id") and not event.get("subtype")
    return event.get("type") in _CONVERSATIONS and is_to_app and is_by_person


def _checked(workspace: str) -> tuple[Workspace, SlackApp, bytes]:
    """The workspace, its app and the body. Raises NotFound, and Forbidden for a request that is not Slack's, too old, or a repetition."""
    request.max_content_length = MAX_BODY
    body = request.get_data(cache=False)
    found = _deps().store.workspaces.find(workspace) if len(workspace) == 16 else None  # noqa: PLR2004 - digits of an id
    app = found.slack_app if found else None
    if found is None or app is None:
        raise NotFound("no Slack app here")
    timestamp, signature = (request.headers.get(f"X-Slack-{name}", "") for name in ("Request-Timestamp", "Signature"))
    if not is_from_slack(app.signing_secret, timestamp, signature, body, _deps().now()):
        raise Forbidden("the signature is not Slack's, or too old")
    digest = hashlib.sha256(signature.encode("utf-8", "replace")).hexdigest()
    # Counted in the hour of the signed time, so that a repetition finds the first one whenever it comes.
    if not _is_first(f"slack:{found.id}:{digest}", datetime.fromtimestamp(int(timestamp), UTC)):
        raise Forbidden("this request came before")
    return found, app, body


def _is_first(name: str, at: datetime | None = None) -> bool:
    return _deps().store.rate_limits.count(name, at or _deps().now(), _WINDOW) == 1


def _check_team(app: SlackApp, team: str) -> None:
    if team != app.team:
        raise Forbidden("this is the app of another company")


def _form(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace"), max_num_fields=50).items()}


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Malformed("slack_payload")
    return found


def _at(payload: dict[str, Any], *path: str) -> str:
    value: Any = payload
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _deps() -> Deps:
    found: Deps = current_app.extensions["leadlight"]
    return found
