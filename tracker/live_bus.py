"""The live bus: what open consoles and API streams receive at once. A hint in Redis: nothing is lost if a message is."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import redis

from tracker.base.clock import to_ms
from tracker.domain.activity.event import Event
from tracker.domain.activity.event_payload import EventPayload
from tracker.domain.activity.presence import Presence
from tracker.domain.alerting.alert import Alert
from tracker.domain.alerting.payload import AlertPayload
from tracker.domain.live_message import TYPES, LiveMessage, kind_of

_LONGEST = 2000
"""The number of past messages of a workspace that a returning stream can catch up with."""
_PRESENCE_SECONDS = 1800
_PRESENT = "ll:present"
"""A sorted set of the workspaces with a presence, by their last activity (ms)."""
_LAST_SECONDS = 60
_PER_CALL = 500
# One command for many messages: in a burst, packing a command for each would be half of the drain's work.
_APPEND = """
for i = 2, #ARGV, 2 do
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'kind', ARGV[i], 'data', ARGV[i + 1])
end
"""
_FORGET = """
local kept, is_changed = {}, false
for _, row in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
    local is_gone = false
    for _, value in ipairs(row[2]) do
        for _, text in ipairs(ARGV) do
            is_gone = is_gone or string.find(value, text, 1, true) ~= nil
        end
    end
    if is_gone then is_changed = true else kept[#kept + 1] = row end
end
if is_changed then
    redis.call('DEL', KEYS[1])
    for _, row in ipairs(kept) do redis.call('XADD', KEYS[1], row[1], unpack(row[2])) end
end
"""
"""Rewrites a stream without the messages that contain one of the texts: XDEL would leave their bytes in memory and in Valkey's files."""
_DECODERS: dict[str, msgspec.json.Decoder[LiveMessage]] = {kind: msgspec.json.Decoder(message) for kind, message in TYPES.items()}
_PRESENCE_DECODER = msgspec.json.Decoder(Presence)


class BusEntry(NamedTuple):
    """One message in the stream of a workspace."""

    id: str
    message: LiveMessage | None
    """None: a kind or a form that this version does not know."""


class Bus:
    """Publishes to, and reads from, one Redis stream per workspace; keeps the presence of visitors in one hash each."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._append = client.register_script(_APPEND)
        self._forget = client.register_script(_FORGET)

    def publish(self, workspace: str, message: LiveMessage) -> None:
        """Sends one message to the workspace's streams. Raises redis.RedisError."""
        self.publish_many(workspace, [message])

    def publish_many(self, workspace: str, messages: Sequence[LiveMessage]) -> None:
        """Sends messages in order, 500 in a round trip. Raises redis.RedisError."""
        for start in range(0, len(messages), _PER_CALL):
            arguments: list[str | bytes | int] = [_LONGEST]
            for message in messages[start : start + _PER_CALL]:
                arguments += (kind_of(message), msgspec.json.encode(message))
            self._append(keys=[_stream(workspace)], args=arguments)

    def newest(self, workspace: str) -> str:
        """The id of the newest message: `follow` after it returns only later ones."""
        found: Any = self._redis.xrevrange(_stream(workspace), count=1)
        return str(found[0][0].decode()) if found else "0-0"

    def follow(self, workspace: str, last_id: str, timeout_ms: int) -> list[BusEntry]:
        """The messages after `last_id`, 200 at most; waits up to `timeout_ms` for the first, then may be empty."""
        answer: Any = self._redis.xread({_stream(workspace): last_id}, count=200, block=timeout_ms)
        if not answer:
            return []
        rows = answer[0][1] if isinstance(answer, list) else next(iter(answer.values()))[0]
        return [BusEntry(key.decode(), _message(fields.get(b"kind"), fields.get(b"data"))) for key, fields in rows]

    def set_presence(self, workspace: str, visitors: dict[str, Presence]) -> None:
        """Stores where these visitors are; the whole hash expires half an hour after its last change."""
        if not visitors:
            return
        pipe = self._redis.pipeline(transaction=False)
        pipe.hset(_presence(workspace), mapping={visitor: msgspec.json.encode(state) for visitor, state in visitors.items()})
        pipe.expire(_presence(workspace), _PRESENCE_SECONDS)
        pipe.zadd(_PRESENT, {workspace: max(state.last for state in visitors.values())}, gt=True)
        pipe.execute()

    def presence_of(self, workspace: str, visitors: list[str]) -> dict[str, Presence]:
        """The stored state of these visitors; those without one are left out."""
        if not visitors:
            return {}
        rows: Any = self._redis.hmget(_presence(workspace), visitors)
        states = {visitor: _state(row) for visitor, row in zip(visitors, rows, strict=True) if row}
        return {visitor: state for visitor, state in states.items() if state}

    def presence(self, workspace: str) -> list[Presence]:
        """All visitors of the last half hour, latest activity first."""
        return sorted(_states(self._redis.hvals(_presence(workspace))), key=lambda state: -state.last)

    def workspaces_with_presence(self) -> list[str]:
        """Where visitors were seen lately."""
        found: Any = self._redis.zrange(_PRESENT, 0, -1)
        return [key.decode() for key in found]

    def forget_quiet(self, before: int) -> None:
        """Drops from `workspaces_with_presence` those whose last activity was before that moment (ms)."""
        self._redis.zremrangebyscore(_PRESENT, "-inf", f"({before}")

    def forget_presence(self, workspace: str, visitors: list[str]) -> None:
        """Drops visitors that left long ago."""
        if visitors:
            self._redis.hdel(_presence(workspace), *visitors)

    def forget_lead(self, workspace: str, lead: str, visitors: Iterable[str]) -> None:
        """Drops every message and the presence of an erased lead and its browsers. Raises redis.RedisError."""
        names = list(visitors)
        texts = [b'"lead":' + msgspec.json.encode(lead), *(b'"visitor":' + msgspec.json.encode(name) for name in names)]
        for start in range(0, len(texts), _PER_CALL):
            self._forget(keys=[_stream(workspace)], args=texts[start : start + _PER_CALL])
        here = [state.visitor for state in self.presence(workspace) if state.lead == lead]
        self.forget_presence(workspace, [*here, *names])

    def forget(self, workspace: str) -> None:
        """Drops everything of a workspace that was removed. Raises redis.RedisError."""
        self._redis.delete(_stream(workspace), _presence(workspace))
        self._redis.zrem(_PRESENT, workspace)

    def expire(self, workspace: str) -> None:
        """Drops the messages of a removed workspace in a minute, when all its streams have read them. Raises redis.RedisError."""
        self._redis.expire(_stream(workspace), _LAST_SECONDS)


def event_payload(event: Event) -> EventPayload:
    """The event as streams receive it."""
    return EventPayload(
        id=event.id,
        kind=event.kind.value,
        at=to_ms(event.at),
        lead=event.lead,
        message=event.message,
        url=event.url,
        title=event.title,
        visitor=event.visitor,
        verdict=event.verdict.label.value,
        reader=event.reader,
        rep=event.rep,
    )


def alert_payload(
    alert: Alert, *, lead_name: str, url: str, is_test: bool = False, is_raised: bool = False, is_silent: bool = False
) -> AlertPayload:
    """The alert as streams receive it."""
    return AlertPayload(
        id=alert.id,
        lead=alert.lead,
        lead_name=lead_name,
        rule=alert.rule.value,
        priority=alert.priority.value,
        title=alert.title,
        text=alert.text,
        rep=alert.rep,
        url=url,
        at=to_ms(alert.at),
        revision=alert.revision,
        test=is_test,
        raised=is_raised,
        silent=is_silent,
        taken=alert.is_taken,
        taken_by=alert.taken_by,
    )


def _message(kind: bytes | None, data: bytes | None) -> LiveMessage | None:
    decoder = _DECODERS.get((kind or b"").decode(errors="replace"))
    try:
        return decoder.decode(data) if decoder and data else None
    except (msgspec.DecodeError, ValueError):
        return None


def _states(rows: Iterable[bytes | str]) -> list[Presence]:
    return [state for row in rows if (state := _state(row))]


def _state(row: bytes | str) -> Presence | None:
    """The stored state of a visitor; None if another version or another program has written it."""
    try:
        return _PRESENCE_DECODER.decode(row)
    except (msgspec.DecodeError, ValueError):
        return None


def _stream(workspace: str) -> str:
    return f"ll:bus:{workspace}"


def _presence(workspace: str) -> str:
    return f"ll:presence:{workspace}"
