"""The choices of an import as a form: what can be chosen, and what was."""

from collections.abc import Sequence

from werkzeug.datastructures import MultiDict

from tracker.actions.imports.import_file import FIELDS, ImportFile
from tracker.domain.leads.import_choices import ImportChoices
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.imports.cells import word
from tracker.rules.imports.column_checks import DAY, MONTH
from tracker.rules.imports.encodings import NAMES
from tracker.rules.imports.headings import CUSTOM, custom
from tracker.rules.imports.quotation_marks import SEPARATORS
from tracker.web.console.pages.imports.preview import words_of

Choice = tuple[str, str]
BY_RULES = "rules"
"""Chosen in place of an owner: the assignment rules decide."""
_LEAVE = ("", "Do not import")


class Options:
    """What the form of a preview offers."""

    encodings: tuple[Choice, ...] = tuple(NAMES.items())
    separators: tuple[Choice, ...] = tuple((sign, name.capitalize()) for sign, name in SEPARATORS.items())

    orders: tuple[Choice, ...] = ((DAY, "Day first"), (MONTH, "Month first"))

    def __init__(self, file: ImportFile, workspace: Workspace, reps: Sequence[Rep], sources: Sequence[str]) -> None:
        self._file, self._workspace = file, workspace
        by_rules = [(BY_RULES, "Assign by rules")] if workspace.assignment_rules else []
        self.owners: list[Choice] = [("", "No owner"), *by_rules, *((rep.id, rep.name) for rep in reps)]
        self._reps: list[Choice] = [(rep.id, rep.name) for rep in reps]
        self.sources: list[Choice] = [(source, source) for source in dict.fromkeys(("Import", *sources))]
        own = [field.name for field in workspace.custom_fields]
        self._fields: list[Choice] = [*((field, words_of(field)) for field in FIELDS), *((f"{CUSTOM}{name}", name) for name in own)]

    def fields(self, number: int) -> list[Choice]:
        """What the column can become."""
        new = custom(self._file.table.header[number])
        known = [choice for choice, _ in self._fields]
        return [_LEAVE, *([] if new in known else [(new, f"Custom field: {new.removeprefix(CUSTOM)}")]), *self._fields]

    def values(self, field: str, text: str) -> list[Choice]:
        """What an unknown value of stage, owner or source can stand for."""
        kept: Choice = ("", "Keep as custom field")
        if field == "stage":
            return [kept, *((stage.name, stage.name) for stage in self._workspace.stages)]
        if field == "owner":
            return [kept, *self._reps]
        return [(text, f"Add “{text}”"), *((one, other) for one, other in self.sources if one != text), kept]

    @staticmethod
    def key(text: str) -> str:
        """The name under which the choice for a value is sent."""
        return word(text)


def choices_of(form: MultiDict[str, str]) -> ImportChoices:
    """The choices that were sent."""
    values: dict[str, dict[str, str]] = {}
    for name, chosen in form.items():
        kind, _, rest = name.partition(":")
        field, _, text = rest.partition(":")
        if kind == "value" and text:
            values.setdefault(field, {})[text] = chosen
    return ImportChoices(
        encoding=form.get("encoding", ""),
        separator=form.get("separator", ""),
        columns={name.partition(":")[2]: chosen for name, chosen in form.items() if name.startswith("column:")},
        values=values,
        orders={name.partition(":")[2]: chosen for name, chosen in form.items() if name.startswith("order:")},
        tags=tuple(tag for tag in (one.strip() for one in form.get("tags", "").split(",")) if tag),
        source=form.get("source") or "Import",
        owner=None if form.get("owner") == BY_RULES else form.get("owner") or None,
        is_assigned=form.get("owner") == BY_RULES,
    )
