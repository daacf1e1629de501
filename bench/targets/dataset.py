"""Data for cases that measure more than the edge: a workspace whose leads each received a mail, and captures of their actions."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bench.load.requests import ORIGIN
from tracker.actions.deps import Deps
from tracker.actions.team import api_keys, reps
from tracker.actions.workspace import workspaces
from tracker.base.clock import to_ms
from tracker.base.ids import id_of, new_id
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message, MessageState

_PATHS = ("/", "/product", "/pricing", "/security", "/about", "/customers", "/integrations", "/contact")
_AT_ONCE = 250
_ACCEPT = {"accept": "image/avif,image/webp,*/*;q=0.8", "accept-language": "en-GB,en;q=0.9"}


@dataclass(frozen=True, slots=True)
class Dataset:
    """One workspace; `leads[i]` got `messages[i]`."""

    workspace: str
    site: str
    rep: str
    key: str
    leads: list[Lead]
    messages: list[Message]


def make(deps: Deps, count: int, name: str = "Northwind") -> Dataset:
    """A new workspace with `count` leads, each with one mail sent an hour ago, all owned by one rep."""
    made = workspaces.add_workspace(deps, name, home_url=ORIGIN)
    site = workspaces.add_site(deps, made.id, name="Site", origins=[ORIGIN])
    rep = reps.add_rep(deps, made.id, email=f"rita@{made.id}.example", name="Rita Reyes")
    now = deps.now()
    leads = [_lead(made.id, rep.id, number, now) for number in range(count)]
    messages = [_message(lead, now - timedelta(hours=1)) for lead in leads]
    here = deps.store.of(made.id)
    for start in range(0, count, _AT_ONCE):  # a write has a timeout, also on a busy machine
        here.leads.add_many(leads[start : start + _AT_ONCE])
        here.messages.add_many(messages[start : start + _AT_ONCE])
    return Dataset(made.id, site.key, rep.id, api_keys.new_key(deps, made.id, name="bench")[1], leads, messages)


def _lead(workspace: str, rep: str, number: int, now: datetime) -> Lead:
    return Lead(
        id=new_id(),
        workspace=workspace,
        email=f"lead{number}@customer{number % 200}.example",
        name=f"Dana Lead{number:05d}",
        company=f"Customer {number % 200}",
        owner=rep,
        source="Web site",
        created_at=now - timedelta(days=30),
        updated_at=now,
    )


def _message(lead: Lead, at: datetime) -> Message:
    return Message(
        id=new_id(),
        workspace=lead.workspace,
        lead=lead.id,
        rep=lead.owner,
        subject="Our offer",
        html="",
        source_html="",
        state=MessageState.SENT,
        created_at=at,
        sent_at=at,
    )


def agents(count: int, seed: int = 1) -> list[str]:
    """`count` different user agents, as long as real ones."""
    rng = random.Random(seed)
    systems = ("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64")
    return [
        f"Mozilla/5.0 ({systems[i % 3]}) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{100 + i % 45}.0.{1000 + i}.{rng.randrange(200)} Safari/537.36"
        for i in range(count)
    ]


def captures(dataset: Dataset, agent_names: list[str], at: datetime, seed: int = 1) -> list[Capture]:
    """Ten captures for each lead, in time order: an open, a click, and the visit of eight pages that follows, within a minute of `at`."""
    rng = random.Random(seed)
    found: list[Capture] = []
    for number, message in enumerate(dataset.messages):
        found += _captures_of(dataset, message, agent_names[number % len(agent_names)], at + timedelta(seconds=rng.uniform(0, 10)), rng)
    return sorted(found, key=lambda capture: capture.at)


def _captures_of(dataset: Dataset, message: Message, agent: str, at: datetime, rng: random.Random) -> list[Capture]:
    visitor = f"v{rng.getrandbits(64):016x}"
    address = f"198.51.{rng.randrange(256)}.{rng.randrange(1, 255)}"
    base: dict[str, Any] = {"workspace": dataset.workspace, "address": address, "agent": agent, "headers": _ACCEPT}
    opened, clicked = to_ms(at), to_ms(at) + 5_000
    click = Capture(id=new_id(), kind=CaptureKind.CLICK, received=clicked, at=clicked, message=message.id, url=f"{ORIGIN}/pricing", **base)
    found = [Capture(id=new_id(), kind=CaptureKind.OPEN, received=opened, at=opened, message=message.id, **base), click]
    for step, path in enumerate(_PATHS):
        moment, page = clicked + 1_000 + step * 5_000 + rng.randrange(3_000), f"p{rng.getrandbits(40):010x}"
        landing: dict[str, Any] = {"landing": click.id, "landing_at": clicked} if step == 0 else {}
        found.append(
            Capture(
                id=id_of(dataset.site, visitor, page),
                kind=CaptureKind.VIEW,
                received=moment,
                at=moment,
                site=dataset.site,
                visitor=visitor,
                page=page,
                url=f"{ORIGIN}{path}",
                title=f"{path.strip('/').title() or 'Home'} - Northwind",
                referrer=f"{ORIGIN}{_PATHS[step - 1]}" if step else None,
                **base,
                **landing,
            )
        )
    return found
