"""Look-ups before a list is read: where a part of its condition has few leads, only those are read. Used by store.leads.leads.

Otherwise a condition that few leads pass makes MongoDB read all leads in the order of the list (decision 0033).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pymongo.collection import Collection

from tracker.rules.conditions.lead_tests import ENTRIES, Between, Every, HasEntry, LeadTest, Not, OneOf, Some
from tracker.store.core.client import Document
from tracker.store.core.search_text import search_patterns
from tracker.store.leads.condition_filter import TEXT_KEY, condition_filter
from tracker.store.leads.lead_query import LeadQuery, matching

MOST_IDS = 2_000
"""A part of a condition with more leads than this is no reason to read only its leads."""
_MOST_READ = 10_000
"""Ids that the look-ups of one list read in total."""
_MOST_SCANS = 2
"""Look-ups of one list that read the index of all texts."""
_COUNT_INDEX = "ws_1_keys.archived_1_archived_at_-1__id_-1"
_WORD_INDEX = "ws_1_keys.words_1"
_TEXT_INDEX = f"ws_1_{TEXT_KEY}_1"
_INDEXES = {
    ENTRIES: f"ws_1_{ENTRIES}_1",
    "derived.profile": "ws_1_derived.profile_1",
    "source": "ws_1_source_1",
    "owner": "ws_1_owner_1_derived.last_seen_at_-1__id_-1",
    "stage": "ws_1_stage_1_stage_since_1_created_at_1",
    "stage_since": "ws_1_stage_1_stage_since_1_created_at_1",
    "opted_out_at": "ws_1_tracking_consent.state_1_opted_out_at_1",
    "bounced_at": "ws_1_bounced_at_1",
    "new_email_at": "ws_1_new_email_at_1",
    "created_at": "ws_1_created_at_-1__id_-1",
    "updated_at": "ws_1_updated_at_-1__id_-1",
    "derived.score": "ws_1_derived.score_-1__id_-1",
    "derived.last_seen_at": "ws_1_derived.last_seen_at_-1__id_-1",
    "next_action.due": "ws_1_keys.due_-1__id_-1",
    "company_id": "ws_1_company_id_1_derived.score_-1",
    "tags": "ws_1_tags_1",
    "tracking_consent.state": "ws_1_tracking_consent.state_1_opted_out_at_1",
}
"""The index that begins with the path of a test, or has it: then it is read without reading leads."""
_FIGURES = "ws_1_derived.clicks_1_derived.opens_1_derived.views_1_derived.fit_1_derived.engagement_1"
_CONTACTS = "ws_1_derived.last_contact_at_1_derived.first_contact_at_1"
_INDEXES |= {f"derived.{name}": _FIGURES for name in ("clicks", "opens", "views", "fit", "engagement")}
_INDEXES |= {f"derived.{name}": _CONTACTS for name in ("last_contact_at", "first_contact_at")}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A list as MongoDB reads it, with the index to read: of ids (`is_few`), or of the order (`is_long`).

    It would try all indexes otherwise, since all begin with the workspace, and read with each as much as with the best one.
    """

    filter: Document
    is_few: bool = False
    is_long: bool = False

    def page_index(self, path: str) -> str | None:
        """The index for a page in the order of a field."""
        return "_id_" if self.is_few else f"ws_1_{path}_-1__id_-1" if self.is_long else None

    @property
    def count_index(self) -> str | None:
        """The index to count with."""
        return "_id_" if self.is_few else _COUNT_INDEX if self.is_long else None


def narrowed(rows: Collection[Document], workspace: str, query: LeadQuery) -> Narrowed:
    """The query, narrowed to few leads where one of its parts has few. MongoDB chooses the index of one quick filter with many."""
    found, parts = matching(query), _parts(query)
    words = search_patterns(query.search)
    if query.today or not (parts or words):
        return Narrowed(found)
    ups = _LookUps(rows, workspace)
    few = ups.words(words)
    if few is None:
        few = ups.ids(Every(tuple(parts)))
    if few is None:
        return Narrowed(found, is_long=query.test is not None or len(parts) + len(words) > 1)
    return Narrowed(found | {"_id": {"$in": sorted(few)}}, is_few=True)


