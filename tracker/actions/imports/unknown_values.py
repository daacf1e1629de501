"""Values of a file that the workspace does not know: offered for assignment, once per value."""

from dataclasses import dataclass

from tracker.actions.imports.import_file import ImportFile
from tracker.actions.imports.rep_names import RepNames
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.imports.cells import clean, word
from tracker.rules.imports.tables import Row

ASSIGNED = ("stage", "owner", "source")
"""Fields whose values are offered."""
_MOST_VALUES = 30


@dataclass(slots=True)
class UnknownValues:
    """Values of stage, owner and source that the workspace does not know, with the number of their rows."""

    workspace: Workspace
    reps: RepNames
    sources: frozenset[str]
    """Names of sources in lower case."""
    found: dict[str, dict[str, int]]

    def see(self, file: ImportFile, row: Row) -> None:
        """Counts the unknown values of a row; one that does not add up has its cells in other columns."""
        if row.problem:
            return
        for index, field in file.mapping.items():
            if field in ASSIGNED and index < len(row.cells) and (text := clean(row.cells[index])) and not self._is_known(field, text):
                counts = self.found.setdefault(field, {})
                known = next((one for one in counts if word(one) == word(text)), text)
                if known in counts or len(counts) < _MOST_VALUES:
                    counts[known] = counts.get(known, 0) + 1

    def _is_known(self, field: str, text: str) -> bool:
        if field == "stage":
            return self.workspace.stage_named(text) is not None
        return self.reps.find(text) is not None if field == "owner" else text.casefold() in self.sources
