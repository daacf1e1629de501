"""JSON-RPC 2.0 as the Model Context Protocol (MCP) uses it over HTTP: versions, messages, errors. Called by server.

Two eras are served. Since 2026-07-28 each request names its version and stands alone. Before, `initialize` agrees on a version first;
no session is kept for it, because every request carries its key.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MODERN = ("2026-07-28",)
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26")
"""Newest first."""
WITH_BATCHES = LEGACY[-1]
"""The version that allows several messages in one body. A request without a version header counts as of this one, as its successor says."""
_PREFIX = "io.modelcontextprotocol/"
VERSION_KEY, CAPABILITIES_KEY, SERVER_KEY = f"{_PREFIX}protocolVersion", f"{_PREFIX}clientCapabilities", f"{_PREFIX}serverInfo"

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022
_MOST_AT_ONCE = 20
_SENTINEL, _SENTINEL_END = "=?base64?", "?="


class RpcError(Exception):
    """A message that is refused. `status` is the HTTP status where it stands alone in its body; legacy clients get 200 for known messages."""

    def __init__(self, code: int, text: str, data: Any = None, *, status: int = 400) -> None:
        super().__init__(text)
        self.code, self.text, self.data, self.status = code, text, data, status


@dataclass(frozen=True, slots=True)
class RpcMessage:
    """A request, or a notification if `id` is None. `is_modern` says which era it belongs to."""

    method: str
    params: Mapping[str, Any]
    id: str | int | None
    is_modern: bool = False


def parsed(body: bytes) -> Any:
    """The JSON value of a body. Raises RpcError."""
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise RpcError(PARSE_ERROR, "The body is not JSON.") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def batch_of(value: Any, version: str | None) -> list[Any] | None:
    """The messages of a batch; None for a single message. Raises RpcError where batches are not allowed."""
    if not isinstance(value, list):
        return None
    if (version or WITH_BATCHES) != WITH_BATCHES:
        raise RpcError(INVALID_REQUEST, "Send one message in each request.")
    if not 1 <= len(value) <= _MOST_AT_ONCE:
        raise RpcError(INVALID_REQUEST, f"A batch has 1 to {_MOST_AT_ONCE} messages.")
    return value


def message_of(value: Any, headers: Mapping[str, str], *, in_batch: bool = False) -> RpcMessage | None:
    """The message; None for a client's response, which is accepted and ignored. Raises RpcError."""
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, "The body must be one JSON-RPC 2.0 message.")
    version = headers.get("MCP-Protocol-Version")
    if "method" not in value and ("result" in value or "error" in value) and version not in MODERN:
        return None
    method, params = value.get("method"), value.get("params", {})
    if not isinstance(method, str) or not isinstance(params, dict):
        raise RpcError(INVALID_REQUEST, "A message has a method, and params that are an object.")
    if "id" not in value:
        _check_version(version)
        return RpcMessage(method, params, None)
    if isinstance(value["id"], bool) or not isinstance(value["id"], str | int):
        raise RpcError(INVALID_REQUEST, "The id of a request is text or a whole number.")
    return RpcMessage(method, params, value["id"], is_modern=_is_modern(method, params, headers, in_batch=in_batch))


def id_of(value: Any) -> str | int | None:
    """The id of a message that may be wrong in other ways; None where it has none that can be returned."""
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def _is_modern(method: str, params: Mapping[str, Any], headers: Mapping[str, str], *, in_batch: bool) -> bool:
    """Whether the request is of the era without `initialize`. Raises RpcError for versions that are unknown or contradict each other."""
    version, meta = headers.get("MCP-Protocol-Version"), params.get("_meta")
    named = meta.get(VERSION_KEY) if isinstance(meta, dict) else None
    if named is None and version not in MODERN:
        if method != "initialize":  # which names the version it wants in its params
            _check_version(version)
        return False
    if in_batch:
        raise RpcError(INVALID_REQUEST, "Send one message in each request.")
    if not isinstance(meta, dict) or not isinstance(named, str) or not isinstance(meta.get(CAPABILITIES_KEY), dict):
        raise RpcError(INVALID_PARAMS, f"params._meta must have {VERSION_KEY} and {CAPABILITIES_KEY}.")
    _check_headers(method, params, headers, named)
    if named not in MODERN:
        raise _unsupported(named)
    return True


def _check_headers(method: str, params: Mapping[str, Any], headers: Mapping[str, str], version: str) -> None:
    """Raises RpcError where a header does not say what the body says, or stands there twice."""
    expected = {"MCP-Protocol-Version": version, "Mcp-Method": method}
    if method == "tools/call" and isinstance(params.get("name"), str):
        expected["Mcp-Name"] = params["name"]
    for name, value in expected.items():
        given = headers.get(name)
        if (_decoded(given) if name == "Mcp-Name" else given) != value:
            raise RpcError(HEADER_MISMATCH, f"The header {name} must be there once and say what the body says.")


def _decoded(value: str | None) -> str | None:
    """The value of a header that may be encoded in base64, because a name is no ASCII."""
    if value is None or not (value.startswith(_SENTINEL) and value.endswith(_SENTINEL_END)):
        return value
    try:
        return base64.b64decode(value[len(_SENTINEL) : -len(_SENTINEL_END)], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _check_version(version: str | None) -> None:
    if version is not None and version not in (*MODERN, *LEGACY):
        raise _unsupported(version)


def _unsupported(version: str) -> RpcError:
    return RpcError(UNSUPPORTED_VERSION, "Unsupported protocol version", {"supported": list(MODERN), "requested": version[:40]})


def agreed_version(asked: Any) -> str:
    """The version that `initialize` agrees on: the one asked for, or the newest that has an `initialize`."""
    return asked if asked in LEGACY else LEGACY[0]


def result_of(message: RpcMessage, result: Mapping[str, Any]) -> dict[str, Any]:
    """The response to a request."""
    return {"jsonrpc": "2.0", "id": message.id, "result": {"resultType": "complete", **result} if message.is_modern else dict(result)}


def error_of(error: RpcError, to: str | int | None) -> dict[str, Any]:
    """The response to a refused message."""
    data = {} if error.data is None else {"data": error.data}
    return {"jsonrpc": "2.0", "id": to, "error": {"code": error.code, "message": error.text, **data}}
