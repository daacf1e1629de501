"""The demo's history: one month of the demo company, a pure function of the context. Called by actions.demo.demo."""

from datetime import datetime, timedelta
from random import Random

import msgspec

from tracker.base.ids import id_of
from tracker.demo_data import people
from tracker.demo_data.context import DemoContext
from tracker.demo_data.generator import LeadHistory
from tracker.demo_data.pages import DOMAIN
from tracker.demo_data.scenarios import NEXT_ACTIONS, SCENARIOS, VISIT_PATTERNS, EmailStep, SaleStep, Step
from tracker.demo_data.user_agents import BROWSERS, MAIL_SOFTWARE
from tracker.demo_data.values import History, id_at
from tracker.demo_data.visits import BrowserProfile, add_visit
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.pipeline.task import Task
from tracker.domain.team.rep import Rep, Role
from tracker.rules.fit.fit_values import matched

FIT = {
    "industry": ("Food & beverage", "Wholesale", "Healthcare", "Logistics"),
    "size": ("51–200", "201–500"),
    "budget": ("20,000–50,000", "50,000–100,000"),
    "location": ("Germany", "Netherlands", "France", "Austria", "Switzerland", "United Kingdom", "Ireland", "United States", "Canada"),
}
"""The fitting values in the demo workspace's policy."""

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
"""By stage: minimum and maximum age of the first step and age of the last step, in working days."""

_CLOSED = ("Won", "Lost")
_ANONYMOUS_VISITS = 24


def history_of(context: DemoContext) -> History:
    """Every record of the month. Only due dates lie in the future; the newest event is 25 minutes old."""
    into = History()
    born = context.days.moment(24, 9, "UTC")
    reps = {person.key: _rep(context, person, born) for person in people.REPS}
    companies = {company.name: _company(context, company, born) for company in people.COMPANIES}
    into.reps.extend(reps.values())
    into.companies.extend(companies.values())
    turns: dict[str, int] = {}
    for person in people.LEADS:
        turns[person.stage] = turns.get(person.stage, -1) + 1
        _add_lead(context, into, person, reps, companies, turns[person.stage])
    _anonymous_visits(context, into)
    return into


def _add_lead(
    context: DemoContext, into: History, person: people.DemoLead, reps: dict[str, Rep], companies: dict[str, Company], turn: int
) -> None:
    rng = Random(f"{context.seed}:{person.name}")
    company = people.COMPANY_BY_NAME[person.company]
    rep = reps[person.rep or "mara"]
    least, most, last = _SPANS[person.stage]
    first = rng.randint(least, most)
    born = context.days.moment(first + 1, rng.uniform(9, 16), rep.timezone)
    lead = _lead(context, person, companies[person.company], reps[person.rep].id if person.rep else None, born, rng)
    number = 10 + people.LEADS.index(person)
    browser = BrowserProfile(
        visitor=id_of(context.workspace, lead.id, "browser"),
        agent=rng.choice(BROWSERS),
        address=f"203.0.113.{number}",
        fields={"name": person.name, "email": lead.email, "company": person.company, "message": "Could you call me about a test?"},
    )
    history = LeadHistory(context, into, lead, rep, MAIL_SOFTWARE[company.mail], browser, company.zone, rng, born)
    scenarios = SCENARIOS[person.stage]
    history.play(_with_news(scenarios[turn % len(scenarios)], rng), first, last)
    into.leads.append(_closed(lead, history, into, context, rng))


def _with_news(steps: tuple[Step, ...], rng: Random) -> tuple[Step, ...]:
    """The scenario with the monthly newsletter, which goes to leads that were emailed before."""
    if not any(isinstance(step, EmailStep) for step in steps) or any(isinstance(step, SaleStep) for step in steps):
        return steps
    reaction = rng.choice(("none", "none", "open", "open", "click"))
    place = max(1, len(steps) - 1)
    return (*steps[:place], EmailStep("news", reaction, rng.choice(("first", "prices", "testimonials"))), *steps[place:])


