"""Template and snippet schemas of requests and responses."""

from typing import Annotated, Any

from pydantic import Field

from tracker.actions.mail.templates import LARGEST_HTML
from tracker.domain.mail.snippet import Snippet
from tracker.domain.mail.template import Template, TemplateBrief, TemplateFigures
from tracker.web.api.schemas.base import In, Line, Moment, Out, Text

Html = Annotated[str, Field(min_length=1, max_length=LARGEST_HTML)]
_KIND = "`proposal` makes its messages proposals; any other word is a label"


class TemplateIn(In):
    """A template for messages; merge fields are filled when a message is made from it."""

    name: Line
    subject: Line
    html: Html
    kind: Line | None = Field(None, description=_KIND)


class TemplateChange(In):
    """The changes to a template; a new subject, HTML or kind makes a new version."""

    name: Line | None = None
    subject: Line | None = None
    html: Html | None = None
    kind: Line | None = Field(None, description=f"{_KIND}; null removes it")
    is_archived: bool | None = Field(None, description="true: it is no longer offered for new messages")


class TemplateFiguresOut(Out):
    """What became of its sent messages; opens and clicks by programs do not count."""

    sent: int = Field(description="Messages that were sent and did not bounce")
    open_tracked: int = Field(description="Those with a pixel, which `opened` and `open_rate` are about")
    opened: int
    open_rate: float | None = Field(description="0 to 1; null without such messages")
    click_tracked: int = Field(description="Those with tracked links, which `clicked` and `click_rate` are about")
    clicked: int
    click_rate: float | None = Field(description="0 to 1; null without such messages")


class TemplateItemOut(Out):
    """A template in the list, without its HTML."""

    id: str
    name: str
    subject: str
    kind: str | None
    version: int = Field(description="Grows with each change of subject, HTML or kind")
    is_archived: bool
    created_at: Moment
    changed_at: Moment
    figures: TemplateFiguresOut


class TemplateOut(TemplateItemOut):
    """A template."""

    html: str


class SnippetIn(In):
    """A short text to insert while writing."""

    name: Line
    text: Text
    shared: bool | None = Field(None, description="true: for all reps. false: the caller's own. By default true for a key of no rep")


class SnippetChange(In):
    """The changes to a snippet."""

    name: Line | None = None
    text: Text | None = None


class SnippetOut(Out):
    """A snippet."""

    id: str
    rep: str | None = Field(description="The rep whose it is; null: shared by the workspace")
    name: str
    text: str
    created_at: Moment
    changed_at: Moment


def template_item_out(template: TemplateBrief | Template, figures: TemplateFigures) -> TemplateItemOut:
    """The template as an item of the list."""
    return TemplateItemOut.model_construct(**_shared(template, figures))


def template_out(template: Template, figures: TemplateFigures) -> TemplateOut:
    """The template as a response."""
    return TemplateOut.model_construct(**_shared(template, figures), html=template.html)


def _shared(template: TemplateBrief | Template, figures: TemplateFigures) -> dict[str, Any]:
    same = {name: getattr(template, name) for name in ("id", "name", "subject", "kind", "is_archived", "created_at", "changed_at")}
    counts = TemplateFiguresOut.model_construct(**{name: getattr(figures, name) for name in TemplateFiguresOut.model_fields})
    return {**same, "version": template.edition, "figures": counts}


def snippet_out(snippet: Snippet) -> SnippetOut:
    """The snippet as a response."""
    return SnippetOut.model_construct(**{name: getattr(snippet, name) for name in SnippetOut.model_fields})
