"""Today: the blocks of the start page in the order of urgency. Pure; a lead is shown once, in its first block.

`store.leads.today` makes the queries, `web.console.pages.today` shows the blocks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.pipeline.score import CALL_NOW
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import Owners

_DAY = timedelta(days=1)
_ACTIVE = timedelta(days=7)
_NEW = timedelta(hours=24)
_NO_RESPONSE = timedelta(hours=48)
_STALE, _LONG_STALE = timedelta(days=14), timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayBlock:
    """One block: leads in some stages whose time of `field` is in a range, in the order of that time."""

    name: str
    field: str
    """last_seen, inquiry, due, created, wait or contact; `none`: no next action."""
    within: timedelta | None = None
    """At most so long ago."""
    beyond: timedelta | None = None
    """At least so long ago."""
    stages: str = "open"
    """Which stages: all `open` ones, or only the `first` or `second`, if it is open and leads are not qualified in it."""
    quadrant: str | None = None
    is_oldest_first: bool = False
    with_unowned: bool = False
    """Whether a rep's own view also has leads without an owner, which anyone may take."""


BLOCKS = (
    TodayBlock(name="call_now", field="last_seen", within=_ACTIVE, quadrant=CALL_NOW),
    TodayBlock(name="inquiries", field="inquiry", with_unowned=True),
    TodayBlock(name="due", field="due", is_oldest_first=True),
    TodayBlock(name="new", field="created", beyond=_NEW, stages="first", with_unowned=True),
    TodayBlock(name="no_response", field="wait", beyond=_NO_RESPONSE, stages="second"),
    TodayBlock(name="stale", field="contact", within=_LONG_STALE, beyond=_STALE),
    TodayBlock(name="long_stale", field="contact", beyond=_LONG_STALE),
    TodayBlock(name="unplanned", field="none"),
)
BY_NAME = {block.name: block for block in BLOCKS}


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayQuery:
    """The leads of a block for some owners (None: of all) at a moment. Empty `stages` match no lead."""

    block: TodayBlock
    owners: Owners | None
    stages: tuple[str, ...]
    after: datetime | None = None
    before: datetime | None = None


def today_query(block: TodayBlock, owners: Owners | None, workspace: Workspace, now: datetime, day_end: datetime) -> TodayQuery:
    """The query of a block. `day_end`: when the viewer's day ends; tasks are due until then."""
    return TodayQuery(
        block=block,
        owners=owners | {None} if owners is not None and block.with_unowned else owners,
        stages=stages_of(block, workspace),
        after=now - block.within if block.within else None,
        before=day_end if block.field == "due" else now - block.beyond if block.beyond else None,
    )


def stages_of(block: TodayBlock, workspace: Workspace) -> tuple[str, ...]:
    """The ids of the block's stages."""
    if block.stages == "open":
        return tuple(stage.id for stage in workspace.stages if stage.kind == "open")
    found = workspace.stages[:1] if block.stages == "first" else workspace.stages[1:2]
    return tuple(stage.id for stage in found if stage.kind == "open" and not stage.is_qualified)
