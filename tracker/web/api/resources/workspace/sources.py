"""/sources: where leads come from."""

from tracker.actions.ops import audit
from tracker.actions.workspace import sources
from tracker.domain.ops.audit import AuditAction
from tracker.domain.workspace.source import Source
from tracker.rules.visibility import scope
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.workspace.sources import SourceIn, SourceOut, SourcesIn

operations = Operations()


@operations.add("GET", "/sources", response=List[SourceOut])
def list_sources(call: Call) -> List[SourceOut]:
    """Lists sources with their number of leads, including sources that only leads have."""
    return _sources(call, call.store.sources.all())


@operations.add("PUT", "/sources", body=SourcesIn, response=List[SourceOut], admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def set_sources(call: Call, body: SourcesIn) -> List[SourceOut]:
    """Replaces the list of sources; a renamed source keeps its leads, and leads of a removed one keep its name."""
    before = call.store.sources.all()
    by_name, by_id = {source.name.casefold(): source for source in before}, {source.id: source for source in before}
    given = [SourceIn.model_validate({"name": one}) if isinstance(one, str) else one for one in body.items]
    after = sources.set_sources(
        call.deps,
        call.workspace.id,
        [_source(call, by_id.get(one.id) if one.id else by_name.get(one.name.strip().casefold()), one) for one in given],
    )
    audit.record_sources(call.deps, call.audit_actor, call.workspace.id, before, after)
    return _sources(call, after)


def _source(call: Call, known: Source | None, given: SourceIn) -> Source:
    """The source; what is not given of a known one stays."""

    def one(name: str, attribute: str) -> object:
        return getattr(known, attribute) if known and name not in given.model_fields_set else getattr(given, name)

    return Source(
        id=given.id or "",
        workspace=call.workspace.id,
        name=given.name,
        group=str(one("group", "group")),
        meaning=str(one("meaning", "meaning")),
        details=tuple(known.details if known and "details" not in given.model_fields_set else given.details),
        is_active=bool(one("active", "is_active")),
        created_at=call.deps.now(),
    )


def _sources(call: Call, listed: list[Source]) -> List[SourceOut]:
    counts = call.store.leads.counts_by("source", visible_to=scope(call.viewer))
    items = [
        SourceOut(
            id=source.id,
            name=source.name,
            leads=counts.get(source.name, 0),
            group=source.group,
            meaning=source.meaning,
            details=list(source.details),
            active=source.is_active,
        )
        for source in listed
    ]
    known = {source.name for source in listed}
    others = sorted(name for name in counts if name and name not in known)
    items += [SourceOut(id=None, name=name, leads=counts[name], group="", meaning="", details=[], active=False) for name in others]
    return List[SourceOut](items=items, next=None)
