"""The managed list of sources, changed as a whole. Leads follow a new name; those of a removed source keep their text."""

from collections.abc import Iterable

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import new_id
from tracker.domain.workspace.source import Source
from tracker.rules.sources.names import present_names

_MOST = 100
_MOST_DETAILS = 60
_MOST_FORMER_NAMES = 10


def set_sources(deps: Deps, workspace: str, sources: Iterable[Source], *, read: Iterable[Source] | None = None) -> list[Source]:
    """Replaces the list. A source with the id, or else the name, of a known one is that source; others are new. Raises Invalid.

    `read`: the list that the new one was made from; raises Conflict where it has changed since.

    Renaming one with 100,000 leads takes some seconds; a repeated call continues an interrupted one.
    """
    here = deps.store.of(workspace)
    known = {source.id: source for source in here.sources.all()}
    if read is not None and {one.id: one.version for one in read} != {one.id: one.version for one in known.values()}:
        raise Conflict("the list of sources was changed meanwhile; look again")
    new = _checked(known, list(sources))
    for key in known.keys() - {source.id for source in new}:
        here.sources.remove(key)
    for source in new:
        before = known.get(source.id)
        if before is None:
            here.sources.add(source)
            continue
        names = ("name", "group", "meaning", "details", "is_active", "position", "former_names")
        changes = {name: getattr(source, name) for name in names if getattr(source, name) != getattr(before, name)}
        if changes:
            here.sources.change(source.id, version=before.version, **changes)
        for name in source.former_names:
            here.leads.rename_source(name, source.name, deps.now())
    return here.sources.all()


def current_name(deps: Deps, workspace: str, text: str) -> str:
    """The present name of the source with this name, also a former one; an unknown text as it is."""
    return present_names(deps.store.of(workspace).sources.all()).get(text.strip().casefold(), text)


def _checked(known: dict[str, Source], given: list[Source]) -> list[Source]:
    by_name = {source.name.casefold(): source for source in known.values()}
    found = [_checked_source(known, by_name, source, position) for position, source in enumerate(given)]
    names = {source.name.casefold() for source in found}
    if len(names) < len(found) or len({source.id for source in found}) < len(found):
        raise Invalid("sources", "must have different names")
    if len(found) > _MOST:
        raise Invalid("sources", f"must be {_MOST} at most")
    for source in found:
        holder = by_name.get(source.name.casefold())
        if holder is not None and holder.id != source.id:
            raise Invalid("sources", "cannot take the name of another source in the same step")
    return [
        msgspec.structs.replace(source, former_names=tuple(name for name in source.former_names if name.casefold() not in names))
        for source in found
    ]


def _checked_source(known: dict[str, Source], by_name: dict[str, Source], source: Source, position: int) -> Source:
    name = checks.line("sources", source.name, longest=60)
    if source.id and source.id not in known:
        raise Invalid("sources", "must have the id of a source, or none")
    same = known.get(source.id) if source.id else by_name.get(name.casefold())
    details = tuple(dict.fromkeys(checks.line("sources", detail, longest=120) for detail in source.details))
    if len(details) > _MOST_DETAILS:
        raise Invalid("sources", f"may have {_MOST_DETAILS} details at most")
    former = same.former_names if same else ()
    if same is not None and same.name != name:
        former = (*(one for one in former if one != same.name), same.name)[-_MOST_FORMER_NAMES:]
    return msgspec.structs.replace(
        source,
        id=same.id if same else new_id(),
        name=name,
        group=checks.line("sources", source.group, longest=60, required=False),
        meaning=checks.line("sources", source.meaning, longest=200, required=False),
        details=details,
        position=position,
        former_names=former,
        created_at=same.created_at if same else source.created_at,
    )
