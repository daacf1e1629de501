"""The company's own texts for leads, by page and language: where they choose tracking, in the banner, where they unsubscribe."""

from collections.abc import Mapping

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.workspace.edge_policy import publish
from tracker.base.errors import Invalid
from tracker.base.languages import LANGUAGES
from tracker.domain.workspace.workspace import Workspace

PAGES = ("choice", "banner", "unsubscribe")
DEFAULT = ""
"""In place of a language: for all languages without a text of their own."""
_LONGEST = 1_000


def set_lead_texts(deps: Deps, workspace: str, texts: Mapping[str, Mapping[str, str]]) -> Workspace:
    """Replaces the texts of the pages that are given. Empty ones are left out, so that the next in line is shown. Raises Invalid."""
    kept = dict(deps.store.workspaces.get(workspace).lead_texts)
    for page, given in texts.items():
        if page not in PAGES or not given.keys() <= {DEFAULT, *LANGUAGES}:
            raise Invalid("texts", "must name a page and languages of the list")
        checked = {
            language: checks.words(f"{page} {language}".strip(), text, longest=_LONGEST, required=False) for language, text in given.items()
        }
        kept[page] = {language: text for language, text in checked.items() if text}
    changed = deps.store.workspaces.change(workspace, lead_texts=kept)
    publish(deps)
    return changed
