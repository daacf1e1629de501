"""The live bus: what consoles hear at once. A hint in Redis: losing it loses no truth."""

from typing import Any

import msgspec
import redis

from tracker.base.clock import to_ms
from tracker.domain.activity.event import Event

_LONGEST = 2000
"""How many past messages of a workspace a returning console can catch up with."""
_PRESENCE_SECONDS = 1800
_LAST_SECONDS = 60
_TEXTS = {"visitor", "lead", "page", "url", "title", "message", "state"}
_NUMBERS = ("since", "last", "active_ms", "scroll")
"""What is known of a visitor on the site."""
_AT_ONCE = 500
# One command for many messages: in a burst, packing a command for each would be half of the drain's work.
_APPEND = """
for i = 2, #ARGV, 2 do
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'kind', ARGV[i], 'data', ARGV[i + 1])
end
"""


class Bus:
    """Publishes to, and reads from, one Redis stream per workspace; keeps who is on the site in one hash each."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._append = client.register_script(_APPEND)

    def publish(self, workspace: str, kind: str, data: dict[str, Any]) -> None:
        """Tells the workspace's consoles: kind is presence, event, alert, withdrawn or rights. Raises redis.RedisError."""
        self.publish_many(workspace, [(kind, data)])

    def publish_many(self, workspace: str, messages: list[tuple[str, dict[str, Any]]]) -> None:
        """Several at once, in order, in one round trip."""
        for start in range(0, len(messages), _AT_ONCE):
            words: list[str | bytes | int] = [_LONGEST]
            for kind, data in messages[start : start + _AT_ONCE]:
                words += (kind, msgspec.json.encode(data))
            self._append(keys=[_stream(workspace)], args=words)

    def newest(self, workspace: str) -> str:
        """The id after which `follow` gives only what is yet to come."""
        found: Any = self._redis.xrevrange(_stream(workspace), count=1)
        return str(found[0][0].decode()) if found else "0-0"

    def follow(self, workspace: str, last_id: str, timeout_ms: int) -> list[tuple[str, str, dict[str, Any]]]:
        """What came after `last_id`: (id, kind, data); waits up to `timeout_ms` for the first, then may be empty."""
        answer: Any = self._redis.xread({_stream(workspace): last_id}, count=200, block=timeout_ms)
        if not answer:
            return []
        rows = answer[0][1] if isinstance(answer, list) else next(iter(answer.values()))[0]
        return [(key.decode(), fields[b"kind"].decode(), msgspec.json.decode(fields[b"data"])) for key, fields in rows]

    def set_presence(self, workspace: str, visitors: dict[str, dict[str, Any]]) -> None:
        """Remembers where these visitors are; forgotten half an hour after the last sign of anybody."""
        if not visitors:
            return
        pipe = self._redis.pipeline(transaction=False)
        pipe.hset(_presence(workspace), mapping={visitor: msgspec.json.encode(state) for visitor, state in visitors.items()})
        pipe.expire(_presence(workspace), _PRESENCE_SECONDS)
        pipe.execute()

    def presence_of(self, workspace: str, visitors: list[str]) -> dict[str, dict[str, Any]]:
        """The remembered state of these visitors."""
        if not visitors:
            return {}
        rows: Any = self._redis.hmget(_presence(workspace), visitors)
        states = {visitor: _state(row) for visitor, row in zip(visitors, rows, strict=True) if row}
        return {visitor: state for visitor, state in states.items() if state}

    def presence(self, workspace: str) -> list[dict[str, Any]]:
        """Everybody seen in the last half hour, latest sign of life first."""
        states = [state for row in self._redis.hvals(_presence(workspace)) if (state := _state(row))]
        return sorted(states, key=lambda state: -int(state["last"]))

    def forget_presence(self, workspace: str, visitors: list[str]) -> None:
        """Drops visitors who left long ago."""
        if visitors:
            self._redis.hdel(_presence(workspace), *visitors)

    def forget(self, workspace: str) -> None:
        """Drops everything of a workspace that was removed. Raises redis.RedisError."""
        self._redis.delete(_stream(workspace), _presence(workspace))

    def expire(self, workspace: str) -> None:
        """Drops the messages of a removed workspace in a minute, when all its streams have heard them. Raises redis.RedisError."""
        self._redis.expire(_stream(workspace), _LAST_SECONDS)


def _state(row: bytes | str) -> dict[str, Any] | None:
    """What is remembered of a visitor; None if another version has written it, or somebody else: then nothing is known of them."""
    try:
        state = msgspec.json.decode(row)
    except (msgspec.DecodeError, ValueError):
        return None
    is_ours = isinstance(state, dict) and state.keys() >= _TEXTS and all(isinstance(state.get(name), int) for name in _NUMBERS)
    return state if is_ours else None


def event_data(event: Event) -> dict[str, Any]:
    """An event as the live stream tells it."""
    return {
        "id": event.id,
        "kind": event.kind.value,
        "at": to_ms(event.at),
        "lead": event.lead,
        "message": event.message,
        "url": event.url,
        "title": event.title,
        "visitor": event.visitor,
        "verdict": event.verdict.label.value,
    }


def _stream(workspace: str) -> str:
    return f"ll:bus:{workspace}"


def _presence(workspace: str) -> str:
    return f"ll:presence:{workspace}"
