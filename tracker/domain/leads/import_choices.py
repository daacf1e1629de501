"""What a person chose for the import of a file."""

import msgspec


class ImportChoices(msgspec.Struct, frozen=True, kw_only=True):
    """How to read a file, and what its new leads get. Empty values: as the file suggests."""

    encoding: str = ""
    separator: str = ""
    columns: dict[str, str] = {}
    """The field of each column, by its number from 0 as text; an empty field: not imported."""
    values: dict[str, dict[str, str]] = {}
    """For stage, owner and source: what a value of the file (`rules.imports.cells.word`) stands for; empty: keep it as a custom field."""
    orders: dict[str, str] = {}
    """What the dates of a column name first, `day` or `month`, by its number. Counts where they can be read in two ways."""
    usual_order: str = ""
    """The same for all columns."""
    tags: tuple[str, ...] = ()
    """Added to every lead of the file."""
    source: str = "Import"
    owner: str | None = None
    """Of new leads, where a row has none."""
    is_assigned: bool = False
    """Whether the assignment rules choose the owner of new leads that have none otherwise."""
