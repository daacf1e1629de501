"""/snippets: short texts to insert while writing, the caller's own and shared ones."""

from tracker.actions.mail import snippets as actions
from tracker.base.errors import Invalid, NotFound
from tracker.domain.mail.snippet import Snippet
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import may_act_as
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.mail.templates import SnippetChange, SnippetIn, SnippetOut, snippet_out

operations = Operations()


@operations.add("GET", "/snippets", response=List[SnippetOut])
def list_snippets(call: Call) -> List[SnippetOut]:
    """Lists the caller's own snippets and the shared ones."""
    found = call.store.snippets.of_reps(*{call.rep_id, None})
    return List[SnippetOut].model_construct(items=[snippet_out(snippet) for snippet in found], next=None)


def _authorize_add(call: Call, body: SnippetIn) -> None:
    if call.rep is None and body.shared is False:
        raise Invalid("shared", "must be true, because this key belongs to no rep")


@operations.add("POST", "/snippets", body=SnippetIn, response=SnippetOut, status=201, authorize=_authorize_add)
def add_snippet(call: Call, body: SnippetIn) -> SnippetOut:
    """Creates a snippet."""
    rep = None if body.shared else call.rep_id
    return snippet_out(actions.add_snippet(call.deps, call.workspace.id, rep, name=body.name, text=body.text))


@operations.add("PATCH", "/snippets/{snippet}", body=SnippetChange, response=SnippetOut)
def change_snippet(call: Call, snippet: str, body: SnippetChange) -> SnippetOut:
    """Changes a snippet; shared ones may be changed by every rep."""
    return snippet_out(actions.change_snippet(call.deps, call.workspace.id, _usable(call, snippet).id, **body.given()))


@operations.add("DELETE", "/snippets/{snippet}", status=204, audit=(AuditAction.DELETED,))
def remove_snippet(call: Call, snippet: str) -> None:
    """Deletes a snippet."""
    found = _usable(call, snippet)
    actions.remove_snippet(call.deps, call.workspace.id, found.id)
    call.record(AuditAction.DELETED, f"snippet “{found.name}”")


def _usable(call: Call, snippet: str) -> Snippet:
    """The snippet. Raises NotFound for another rep's own one, unless the caller is an admin."""
    found = call.store.snippets.get(snippet)
    if not may_act_as(call.viewer, found.rep):
        raise NotFound("no such snippet")
    return found
