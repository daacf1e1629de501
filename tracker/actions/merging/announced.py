"""Tells webhooks of merges and their undos. Called by `merge` before it takes values back, so that a killed process is made up for."""

from collections.abc import Sequence

from tracker.actions.deps import Deps
from tracker.actions.hooks.outbox import Outbox
from tracker.domain.leads.lead import Lead
from tracker.rules.hooks.drafts import of_merge, of_unmerge


def tell_merges(deps: Deps, kept: Lead, children: Sequence[Lead]) -> None:
    """Writes that each of `children` was merged with `kept`, and which merges were taken back; each once. Raises PyMongoError."""
    outbox = Outbox(deps, deps.store.workspaces.get(kept.workspace))
    if not outbox.types & {"lead.merged", "lead.unmerged"}:
        return
    merged = {child.id for child in children}
    drafts = [of_merge(child, child.merged) for child in children if child.merged]
    gone = (one for one in kept.merged_values if one.is_parting and one.lead not in merged)
    outbox.put([*drafts, *(of_unmerge(kept.id, one, deps.now()) for one in gone)])