def _closed(lead: Lead, history: LeadHistory, into: History, context: DemoContext, rng: Random) -> Lead:
    """The lead at the end of its scenario, with its next action."""
    moves = [move for move in into.moves if move.lead == lead.id]
    sent = [message.sent_at for message in into.messages if message.lead == lead.id and message.sent_at]
    since = max([*(move.at for move in moves), *sent[:1], lead.created_at])
    lost = moves[-1].reason if moves and moves[-1].stage == "Lost" else None
    task = _task(context, lead, history, rng)
    if task:
        into.tasks.append(task)
    return msgspec.structs.replace(
        lead,
        stage=history.stage,
        stage_since=since,
        lost_reason=lost,
        next_action=NextAction(task.text, task.due) if task else None,
        updated_at=max(since, history.cursor),
    )


def _task(context: DemoContext, lead: Lead, history: LeadHistory, rng: Random) -> Task | None:
    if history.stage in _CLOSED or lead.owner is None or rng.random() < 0.2:  # noqa: PLR2004 - one in five leads has no next action
        return None
    # Negative numbers are future days: most actions are due today or soon, a few are overdue.
    due = context.days.moment(rng.choice((2, 1, 0, 0, -1, -1, -2, -3, -5)), rng.choice((9, 9.5, 10, 11, 14, 15.5)), history.rep.timezone)
    made = min(history.cursor + timedelta(minutes=5), context.days.limit)
    return Task(
        id=id_at(made, context.workspace, lead.id, "task"),
        workspace=context.workspace,
        lead=lead.id,
        text=rng.choice(NEXT_ACTIONS[history.stage]),
        due=due,
        rep=lead.owner,
        created_at=made,
    )


def _anonymous_visits(context: DemoContext, into: History) -> None:
    """Adds visits of anonymous visitors."""
    rng = Random(f"{context.seed}:strangers")
    patterns = sorted(set(VISIT_PATTERNS) - {"form"})
    for number in range(_ANONYMOUS_VISITS):
        visitor = id_of(context.workspace, "stranger", str(number))
        browser = BrowserProfile(visitor, rng.choice(BROWSERS), f"198.51.100.{10 + number}", {})
        start = context.days.moment(rng.randint(1, 21), rng.uniform(8, 21), rng.choice(people.COMPANIES).zone)
        add_visit(context, into, browser, VISIT_PATTERNS[rng.choice(patterns)], start, rng)


def _rep(context: DemoContext, person: people.DemoRep, born: datetime) -> Rep:
    return Rep(
        id=id_at(born, context.workspace, person.key),
        workspace=context.workspace,
        email=f"{person.key}@{DOMAIN}",
        name=person.name,
        role=Role.ADMIN if person.is_admin else Role.REP,
        timezone=person.zone,
        created_at=born,
    )


def _company(context: DemoContext, company: people.DemoCompany, born: datetime) -> Company:
    return Company(
        id=id_at(born, context.workspace, company.domain),
        workspace=context.workspace,
        name=company.name,
        domain=company.domain,
        industry=company.industry,
        size=matched("size", company.size),
        location=_COUNTRIES[company.country],
        created_at=born,
    )


def _phone(person: people.DemoLead) -> str:
    """A number of the range for fiction, which no other lead of the demo has."""
    return f"+1 555 01{people.LEADS.index(person):02d}"


def _lead(context: DemoContext, person: people.DemoLead, company: Company, owner: str | None, born: datetime, rng: Random) -> Lead:
    profile = people.COMPANY_BY_NAME[person.company]
    asked = rng.choice(("20,000–50,000", "5,000–20,000"))
    budget = {"Negotiation": "20,000–50,000", "Won": "50,000–100,000", "Proposal Sent": asked}.get(person.stage)
    return Lead(
        id=id_at(born, context.workspace, people.address(person)),
        workspace=context.workspace,
        email=people.address(person),
        name=person.name,
        company=person.company,
        company_id=company.id,
        phone=None if rng.random() < 0.3 else _phone(person),  # noqa: PLR2004 - three in ten numbers are unknown
        job_title=person.title,
        country=_COUNTRIES[profile.country],
        timezone=profile.zone,
        source=person.source,
        source_detail=person.detail or None,
        owner=owner,
        fields={"budget": budget} if budget else {},
        created_at=born,
        updated_at=born,
    )
