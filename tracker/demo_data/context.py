"""The context of the demo's history: workspace, site and functions of this instance. Created by actions.demo.demo."""

from collections.abc import Callable
from dataclasses import dataclass

from tracker.demo_data.working_days import Workdays
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Link
from tracker.domain.team.rep import Rep


@dataclass(frozen=True, slots=True)
class InstrumentedEmail:
    """An email's HTML with tracked links and pixel."""

    html: str
    text: str
    pixel_url: str | None
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class DemoContext:
    """`origin` and `site` are the demo site's origin and key. `instrument` takes lead, sender, message id, subject and HTML."""

    workspace: str
    site: str
    origin: str
    days: Workdays
    instrument: Callable[[Lead, Rep, str, str, str], InstrumentedEmail]
    seed: int
