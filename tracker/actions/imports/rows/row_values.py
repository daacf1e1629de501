"""What a row of a file says of a lead, while it is read. Used by `csv_rows`."""

from dataclasses import dataclass, field
from typing import Any

from tracker.actions.imports.rows.history_cells import PastRecord
from tracker.base.errors import Invalid
from tracker.rules.imports.headings import CUSTOM, custom


@dataclass(slots=True)
class RowValues:
    """What a row says of a lead."""

    values: dict[str, Any] = field(default_factory=dict)
    """As for `leads.add_lead`, and `consent`, `opted_out_at` and `created_at`."""
    warnings: list[Invalid] = field(default_factory=list)
    """Cells that did not fit, and were kept as custom fields."""
    own: dict[str, str] = field(default_factory=dict)
    """Custom fields by name."""
    past: list[PastRecord] = field(default_factory=list)
    """Calls, notes, sales and the like with their own dates."""

    def keep(self, title: str, text: str, why: Invalid | None = None) -> None:
        """Keeps a cell as a custom field under its heading."""
        name = custom(title).removeprefix(CUSTOM)
        number, free = 2, name
        while free in self.own and self.own[free] != text:
            free, number = f"{name[:55]} {number}", number + 1
        self.own[free] = text
        if why is not None:
            self.warnings.append(why)
