"""Names of sources: the present name for a spelling or a former name. Pure."""

from collections.abc import Iterable

from tracker.domain.workspace.source import Source


def present_names(sources: Iterable[Source]) -> dict[str, str]:
    """The present name by each present and former name in lower case. A present name goes before a former one."""
    listed = list(sources)
    former = {name.casefold(): source.name for source in listed for name in source.former_names}
    return former | {source.name.casefold(): source.name for source in listed}


def offered(sources: Iterable[Source], present: str | None = None) -> dict[str, list[str]]:
    """The names of active sources by group, in order, and the one that a lead has, whatever it is."""
    found: dict[str, list[str]] = {}
    for source in sources:
        if source.is_active or source.name == present:
            found.setdefault(source.group, []).append(source.name)
    if present and not any(present in names for names in found.values()):
        found.setdefault("", []).append(present)
    return found
