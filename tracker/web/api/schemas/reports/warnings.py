"""Schemas of warnings of figures."""

from pydantic import Field

from tracker.domain.reports.figure_warning import FigureWarning
from tracker.web.api.schemas.base import Out


class WarningOut(Out):
    """A figure of the last week that left its usual range."""

    figure: str = Field(description="What was measured; the same in every week", examples=["win-rate"])
    title: str = Field(examples=["Qualified → Proposal 22 %, was 41 %"])
    text: str = Field(description="What was counted, and the usual range")
    is_below: bool
    path: str = Field(description="The page of the console with the records behind the figure")


def warning_out(warning: FigureWarning) -> WarningOut:
    """A warning as a response."""
    return WarningOut(figure=warning.figure, title=warning.title, text=warning.text, is_below=warning.is_below, path=warning.path)
