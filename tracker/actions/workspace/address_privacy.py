"""Which parts of web addresses are confidential: set by an admin, applied by the snippet and by the edge."""

from collections.abc import Iterable

from tracker.actions.deps import Deps
from tracker.actions.workspace.edge_policy import publish
from tracker.base.errors import Invalid
from tracker.domain.workspace.address_privacy import LONGEST_WORD, MOST_WORDS, AddressPrivacy
from tracker.domain.workspace.workspace import Workspace


def set_address_privacy(deps: Deps, workspace: str, *, is_on: bool, words: Iterable[str]) -> Workspace:
    """Sets the words of confidential parameters, in lower case and without repetition. Raises Invalid (`words`)."""
    kept = dict.fromkeys(word.strip().lower() for word in words if word.strip())
    for word in kept:
        if len(word) > LONGEST_WORD or not word.isalpha():
            raise Invalid("words", f"“{word[:60]}” is not a word: use letters only, {LONGEST_WORD} at most")
    if len(kept) > MOST_WORDS:
        raise Invalid("words", f"must be {MOST_WORDS} words at most")
    changed = deps.store.workspaces.change(workspace, address_privacy=AddressPrivacy(is_on=is_on, words=tuple(kept)))
    publish(deps)
    return changed
