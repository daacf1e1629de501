"""Snippets: short texts that reps insert while they write, of their own or shared. Used by console and API."""

from typing import Any

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict
from tracker.base.ids import new_id
from tracker.domain.mail.snippet import Snippet

_MOST_SNIPPETS = 200
"""Snippets of one rep, or shared ones of a workspace."""
_LONGEST_TEXT = 5000


def add_snippet(deps: Deps, workspace: str, rep: str | None, *, name: str, text: str) -> Snippet:
    """Creates a snippet of the rep; with `rep` empty, one that the workspace shares. Raises Invalid, Conflict."""
    here, now = deps.store.of(workspace).snippets, deps.now()
    if len(here.of_reps(rep)) >= _MOST_SNIPPETS:
        raise Conflict(f"there are {_MOST_SNIPPETS} snippets already; delete some of them first")
    return here.add(Snippet(id=new_id(), workspace=workspace, rep=rep, created_at=now, changed_at=now, **_checked(name, text)))


def change_snippet(deps: Deps, workspace: str, snippet: str, *, name: str | None = None, text: str | None = None) -> Snippet:
    """Changes what is given. Raises NotFound, Invalid."""
    here = deps.store.of(workspace).snippets
    old = here.get(snippet)
    values = _checked(old.name if name is None else name, old.text if text is None else text)
    if (old.name, old.text) == (values["name"], values["text"]):
        return old
    return here.change(snippet, changed_at=deps.now(), **values)


def remove_snippet(deps: Deps, workspace: str, snippet: str) -> None:
    """Deletes it."""
    deps.store.of(workspace).snippets.remove(snippet)


def _checked(name: str, text: str) -> dict[str, Any]:
    return {"name": checks.line("name", name, longest=80), "text": checks.words("text", text, longest=_LONGEST_TEXT)}
