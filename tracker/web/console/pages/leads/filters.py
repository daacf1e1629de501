"""The filters of the leads list: from the query string to a LeadQuery, and back to links. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.lead_tests import LeadTest
from tracker.rules.fit.fit_values import profile_key
from tracker.rules.pipeline.today import BY_NAME
from tracker.rules.visibility import Owners
from tracker.store.leads.lead_fields import FieldFilter
from tracker.store.leads.lead_query import LeadQuery
from tracker.store.leads.leads import SORTS
from tracker.web.console.pages.leads.condition_rows import ConditionRow, rows_of
from tracker.web.console.text.field_text import field_choices
from tracker.web.console.text.quadrants import QUADRANTS

DEFAULT_SORT = "-last_seen"
_LONGEST = 200
SEEN = {
    "1": "Seen in the last day",
    "7": "Seen in the last 7 days",
    "30": "Seen in the last 30 days",
    "-14": "Not seen for 14 days",
    "-30": "Not seen for 30 days",
}
"""Last seen within so many days; a negative number means not seen for so many days."""
SCORES = ("20", "40", "60")


@dataclass(frozen=True, slots=True)
class LeadFilters:
    """The filters of the query string; empty means any."""

    q: str = ""
    stage: str = ""
    score: str = ""
    source: str = ""
    owner: str = ""
    seen: str = ""
    quadrant: str = ""
    industry: str = ""
    size: str = ""
    budget: str = ""
    country: str = ""
    field: str = ""
    """A custom field with its value: `id:value`."""
    no_next: str = ""
    archived: str = ""
    today: str = ""
    """A block of Today, of the owners that `who` says as on that page."""
    who: str = ""
    list_id: str = ""
    """A saved list's id, or the key of one that every workspace has."""
    match: str = ""
    """`any`: one of the rows is enough."""
    rows: tuple[ConditionRow, ...] = ()
    sort: str = DEFAULT_SORT

    @property
    def is_any(self) -> bool:
        """Whether no filter is set."""
        return not any(
            (
                self.q,
                self.stage,
                self.score,
                self.source,
                self.owner,
                self.seen,
                self.quadrant,
                self.no_next,
                self.archived,
                self.today,
                self.field,
                self.list_id,
                self.rows,
                *self.profile,
            )
        )

    @property
    def profile(self) -> tuple[str, ...]:
        """The values that count for fit, as LeadQuery has them."""
        values = {"industry": self.industry, "size": self.size, "budget": self.budget, "location": self.country}
        return tuple(profile_key(field, value) for field, value in values.items() if value)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The query string that holds these filters, as names and values."""
        names = [name for name in self.__dataclass_fields__ if name not in ("rows", "list_id")]
        pairs = [("list", self.list_id), *((name, str(getattr(self, name))) for name in names)]
        return [pair for pair in pairs if pair[1] and pair != ("sort", DEFAULT_SORT)] + [("c", row.text) for row in self.rows]

    @property
    def query_string(self) -> str:
        """As the address of the list has it."""
        return urlencode(self.pairs)

    def link(self, **changes: str) -> str:
        """The list's URL with these filters changed, at the first page."""
        values = [pair for pair in self.pairs if pair[0] not in changes]
        values += [pair for pair in changes.items() if pair[1] and pair != ("sort", DEFAULT_SORT)]
        return f"/leads?{urlencode(values)}" if values else "/leads"

    def hidden(self, *shown: str) -> list[tuple[str, str]]:
        """What a form that has these fields itself sends along."""
        return [pair for pair in self.pairs if pair[0] not in shown]

    def sort_link(self, name: str, *, descending: bool = False) -> str:
        """The URL that sorts by this column, or reverses the order."""
        first, second = (f"-{name}", name) if descending else (name, f"-{name}")
        return self.link(sort=second if self.sort == first else first)


def filters_of(args: MultiDict[str, str], workspace: Workspace, *, sort: str = DEFAULT_SORT) -> LeadFilters:
    """The valid filters; invalid values are ignored. `sort`: the order where none is given."""

    def one(name: str, allowed: Mapping[str, object] | tuple[str, ...]) -> str:
        value = args.get(name, "")
        return value if value in allowed else ""

    sort = args.get("sort") or sort
    return LeadFilters(
        q=" ".join(args.get("q", "").split())[:_LONGEST],
        stage=one("stage", tuple(stage.id for stage in workspace.stages)),
        score=one("score", SCORES),
        source=args.get("source", "")[:_LONGEST],
        owner=args.get("owner", "")[:_LONGEST],
        seen=one("seen", SEEN),
        quadrant=one("quadrant", QUADRANTS),
        **{name: args.get(name, "").strip()[:_LONGEST] for name in ("industry", "size", "budget", "country")},
        field=one("field", tuple(value for value, _ in field_choices(workspace))),
        no_next="yes" if args.get("no_next") else "",
        archived="yes" if args.get("archived") else "",
        today=one("today", BY_NAME),
        who=args.get("who", "")[:_LONGEST],
        list_id=args.get("list", "")[:64],
        match="any" if args.get("match") == "any" else "",
        rows=rows_of(args),
        sort=sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT,
    )


def query_of(
    filters: LeadFilters,
    workspace: Workspace,
    *,
    me: str,
    visible_to: Owners | None,
    open_stages: tuple[str, ...],
    now: datetime,
    test: LeadTest | None = None,
) -> LeadQuery:
    """The query for the store. `owner=me` means the signed-in rep. A quadrant is one of open leads: others show *Customer* or *Closed*."""
    days = int(filters.seen or 0)
    return LeadQuery(
        search=filters.q,
        stage=filters.stage or None,
        score_min=int(filters.score) if filters.score else None,
        source=filters.source or None,
        owner=(me if filters.owner == "me" else filters.owner) or None,
        quadrant=filters.quadrant or None,
        stages=open_stages if filters.quadrant else (),
        profile=filters.profile,
        field=_field(filters.field, workspace),
        seen_after=now - timedelta(days=days) if days > 0 else None,
        seen_before=now - timedelta(days=-days) if days < 0 else None,
        no_next_action=bool(filters.no_next),
        test=test,
        is_archived=bool(filters.archived),
        visible_to=visible_to,
    )


def _field(text: str, workspace: Workspace) -> FieldFilter | None:
    key, _, value = text.partition(":")
    field = next((one for one in workspace.custom_fields if one.id == key), None)
    return FieldFilter(field.name, value) if field else None
