"""The columns of the leads list; each rep chooses some. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column: its title, and by which order of the list it can be sorted, if by any."""

    title: str
    sort: str = ""
    is_descending: bool = False
    """Whether the first click sorts descending."""


COLUMNS: dict[str, ListColumn] = {
    "stage": ListColumn("Stage"),
    "score": ListColumn("Score", "score", is_descending=True),
    "seen": ListColumn("Last seen", "last_seen", is_descending=True),
    "next": ListColumn("Next action", "next_action"),
    "owner": ListColumn("Owner"),
    "source": ListColumn("Source"),
    "first_touch": ListColumn("First visit from"),
    "last_touch": ListColumn("Last visit from"),
    "tags": ListColumn("Tags"),
    "email": ListColumn("Email"),
    "phone": ListColumn("Phone"),
    "country": ListColumn("Country"),
    "created": ListColumn("Created", "created", is_descending=True),
}
DEFAULT = ("stage", "score", "seen", "next", "owner", "source")


def columns_of(chosen: Sequence[str]) -> dict[str, ListColumn]:
    """The chosen columns, or the usual ones, in the order of the table."""
    wanted = set(chosen) or set(DEFAULT)
    return {name: column for name, column in COLUMNS.items() if name in wanted}
