"""MCP for every kind of caller: what a tool shows and changes, where the words of leads stand in results, and what the audit log keeps."""

import json
from typing import Any

import pytest

from tests.authorization.world import Caller, Records, World
from tracker.actions.deps import Deps
from tracker.actions.team import api_keys
from tracker.domain.team.api_key import KeyScope
from tracker.web.api.mcp.calls import tools

HEADERS = {"Accept": "application/json, text/event-stream"}


def ask(caller: Caller, tool: str, **arguments: Any) -> dict[str, Any]:
    """The result of a tool."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    answer = caller.app.test_client().post("/mcp", json=body, headers=HEADERS | {"Authorization": f"Bearer {caller.key}"})
    assert answer.status_code == 200, answer.text
    return answer.json["result"]


def calls_about(records: Records, lead: str) -> dict[str, dict[str, Any]]:
    """One call of every tool, about these records; `lead` is how the lead is named."""
    ids = records.ids
    return {
        "who_is_on_site_now": {},
        "who_is_hot_today": {},
        "why_this_score": {"lead": lead},
        "find_leads": {"text": records.mark},
        "get_lead": {"lead": lead},
        "brief": {"lead": lead},
        "what_did_lead_do": {"lead": lead},
        "pipeline_summary": {},
        "company_overview": {"company": ids["company"]},
        "unread_alerts": {"limit": 25},
        "inquiries_waiting": {},
        "list_tasks": {"due": "any"},
        "list_emails": {"lead": lead},
        "add_note": {"lead": lead, "text": "Asked for an offer"},
        "set_next_action": {"lead": lead, "text": "Call", "due": "2030-03-01"},
        "finish_task": {"task_id": ids["task"]},
        "draft_reply": {"lead": lead, "subject": "Offer", "text": "Hello\n\nSee <b>this</b>"},
    }


LISTS = {"who_is_on_site_now", "who_is_hot_today", "find_leads", "pipeline_summary", "unread_alerts", "inquiries_waiting", "list_tasks"}
"""Tools that name no record; all others are refused for a record that the caller may not see."""


def places_of(mark: str, value: Any, path: str = "") -> list[str]:
    """Where the mark stands in a result."""
    if isinstance(value, dict):
        return [place for name, one in value.items() for place in places_of(mark, one, f"{path}.{name}")]
    if isinstance(value, list):
        return [place for one in value for place in places_of(mark, one, path)]
    return [path] if mark in str(value) else []


def test_every_tool_is_called_here() -> None:
    """A new tool needs a call above."""
    assert set(calls_about(Records("x", ids=dict.fromkeys(("company", "task"), "")), "")) == set(tools())


def test_nothing_of_a_colleague_or_another_workspace_is_shown(world: World) -> None:
    """Rosa sees only own leads: tools about Ivo's and Zoe's records are refused, by id and by name, and lists leave them out."""
    for records in (world.his, world.foreign):
        for lead in (records.ids["lead"], f"{records.mark}@lead.example", f"Lead {records.mark}"):
            for tool, arguments in calls_about(records, lead).items():
                found = ask(world.rosa, tool, **arguments)
                assert found["isError"] == (tool not in LISTS), (tool, lead)
                assert records.shown_in(json.dumps(found), json.dumps(arguments), is_foreign=records is world.foreign) == [], (tool, lead)


def test_words_of_leads_stand_under_untrusted(world: World, deps: Deps) -> None:
    """For her own lead every tool answers, and no word of the lead, its pages, mails and forms stands anywhere but under `untrusted`."""
    shown = set()
    for tool, arguments in calls_about(world.hers, f"lead {world.hers.mark.upper()}").items():
        found = ask(world.rosa, tool, **arguments)
        assert not found["isError"], (tool, found)
        assert json.loads(found["content"][0]["text"]) == found["structuredContent"], tool
        places = places_of(world.hers.mark, found["structuredContent"])
        assert [place for place in places if ".untrusted" not in place] == [], tool
        shown |= {tool} if places else set()
    # No lead is hot, and what changes something returns ids only.
    quiet = {"who_is_hot_today", "pipeline_summary", "add_note", "set_next_action", "finish_task", "draft_reply"}
    assert set(tools()) - shown <= quiet | {"why_this_score"}
    draft = deps.store.of(world.workspace.id).messages.page(lead=world.hers.ids["lead"]).items[0]
    assert (draft.state.value, draft.rep) == ("draft", world.rosa.rep.id if world.rosa.rep else None)
    assert "&lt;b&gt;this" in draft.source_html


def test_a_key_that_only_reads_changes_nothing(world: World, deps: Deps) -> None:
    """Its list has the reading tools only, and the others are refused before they look at anything."""
    key = api_keys.new_key(deps, world.workspace.id, scope=KeyScope.READ)[1]
    reader = Caller(world.rosa.app, deps, None, key)
    for tool, arguments in calls_about(world.hers, world.hers.ids["lead"]).items():
        found = ask(reader, tool, **arguments)
        assert found["isError"] == tools()[tool].writes, tool
    assert all(task.done_at is None for task in deps.store.of(world.workspace.id).tasks.of_lead(world.hers.ids["lead"]))


@pytest.mark.parametrize("is_refused", [False, True])
def test_each_call_is_in_the_audit_log(world: World, deps: Deps, is_refused: bool) -> None:  # noqa: FBT001
    """By the key, with the tool and the leads by id; without any text."""
    lead = world.his.ids["lead"] if is_refused else world.hers.ids["lead"]
    ask(world.rosa, "add_note", lead=lead, text="A confidential text")
    entry = world.ada.api("GET", "/audit?action=assistant_asked").json["items"][0]

    ids = {} if is_refused else {"leads_1": lead}
    assert (entry["subject"], entry["actor"]["kind"]) == ("add_note", "key")
    assert entry["details"] == {"result": "refused" if is_refused else "done", **ids}
