"""The world of the demo: what its history must know of the instance it is made for. Made by actions.demo.demo."""

from collections.abc import Callable
from dataclasses import dataclass

from tracker.demo_data.working_days import Workdays
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Link
from tracker.domain.team.rep import Rep


@dataclass(frozen=True, slots=True)
class Instrumented:
    """A mail's HTML with its links tracked and the pixel in."""

    html: str
    text: str
    pixel_url: str | None
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class World:
    """`origin` is the demo site's, `site` its key; `instrument` takes lead, sender, message id, subject and HTML; `seed` makes the same month again."""

    workspace: str
    site: str
    origin: str
    days: Workdays
    instrument: Callable[[Lead, Rep, str, str, str], Instrumented]
    seed: int
