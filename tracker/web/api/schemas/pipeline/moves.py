"""Stage move schemas of responses."""

from tracker.web.api.schemas.base import Moment, Out


class MoveOut(Out):
    """One stage move."""

    id: str
    before: str | None
    stage: str
    at: Moment
    rule: str | None
    cause: str | None
    actor: str | None
    reason: str | None
    withdrawn: bool
