"""Slack: an incoming webhook (`webhook_url`), or a bot (`bot_token` and `channel`), which can edit its message later."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from notifier.channels.slack_buttons import buttons_of
from notifier.context import Context, NoticeRefused
from notifier.http_status import check, retry_after
from notifier.notice import Notice
from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import OutboundResponse
from tracker.domain.workspace.slack_app import MEMBER, TEAM_CHANNEL

_TEXT_LONGEST = 2900
"""Characters, escapes counted: Slack refuses sections over 3,000."""
_LINES_LONGEST = 2900
_RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_FIXED_BY_REP = {
    "invalid_auth": "Slack does not know this bot token",
    "not_authed": "Slack does not know this bot token",
    "account_inactive": "the Slack app was removed from the workspace",
    "token_revoked": "the bot token was revoked in Slack",
    "token_expired": "the bot token has expired",
    "no_permission": "the Slack app may not post there",
    "missing_scope": "the Slack app lacks the permission chat:write",
    "channel_not_found": "Slack knows no such channel, or the app was not invited to it",
    "not_in_channel": "the Slack app was not invited to that channel",
    "is_archived": "the Slack channel was archived",
    "restricted_action": "the Slack workspace does not let the app post there",
    "ekm_access_denied": "the Slack workspace does not let the app post there",
    "org_login_required": "the Slack workspace is being moved",
    "team_access_not_granted": "the Slack app was not given this workspace",
    "team_not_found": "that Slack workspace is gone",
}
"""Errors that only the rep can fix, as text for the rep."""
_TRANSIENT = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "accesslimited"})


def send(notice: Notice, config: dict[str, str], context: Context) -> dict[str, str]:
    """Posts the notice. Returns the message's channel and `ts` where it can be edited later, else an empty reference."""
    if config.get("webhook_url"):
        reply = context.outbound.post(config["webhook_url"], json=_message(notice))
        check(reply, "Slack's webhook", context.now)
        return {}
    client, channel = _client(config, context), _channel(notice, config, context)
    answer = _call(client, "chat.postMessage", {**_message(notice, with_buttons=_is_app(config)), "channel": channel})
    return {"channel": str(answer.get("channel") or channel), "ts": str(answer.get("ts", ""))}


def edit(notice: Notice, reference: dict[str, str], config: dict[str, str], context: Context) -> dict[str, str]:
    """Edits the message, without a notification in Slack. Returns the new reference."""
    if not reference.get("ts") or config.get("webhook_url"):
        raise NoticeRefused("this message cannot be changed")
    message = _message(notice, with_buttons=_is_app(config))
    _call(_client(config, context), "chat.update", {**message, "channel": reference["channel"], "ts": reference["ts"]})
    return {**reference, "changed_at": context.now.astimezone(UTC).isoformat()}


def _is_app(config: dict[str, str]) -> bool:
    """Whether the Slack app of the workspace writes there: only its buttons reach Leadlight."""
    return MEMBER in config or TEAM_CHANNEL in config


def _channel(notice: Notice, config: dict[str, str], context: Context) -> str:
    """The rep in Slack, or the channel: that of the alert's rule for the app. Raises DeliveryError."""
    app = context.workspace.slack_app
    if TEAM_CHANNEL in config and app is not None:
        found = app.channel_of(notice.alert.rule.value if notice.alert else "")
        if not found:
            raise NoticeRefused("no Slack channel is set for alerts by this rule")
        return found
    return config.get(MEMBER) or config.get("channel", "")


def _message(notice: Notice, *, with_buttons: bool = False) -> dict[str, Any]:
    """Text for lock screens and blocks for the window, without mentions. Text of leads is in plain_text blocks, or escaped."""
    fallback = f"{notice.title}. {notice.text}" if notice.text else notice.title
    blocks: list[dict[str, Any]] = [_plain(f"{notice.title}\n{notice.text}".strip())]
    if notice.brief:
        blocks.append(_plain("\n".join(notice.brief)))
    if notice.lines:
        blocks.append(_plain(_joined(notice.lines)))
    blocks.append(
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f"<{_in_link(notice.link)}|{_escaped(notice.link_text)}>"},
        }
    )
    if with_buttons and (buttons := buttons_of(notice)):
        blocks.append({"type": "actions", "elements": buttons})
    return {"text": _escaped(fallback), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": _escaped(text), "emoji": False}}


def _joined(lines: tuple[str, ...]) -> str:
    kept: list[str] = []
    for place, line in enumerate(lines):
        if sum(len(_escaped(k)) + 1 for k in kept) + len(_escaped(line)) > _LINES_LONGEST - 40:
            kept.append(f"and {len(lines) - place} more lines")
            break
        kept.append(line)
    return "\n".join(kept)


def _escaped(text: str) -> str:
    """Slack's three control characters, escaped. The text is cut before it is escaped, so that every escape is complete."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    while len(escaped) > _TEXT_LONGEST:
        text = text[: len(text) - max(1, (len(escaped) - _TEXT_LONGEST) // 5 + 1)]
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "…"
    return escaped


def _in_link(url: str) -> str:
    return _escaped(url).replace("|", "%7C")


class _Client(WebClient):
    """The slack_sdk client over our own HTTP client: kept-alive connections, a time limit for the whole call, no redirects."""

    def __init__(self, token: str, context: Context) -> None:
        super().__init__(token=token, base_url=f"{context.settings.slack_api_url}/", retry_handlers=[])
        self._context = context

    def api_call(self, api_method: str, *, json: Any = None, **_: Any) -> SlackResponse:
        """One call with a JSON body. Raises SlackApiError for an error of Slack, DeliveryError where Slack is unreachable."""
        url = f"{self.base_url}{api_method}"
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json; charset=utf-8"}
        reply = self._context.outbound.post(url, json=json, headers=headers, trusted=True)
        if reply.status != 200:  # noqa: PLR2004 - any other status is from a proxy in front of Slack
            check(reply, "Slack", self._context.now)
        answer = SlackResponse(
            client=self,
            http_verb="POST",
            api_url=url,
            req_args={},
            data=_parsed(reply),
            headers=dict(reply.headers),
            status_code=reply.status,
        )
        if not answer.get("ok"):
            raise SlackApiError("Slack says no", answer)  # type: ignore[no-untyped-call]
        return answer


def _client(config: dict[str, str], context: Context) -> _Client:
    app = context.workspace.slack_app
    token = (app.bot_token if app else "") if _is_app(config) else config.get("bot_token")
    if not token:
        raise DeliveryError("Slack is not set up: set up the Slack app, or give a webhook address", permanent=True)
    return _Client(token, context)


def _call(client: _Client, method: str, body: dict[str, Any]) -> SlackResponse:
    """One API call. Its DeliveryError says whether the rep must act, a retry can help, or only this notice is refused."""
    try:
        return client.api_call(method, json=body)
    except SlackApiError as error:
        said = str(error.response.get("error") or "an unreadable answer")
        if said in _RATE_LIMITED:
            reply = OutboundResponse(429, {k.lower(): str(v) for k, v in error.response.headers.items()}, b"")
            wait = retry_after(reply, datetime.now(UTC))
            raise DeliveryError("Slack asks us to wait", permanent=False, retry_after=wait) from error
        if said in _FIXED_BY_REP:
            raise DeliveryError(_FIXED_BY_REP[said], permanent=True) from error
        if said in _TRANSIENT or "error" not in error.response:
            raise DeliveryError(f"Slack answered {said}", permanent=False) from error
        raise NoticeRefused(f"Slack answered {said}") from error


def _parsed(reply: OutboundResponse) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(reply.body)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
