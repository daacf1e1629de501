"""The reps of a workspace by what a file calls them. Used by imports."""

from tracker.actions.deps import Deps
from tracker.store.core.search_text import normalized


class RepNames:
    """Finds active reps by id, address or name."""

    def __init__(self, deps: Deps, workspace: str) -> None:
        self._found: dict[str, str | None] = {}
        reps = [rep for rep in deps.store.of(workspace).reps.all() if rep.is_active]
        for rep in reps:
            name = normalized(rep.name)
            self._found[name] = None if name in self._found else rep.id  # two reps of one name: which is meant is unknown
        self._found |= {normalized(text): rep.id for rep in reps for text in (rep.id, rep.email)}

    def find(self, text: str) -> str | None:
        """The id of the rep; None if there is none, or more than one of that name."""
        return self._found.get(normalized(text))
