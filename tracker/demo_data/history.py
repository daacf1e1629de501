"""The history: a believable month of the demo company, a pure function of world and seed. Called by actions.demo.demo."""

from datetime import datetime, timedelta
from random import Random

import msgspec

from tracker.base.ids import id_of
from tracker.demo_data import people
from tracker.demo_data.context import World
from tracker.demo_data.generator import Telling
from tracker.demo_data.pages import DOMAIN
from tracker.demo_data.scenarios import NEXT_ACTIONS, PLOTS, SCENES, Beat, Deal, Mail
from tracker.demo_data.user_agents import BROWSERS, MAIL
from tracker.demo_data.values import History, id_at
from tracker.demo_data.visits import Browser, walk
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.pipeline.task import Task
from tracker.domain.team.rep import Rep, Role

FIT = {
    "industry": ("Food & beverage", "Wholesale", "Healthcare", "Logistics"),
    "size": ("51–200", "201–500"),
    "budget": ("Approved",),
    "location": ("Germany", "Netherlands", "France", "Austria", "Switzerland", "United Kingdom", "Ireland", "United States", "Canada"),
}
"""Whom the demo company sells to best: the workspace's policy says so."""

_COUNTRIES = {
    "US": "United States", "DE": "Germany", "GB": "United Kingdom", "CA": "Canada", "IT": "Italy", "FR": "France", "NL": "Netherlands",
    "NO": "Norway", "IE": "Ireland", "AT": "Austria", "PL": "Poland", "CH": "Switzerland", "ES": "Spain", "PT": "Portugal",
}  # fmt: skip
_SPANS = {
    "New": (1, 4, 1),
    "Contacted": (4, 11, 1),
    "Qualified": (9, 16, 2),
    "Proposal Sent": (11, 20, 1),
    "Negotiation": (14, 21, 1),
    "Won": (15, 22, 4),
    "Lost": (13, 22, 5),
}
"""By stage: the first step is so many working days ago (least, most), and the last one."""

_BANDS = ((50, "1–50"), (200, "51–200"), (500, "201–500"))
_CLOSED = ("Won", "Lost")
_STRANGERS = 24


def history_of(world: World) -> History:
    """Every record of the month. Nothing lies in the future but the dates of next actions; the newest event is 25 minutes old."""
    into = History()
    born = world.days.moment(24, 9, "UTC")
    reps = {person.key: _rep(world, person, born) for person in people.REPS}
    firms = {firm.name: _company(world, firm, born) for firm in people.FIRMS}
    into.reps.extend(reps.values())
    into.companies.extend(firms.values())
    turns: dict[str, int] = {}
    for part in people.PARTS:
        turns[part.stage] = turns.get(part.stage, -1) + 1
        _tell(world, into, part, reps, firms, turns[part.stage])
    _strangers(world, into)
    return into


def _tell(world: World, into: History, part: people.Part, reps: dict[str, Rep], firms: dict[str, Company], turn: int) -> None:
    rng = Random(f"{world.seed}:{part.name}")
    firm = people.FIRM_OF[part.firm]
    rep = reps[part.rep or "mara"]
    least, most, last = _SPANS[part.stage]
    first = rng.randint(least, most)
    born = world.days.moment(first + 1, rng.uniform(9, 16), rep.timezone)
    lead = _lead(world, part, firms[part.firm], reps[part.rep].id if part.rep else None, born, rng)
    number = 10 + people.PARTS.index(part)
    browser = Browser(
        visitor=id_of(world.workspace, lead.id, "browser"),
        agent=rng.choice(BROWSERS),
        address=f"203.0.113.{number}",
        fields={"name": part.name, "email": lead.email, "company": part.firm, "message": "Could you call me about a test?"},
    )
    telling = Telling(world, into, lead, rep, MAIL[firm.mail], browser, firm.zone, rng, born)
    plots = PLOTS[part.stage]
    telling.play(_with_news(plots[turn % len(plots)], rng), first, last)
    into.leads.append(_closed(lead, telling, into, world, rng))


def _with_news(beats: tuple[Beat, ...], rng: Random) -> tuple[Beat, ...]:
    """The plot with the newsletter of the month in it, which goes to whoever was written to before."""
    if not any(isinstance(beat, Mail) for beat in beats) or any(isinstance(beat, Deal) for beat in beats):
        return beats
    reaction = rng.choice(("none", "none", "open", "open", "click"))
    place = max(1, len(beats) - 1)
    return (*beats[:place], Mail("news", reaction, rng.choice(("first", "prices", "stories"))), *beats[place:])


