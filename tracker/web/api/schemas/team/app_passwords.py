"""Schemas of /app-passwords."""

from pydantic import Field

from tracker.domain.team.app_password import AppPassword
from tracker.web.api.schemas.base import Moment, Out


class AppPasswordOut(Out):
    """An app password, without the password itself."""

    id: str
    rep: str
    name: str = Field(description="The email client, as the rep calls it")
    hint: str = Field(description="The last four characters")
    created_at: Moment
    used_at: Moment | None = Field(description="The last sign-in, to within a few minutes; null: never")


def app_password_out(password: AppPassword) -> AppPasswordOut:
    """The app password as a response."""
    return AppPasswordOut.model_construct(**{name: getattr(password, name) for name in AppPasswordOut.model_fields})
