"""Who changed a field of a record last. Kept with companies and saved lists, to tell a rep whose form is outdated."""

from datetime import datetime

import msgspec


class Stamp(msgspec.Struct, frozen=True):
    """A change of a field: the rep who made it (None: a program), and when."""

    by: str | None
    at: datetime