def _closed(lead: Lead, telling: Telling, into: History, world: World, rng: Random) -> Lead:
    """The lead as it stands at the end of its story, with what is to be done next."""
    moves = [move for move in into.moves if move.lead == lead.id]
    sent = [message.sent_at for message in into.messages if message.lead == lead.id and message.sent_at]
    since = max([*(move.at for move in moves), *sent[:1], lead.created_at])
    lost = moves[-1].reason if moves and moves[-1].stage == "Lost" else None
    task = _task(world, lead, telling, rng)
    if task:
        into.tasks.append(task)
    return msgspec.structs.replace(
        lead,
        stage=telling.stage,
        stage_since=since,
        lost_reason=lost,
        next_action=NextAction(task.text, task.due) if task else None,
        updated_at=max(since, telling.cursor),
    )


def _task(world: World, lead: Lead, telling: Telling, rng: Random) -> Task | None:
    if telling.stage in _CLOSED or lead.owner is None or rng.random() < 0.2:  # noqa: PLR2004 - one in five was forgotten
        return None
    # A minus sign is a day to come: most actions are due today or soon, a few are overdue.
    due = world.days.moment(rng.choice((2, 1, 0, 0, -1, -1, -2, -3, -5)), rng.choice((9, 9.5, 10, 11, 14, 15.5)), telling.rep.timezone)
    made = min(telling.cursor + timedelta(minutes=5), world.days.limit)
    return Task(
        id=id_at(made, world.workspace, lead.id, "task"),
        workspace=world.workspace,
        lead=lead.id,
        text=rng.choice(NEXT_ACTIONS[telling.stage]),
        due=due,
        rep=lead.owner,
        created_at=made,
    )


def _strangers(world: World, into: History) -> None:
    """Visits that nobody has a name for: most of any site's."""
    rng = Random(f"{world.seed}:strangers")
    scenes = sorted(set(SCENES) - {"form"})
    for number in range(_STRANGERS):
        visitor = id_of(world.workspace, "stranger", str(number))
        browser = Browser(visitor, rng.choice(BROWSERS), f"198.51.100.{10 + number}", {})
        start = world.days.moment(rng.randint(1, 21), rng.uniform(8, 21), rng.choice(people.FIRMS).zone)
        walk(world, into, browser, SCENES[rng.choice(scenes)], start, rng)


def _rep(world: World, person: people.Person, born: datetime) -> Rep:
    return Rep(
        id=id_at(born, world.workspace, person.key),
        workspace=world.workspace,
        email=f"{person.key}@{DOMAIN}",
        name=person.name,
        role=Role.ADMIN if person.is_admin else Role.REP,
        timezone=person.zone,
        created_at=born,
    )


def _company(world: World, firm: people.Firm, born: datetime) -> Company:
    staff = int(firm.size)
    return Company(
        id=id_at(born, world.workspace, firm.domain),
        workspace=world.workspace,
        name=firm.name,
        domain=firm.domain,
        industry=firm.industry,
        size=next((band for most, band in _BANDS if staff <= most), "over 500"),
        location=_COUNTRIES[firm.country],
        created_at=born,
    )


def _lead(world: World, part: people.Part, company: Company, owner: str | None, born: datetime, rng: Random) -> Lead:
    firm = people.FIRM_OF[part.firm]
    budget = {"Negotiation": "Approved", "Won": "Approved", "Proposal Sent": rng.choice(("Approved", "Asked for"))}.get(part.stage)
    return Lead(
        id=id_at(born, world.workspace, people.address(part)),
        workspace=world.workspace,
        email=people.address(part),
        name=part.name,
        company=part.firm,
        company_id=company.id,
        phone=None if rng.random() < 0.3 else f"+1 555 01{rng.randint(10, 99)}",  # noqa: PLR2004 - some numbers are not known
        job_title=part.title,
        country=_COUNTRIES[firm.country],
        timezone=firm.zone,
        source=part.source,
        source_detail=part.detail or None,
        owner=owner,
        fields={"budget": budget} if budget else {},
        created_at=born,
        updated_at=born,
    )
