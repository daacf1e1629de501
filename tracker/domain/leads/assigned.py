"""By which assignment rule a lead got its first owner."""

from datetime import datetime

import msgspec


class Assigned(msgspec.Struct, frozen=True):
    """The rule's name at that time, the rep, and when."""

    rule: str
    rep: str
    at: datetime
