"""Calls of tools: rights, arguments, result, audit log. Called by server."""

import json
import logging
import secrets
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError
from pymongo.errors import PyMongoError
from redis import RedisError

from tracker.base.errors import Invalid, LeadlightError, NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import may_write
from tracker.web.api.mcp.protocol import INVALID_PARAMS, RpcError
from tracker.web.api.mcp.tool import Tool
from tracker.web.api.mcp.tools import alerts, board, briefs, leads, on_site, scores, work, writing
from tracker.web.api.operations import Call
from tracker.web.api.validation import errors_of

log = logging.getLogger(__name__)

MODULES = (on_site, scores, briefs, leads, board, alerts, work, writing)
_IDS_IN_A_DETAIL, _MOST_IDS = 6, 60
"""An entry of the audit log has short details, so the ids of leads are spread over several."""
_MARKUP = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
"""Escapes in JSON text: no title can look like a tag where the text is read."""


@cache
def tools() -> dict[str, Tool]:
    """All tools by name."""
    return {tool.name: tool for module in MODULES for tool in module.tools.all}


def listed_tools(call: Call) -> list[dict[str, Any]]:
    """The tools that this key may call."""
    return [tool.described() for tool in tools().values() if may_write(call.viewer) or not tool.writes]


def call_tool(call: Call, params: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a call; a refused one is a result with `isError`, which the assistant reads. Raises RpcError for an unknown tool."""
    name, arguments = params.get("name"), params.get("arguments")
    tool = tools().get(name) if isinstance(name, str) else None
    if tool is None:
        raise RpcError(INVALID_PARAMS, "This server has no such tool.")
    if arguments is not None and not isinstance(arguments, dict):
        raise RpcError(INVALID_PARAMS, "`arguments` must be an object.")
    try:
        found = _run(call, tool, arguments or {})
    except Exception as error:  # noqa: BLE001 - each becomes a sentence, and those without one an entry of the log
        _record(call, tool, "refused", ())
        return {"content": [{"type": "text", "text": _sentence(tool, error)}], "isError": True}
    _record(call, tool, "done", dict.fromkeys(_lead_ids(found)))
    text = json.dumps(found, ensure_ascii=False).translate(_MARKUP)
    return {"content": [{"type": "text", "text": text}], "structuredContent": found, "isError": False}


def _run(call: Call, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
    if tool.writes and not may_write(call.viewer):
        raise LeadlightError("This key may only read; use one with the scope write.")
    asked = tool.arguments.model_validate_json(json.dumps(arguments))
    return tool.run(call, asked).model_dump(mode="json")


def _sentence(tool: Tool, error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " ".join(f"{found.field}: {found.text}." for found in errors_of(error))
    if isinstance(error, Invalid):
        return f"{error.field}: {error}."
    if isinstance(error, NotFound):
        return "There is no such record in this workspace."
    if isinstance(error, LeadlightError):
        return str(error)
    if isinstance(error, PyMongoError | RedisError):
        return "Part of Leadlight is temporarily unavailable. Try again shortly."
    reference = secrets.token_hex(8)
    log.error("unexpected error", extra={"reference": reference, "path": tool.name}, exc_info=error)
    return f"Internal error; see the server log for reference {reference}."


def _record(call: Call, tool: Tool, outcome: str, leads_named: Mapping[str, None] | tuple[()]) -> None:
    """Adds the call to the audit log: which tool, and the ids of the leads that its result names. No texts."""
    named = list(leads_named)[:_MOST_IDS]
    starts = range(0, len(named), _IDS_IN_A_DETAIL)
    ids = {f"leads_{number}": " ".join(named[start : start + _IDS_IN_A_DETAIL]) for number, start in enumerate(starts, 1)}
    call.record(AuditAction.ASSISTANT_ASKED, tool.name, result=outcome, **ids)


def _lead_ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("lead_id"):
            yield value["lead_id"]
        for name, one in value.items():
            if name != "untrusted":
                yield from _lead_ids(one)
    elif isinstance(value, list):
        for one in value:
            yield from _lead_ids(one)