def _parts(query: LeadQuery) -> list[LeadTest]:
    """What every lead of the list passes."""
    owner = None if query.owner == "none" else query.owner
    given = {"stage": query.stage, "source": query.source, "company_id": query.company_id, "tags": query.tag}
    parts: list[LeadTest] = [OneOf(path, (value,)) for path, value in given.items() if value is not None]
    parts += [OneOf("owner", (owner,))] if query.owner is not None else []
    parts += [OneOf("owner", tuple(query.visible_to))] if query.visible_to is not None else []
    parts += [OneOf("derived.profile", (value,)) for value in query.profile]
    parts += [OneOf("stage", query.stages)] if query.stages else []
    parts += [Between("derived.score", query.score_min, query.score_max)] if {query.score_min, query.score_max} != {None} else []
    parts += [Between("derived.last_seen_at", query.seen_after, query.seen_before)] if query.seen_after or query.seen_before else []
    return parts + ([query.test] if query.test is not None else [])


class _LookUps:
    """The look-ups of one list, which together read a bounded number of ids."""

    def __init__(self, rows: Collection[Document], workspace: str) -> None:
        self._rows, self._workspace = rows, workspace
        self._left, self._scans = _MOST_READ, _MOST_SCANS

    def ids(self, test: LeadTest) -> set[str] | None:
        """At least the ids of the leads that pass; None where they are many or unknown."""
        match test:
            case Every(tests):
                looked_up = (self.ids(one) for one in sorted(tests, key=_reads_texts))
                return next((found for found in looked_up if found is not None), None)
            case Some(tests):
                return self._any_of(tests)
            case HasEntry() if _is_text(test):
                return self._scan([test])
            case HasEntry(path=path) | OneOf(path=path) | Between(path=path) if path in _INDEXES:
                return self._read(condition_filter(test), _INDEXES[path])
            case _:
                return None

    def words(self, patterns: Sequence[str]) -> set[str] | None:
        """The leads that a word of the search finds; None where each finds many."""
        queries = ({"keys.words": {"$regex": pattern}} for pattern in patterns)
        looked_up = (self._read(query, _WORD_INDEX) for query in queries)
        return next((found for found in looked_up if found is not None), None)

    def _any_of(self, tests: Sequence[LeadTest]) -> set[str] | None:
        found: set[str] = set()
        texts = [one for one in tests if _is_text(one)]
        for one in sorted((one for one in tests if one not in texts), key=_reads_texts):
            ids = self.ids(one)
            if ids is None or len(found | ids) > MOST_IDS:
                return None
            found |= ids
        ids = self._scan(texts) if texts else set()
        return None if ids is None or len(found | ids) > MOST_IDS else found | ids

    def _scan(self, tests: Sequence[LeadTest]) -> set[str] | None:
        """The leads that contain one of the texts: one pass over the index of all texts, without reading leads."""
        if not self._scans:
            return None
        self._scans -= 1
        return self._read({"$or": [condition_filter(one) for one in tests]}, _TEXT_INDEX)

    def _read(self, query: Document, index: str) -> set[str] | None:
        if self._left <= 0:
            return None
        found = {row["_id"] for row in self._rows.find({"ws": self._workspace, **query}, {"_id": 1}, limit=MOST_IDS + 1, hint=index)}
        self._left -= len(found)
        return found if len(found) <= MOST_IDS else None


def _reads_texts(test: LeadTest) -> bool:
    """Whether a look-up of the test reads the index of all texts, and so comes after the others."""
    match test:
        case Every(tests) | Some(tests):
            return any(_reads_texts(one) for one in tests)
        case Not():
            return False
        case _:
            return _is_text(test)


def _is_text(test: LeadTest) -> bool:
    return isinstance(test, HasEntry) and bool(test.contains) and test.path == ENTRIES
