"""The reps' own browsers: the address at the edge that marks one, or removes its mark. Called by the console."""

from tracker.actions.deps import Deps
from tracker.base.clock import to_ms
from tracker.domain.team.rep import Rep
from tracker.links.browser_marks import BrowserMark, Hop, mint_hop
from tracker.links.urls import mark_url


def marking_url(deps: Deps, rep: Rep, target: str, *, is_removal: bool = False) -> str:
    """Where to send the rep's browser. It goes on to `target`: a path of the console, or a page of one of the workspace's sites."""
    mark = BrowserMark(rep.workspace, rep.id, to_ms(deps.now()))
    return mark_url(deps.settings.edge_url, mint_hop(deps.keys, Hop(mark, is_removal, target)))
