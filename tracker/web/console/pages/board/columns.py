"""The columns of the board: stages with their figures and first cards. Called by the page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from tracker.actions.deps import Deps
from tracker.actions.pipeline.board_totals import board_totals
from tracker.base.money import sums
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.stage import Stage
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import Owners
from tracker.store.core.run_parallel import run_parallel
from tracker.store.store import WorkspaceStore
from tracker.web.console.text.quadrants import Quadrant, quadrant_of

FIRST = 50
MOST = 200
"""Cards of a column; beyond these the list shows them."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A lead on the board. `days` it is in its stage; `share` of the usual days in percent, None where those are unknown."""

    lead: Lead
    quadrant: Quadrant
    days: int
    share: int | None

    @property
    def is_long(self) -> bool:
        """Whether it is in its stage for longer than usual."""
        return self.share is not None and self.share > 100  # noqa: PLR2004 - percent


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A stage with all that the board shows of it."""

    stage: Stage
    cards: tuple[BoardCard, ...]
    count: int
    money: str
    """The sum of values, for Won that of sales; empty: none."""
    days: int | None
    """The average days of its leads in it."""

    @property
    def more(self) -> int:
        """How many cards to show next; 0: none."""
        return min(len(self.cards) + FIRST, MOST) if self.count > len(self.cards) and len(self.cards) < MOST else 0


def columns_of(deps: Deps, workspace: Workspace, owners: Owners | None, shown: Mapping[str, int]) -> list[BoardColumn]:
    """All columns of the leads of these owners (None: of all). `shown`: how many cards, by stage."""
    store, now = deps.store.of(workspace.id), deps.now()
    reads = [partial(store.leads.in_column, stage.id, visible_to=owners, limit=shown.get(stage.id, FIRST)) for stage in workspace.stages]
    pages = run_parallel(*reads)
    figures = [one for one in board_totals(deps, workspace.id) if owners is None or one.owner in owners]
    won = next((stage for stage in workspace.stages if stage.kind == "won"), None)
    found = []
    for stage, page in zip(workspace.stages, pages, strict=True):
        own = [one for one in figures if one.stage == stage.id]
        count = sum(one.count for one in own)
        amounts = _sales(store, owners) if stage is won else _total((one.currency, one.amount) for one in own)
        found.append(
            BoardColumn(
                stage,
                tuple(card_of(lead, stage, now) for lead in page.items),
                count,
                sums(amounts),
                round(sum(one.days(now) for one in own) / count) if count else None,
            )
        )
    return found


def _sales(store: WorkspaceStore, owners: Owners | None) -> dict[str, int]:
    return _total((currency, amount) for rep, currency, amount in store.sales.totals_by_rep() if owners is None or rep in owners)


def _total(amounts: Iterable[tuple[str | None, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for currency, amount in amounts:
        if currency:
            found[currency] = found.get(currency, 0) + amount
    return found


def card_of(lead: Lead, stage: Stage, now: datetime) -> BoardCard:
    """The card of a lead in this stage."""
    days = max(0, (now - (lead.stage_since or lead.created_at)) // _DAY)
    return BoardCard(
        lead, quadrant_of(lead.derived.quadrant, stage.kind), days, round(100 * days / stage.usual_days) if stage.usual_days else None
    )
