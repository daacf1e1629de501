"""Whether anything is recorded of a lead: the entry point for withdrawals, consent and erasure. Effective at the edge within seconds.

It concerns the messages and share links of the lead, the browsers that are the lead's, and the landing tokens of recent clicks.
Messages and share links created later are not listed: the action that creates one decides whether it is tracked.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

from tracker.actions.deps import Deps
from tracker.domain.activity.event import EventKind
from tracker.domain.activity.visitor import Visitor
from tracker.domain.privacy.withdrawn import WithdrawnKind

WithdrawnId = tuple[WithdrawnKind, str]
_LANDING = timedelta(hours=1)
"""A browser can present the landing token of a click for ten minutes; the rest is for clocks that differ."""


def stop_recording(deps: Deps, workspace: str, lead: str) -> None:
    """No longer records opens, clicks and visits of the lead, also of mail already sent. Repeating it adds what is new since.

    Rows that are in the spool are dropped when they are drained. Opt-outs and tracking choices still act.
    """
    deps.store.withdrawn.put(workspace, ids_of_lead(deps, workspace, lead), deps.now())


def resume_recording(deps: Deps, workspace: str, lead: str) -> None:
    """Records the lead again, because the lead has given permission."""
    deps.store.withdrawn.put(workspace, ids_of_lead(deps, workspace, lead), deps.now(), is_listed=False)


def ids_of_lead(deps: Deps, workspace: str, lead: str) -> Iterator[WithdrawnId]:
    """What is listed for the lead, without what was written for leads that were merged with it."""
    here = deps.store.of(workspace)
    recent = here.events.of_leads_since({lead: deps.now() - _LANDING}, [EventKind.CLICK])
    return chain(
        ((WithdrawnKind.MESSAGE, message.id) for message in here.messages.briefs_of_leads([lead]) if message.lead == lead),
        ((WithdrawnKind.SHARE, share) for share in here.shares.ids_of_lead(lead)),
        ((WithdrawnKind.VISITOR, visitor.id) for visitor in here.visitors.of_lead(lead) if is_browser_of(visitor, lead)),
        ((WithdrawnKind.CLICK, event.id) for event in recent if event.is_from_mail),
    )


def is_browser_of(visitor: Visitor, lead: str) -> bool:
    """Whether the browser is the lead's now: not another lead's since, nor that of someone else with the lead's mail."""
    last = visitor.bindings[-1:]
    return bool(last) and last[0].lead == lead and last[0].reader is None
