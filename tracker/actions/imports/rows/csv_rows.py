"""A lead's values from the cells of a row. Only an address that is missing or impossible refuses the row.

Any other cell that does not fit is kept as a custom field, under its heading, and listed as a warning.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tracker.actions import csv_cells
from tracker.actions.imports.rows.cell_values import CELL_VALUES, CellContext, money
from tracker.actions.imports.rows.history_cells import HistoryReader
from tracker.actions.imports.rows.row_values import RowValues
from tracker.actions.leads.custom_values import checked_fields
from tracker.actions.leads.fields import validated
from tracker.actions.pipeline import stages
from tracker.actions.pipeline.required_fields import check_required
from tracker.base.errors import Invalid
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.imports import cells as read
from tracker.rules.imports.column_checks import MONTH
from tracker.rules.imports.headings import CUSTOM, columns_of, custom
from tracker.rules.imports.people import NAME_FIELDS, full_name, turned
from tracker.rules.imports.tables import Row, Table

_MOST_FIELDS = 60
_OTHER_ADDRESSES = "Other email addresses"
_AROUND_ADDRESS = "Email as in the file"
_UNCLEAR = "Row in the file"
_NO_REASON = "Not in the imported file"


class RowReader:
    """Reads the rows of one file."""

    def __init__(
        self,
        table: Table,
        mapping: Mapping[int, str],
        workspace: Workspace,
        now: datetime,
        *,
        owner_of: Callable[[str], str | None],
        orders: Mapping[str, str] | None = None,
        choices: Mapping[str, Mapping[str, str]] | None = None,
        tags: Sequence[str] = (),
    ) -> None:
        """`owner_of`: the id of the rep that a cell names; `choices`: what people chose for values of stage, owner and source; `tags`: of every lead.

        `orders`: what the dates of a column name first, by its number (`column_checks`).
        """
        self._header, self._mapping, self._workspace, self._now = table.header, dict(mapping), workspace, now
        self._owner_of, self._choices, self._tags = owner_of, choices or {}, tuple(tags)
        self._emails = columns_of(mapping, "email")
        self._zone = ZoneInfo(workspace.timezone)
        self._history = HistoryReader(mapping, workspace, now, orders or {}, money)
        self._month_first = {what: (orders or {}).get(str(index)) == MONTH for index, what in mapping.items()}

    def read(self, row: Row) -> RowValues:
        """The lead's values, without empty cells. Raises Invalid (`email`)."""
        found = RowValues({"tags": self._tags} if self._tags else {})
        if row.problem:
            return self._unclear(row, found)
        raw: dict[str, tuple[int, str]] = {}
        emails: list[tuple[int, str]] = []
        past: list[tuple[int, str]] = []
        for index, cell in enumerate(row.cells):
            what = self._mapping.get(index)
            text = read.clean(csv_cells.plain(cell), is_name=what in NAME_FIELDS) if what and cell else ""
            if not what or not text:
                continue
            if what == "email":
                emails.append((index, text))
            elif self._history.takes(index):
                past.append((index, text))
            elif what.startswith(CUSTOM):
                found.keep(what.removeprefix(CUSTOM), text)
            elif what == "tags" and what in raw:
                raw[what] = (raw[what][0], f"{raw[what][1]},{text}")
            elif what in raw:
                found.keep(self._title(index), text)
            else:
                raw[what] = (index, text)
        spoken = self._address(emails, found)
        self._name({what: text for what, (_, text) in raw.items()}, spoken, found)
        for what in [one for one in raw if one not in NAME_FIELDS]:
            self._cell(what, *raw[what], raw, found)
        self._past(past, raw, found)
        self._own_fields(found)
        self._stage(raw, found)
        return found

    def _past(self, cells: Sequence[tuple[int, str]], raw: Mapping[str, tuple[int, str]], found: RowValues) -> None:
        """Reads the history; what does not fit becomes custom fields, such as the date of a stage that is unknown."""
        if "stage" not in found.values and found.values.pop("stage_at", None):
            found.keep(self._title(raw["stage_date"][0]), raw["stage_date"][1])
        if cells:
            found.past, kept = self._history.read(cells, raw.get("created_at", (0, ""))[1])
            for index, text, why in kept:
                found.keep(self._title(index), text, why)

    def address(self, row: Row) -> str | None:
        """The address of the lead, as `read` finds it; None if the row is refused."""
        found = RowValues()
        try:
            if row.problem:
                self._unclear(row, found)
            else:
                self._address([cell for cell in self._address_cells(row) if cell[1]], found)
        except Invalid:
            return None
        return str(found.values["email"])

    def likely_email(self, row: Row) -> str | None:
        """What stands in the row as its first address, unchecked; None without one."""
        return next((found for _, cell in self._address_cells(row) if cell and "@" in (found := read.addresses(cell)[0][0])), None)

    def _address_cells(self, row: Row) -> list[tuple[int, str]]:
        return [(index, read.clean(csv_cells.plain(row.cells[index]))) for index in self._emails if index < len(row.cells)]

    def _unclear(self, row: Row, found: RowValues) -> RowValues:
        """A row with more cells than headings: its address, and the rest as it stands in the file."""
        emails = [cell for cell in row.cells if "@" in cell]
        if len(emails) != 1:
            raise Invalid(
                "email", f"cannot be told: the row {row.problem}; a separator inside a cell needs quotation marks around the cell"
            )
        address = self._valid(read.addresses(read.clean(csv_cells.plain(emails[0])))[0])[0]
        found.values |= {"email": address, "name": address}
        found.keep(_UNCLEAR, " | ".join(row.cells)[:2000], Invalid("file", f"{row.problem}; it is kept as it is in “{_UNCLEAR}”"))
        self._own_fields(found)
        return found

    def _address(self, emails: Sequence[tuple[int, str]], found: RowValues) -> str:
        """Takes the first possible address; returns the name written with it. Raises Invalid."""
        if not emails:
            raise Invalid("email", "is missing")
        spoken, named = "", []
        for _, text in emails:
            several, name = read.addresses(text)
            spoken = spoken or turned(name)
            if not name and read.has_more_than(text, several):
                found.keep(_AROUND_ADDRESS, text)
            named += several
        valid = self._valid(named)
        found.values["email"] = valid[0]
        others = [one for one in dict.fromkeys(named) if one != valid[0]]
        if others:
            wrong = next((one for one in others if one not in valid), None)
            found.keep(_OTHER_ADDRESSES, ", ".join(others), Invalid("email", f"“{wrong}” is no address") if wrong else None)
        return spoken

    @staticmethod
    def _valid(given: Sequence[str]) -> list[str]:
        """Those that are addresses. Raises Invalid if none is."""
        found, problem = [], Invalid("email", "is missing")
        for text in given:
            try:
                found.append(validated("email", text))
            except Invalid as error:
                problem = error
        if not found:
            raise problem
        return found

    def _name(self, raw: Mapping[str, str], spoken: str, found: RowValues) -> None:
        name = " ".join("".join(c if c.isprintable() else " " for c in full_name(raw) or spoken).split())
        try:
            found.values["name"] = validated("name", name or found.values["email"])
        except Invalid as error:
            found.values["name"] = found.values["email"]
            found.keep("Name", name, error)

    def _cell(self, what: str, index: int, text: str, raw: Mapping[str, tuple[int, str]], found: RowValues) -> None:
        """Sets what the cell says, or keeps it as a custom field."""
        context = CellContext(
            workspace=self._workspace,
            now=self._now,
            zone=self._zone,
            month_first=self._month_first,
            raw={name: one for name, (_, one) in raw.items()},
            owner_of=self._owner_of,
            choices=self._choices.get(what, {}),
        )
        try:
            for name, value in CELL_VALUES[what](text, context).items():
                if name == CUSTOM:
                    found.keep(self._title(index), value)
                elif name == "tags":
                    found.values["tags"] = validated("tags", (*found.values.get("tags", ()), *value))
                else:
                    found.values[name] = value
        except Invalid as error:
            found.keep(self._title(index), text, error)

    def _own_fields(self, found: RowValues) -> None:
        """Custom fields as they are stored: those of the workspace by their type, 60 at most."""
        kept: dict[str, Any] = {}
        for name, text in found.own.items():
            try:
                value = checked_fields(self._workspace, {name: text})
            except Invalid as error:
                found.warnings.append(error)
                plain = "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)[:2000]
                value = checked_fields(self._workspace, {f"{name[:45]} (as imported)": plain})
            if len(kept) + len(value) > _MOST_FIELDS:
                found.warnings.append(Invalid(f"{CUSTOM}{name}", f"is left out: a lead has {_MOST_FIELDS} custom fields at most"))
                continue
            kept |= value
        if kept:
            found.values["fields"] = kept

    def _stage(self, raw: Mapping[str, tuple[int, str]], found: RowValues) -> None:
        """Sets the stage last, because it may require fields."""
        if "stage" not in found.values:
            return
        target = self._workspace.stage_named(found.values["stage"])
        if target is not None and target.kind == "lost" and not found.values.get("lost_reason"):
            found.values["lost_reason"] = _NO_REASON
        try:
            target = stages.check_stage(self._workspace, found.values["stage"], found.values.get("lost_reason"))
            check_required(self._workspace, target, found.values.get("fields", {}))
        except Invalid as error:
            del found.values["stage"]
            found.warnings.append(error)
            found.values["fields"] = found.values.get("fields", {}) | checked_fields(
                self._workspace, {custom(self._title(raw["stage"][0])).removeprefix(CUSTOM): raw["stage"][1]}
            )

    def _title(self, index: int) -> str:
        return (self._header[index] if index < len(self._header) else "") or f"Column {index + 1}"
