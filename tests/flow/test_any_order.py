"""Any order: what two leads did by mail and in three browsers, over hours, ends in the same state however its rows arrive.

`test_visit_flow` has one plain visit. This has what happens in practice: tabs left open for an hour, links that
were forwarded, browsers that are rebound, forms sent from old pages. Each number below once ended in two states.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.base.clock import to_ms
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.own_browser import mark_id
from tracker.domain.alerting.alert import AlertState
from tracker.domain.mail.message import Message

PATHS = ("/", "/pricing", "/contact", "/product")
PAUSES = (0.2, 0.5, 3, 20, 60, 600, 1790, 1810, 3000)
"""Seconds; some about the half hour that ends a visit."""
LONG_PAUSES = (*PAUSES, 13_000, 16_000, 50_000, 90_000)
"""Tabs that are left open over night, and longer."""
DOINGS = ["open", "click", "land", "land", "view", "view", "view", "beat", "beat", "beat", "leave", "submit", "old beat", "prefetch"]
OWN_DOINGS = [*DOINGS, "own land", "own land", "mark"]
"""The rep also follows links, or marks a browser."""
KINDS = {"leave": CaptureKind.LEAVE, "submit": CaptureKind.SUBMIT}
PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@dataclass
class Crowd:
    """Two leads with two messages each, and the browsers that open their links."""

    scene: Scene
    dice: random.Random
    pauses: tuple[float, ...]
    doings: list[str] = field(default_factory=lambda: DOINGS)
    leads: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    clicks: list[Capture] = field(default_factory=list)
    pages: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def live(self) -> None:
        """Does things for some hours."""
        both = [self.scene.lead(), self.scene.lead("Omar Haddad")]
        self.leads = [lead.id for lead in both]
        self.messages = [self.scene.message(lead) for lead in both for _ in range(2)]
        at = NOON
        for _ in range(self.dice.randint(6, 22)):
            at += timedelta(seconds=self.dice.choice(self.pauses) * self.dice.uniform(0.9, 1.1))
            self.do(self.dice.choice(self.doings), self.dice.choice(["v1", "v2", "v3"]), at)

    def do(self, what: str, visitor: str, at: datetime) -> None:
        if what == "open":
            self.scene.open(self.dice.choice(self.messages), at, address=self.dice.choice(["203.0.113.7", "203.0.113.8"]))
        elif what == "prefetch":
            self.scene.open(self.dice.choice(self.messages), at, agent=PROXY)
        elif what == "click":
            self.clicks.append(self.scene.click(self.dice.choice(self.messages), at))
        elif what == "land":
            # sometimes by a link that another browser has followed before
            is_old = bool(self.clicks) and self.dice.random() < 0.4
            click = self.dice.choice(self.clicks) if is_old else self.scene.click(self.dice.choice(self.messages), at)
            self.clicks.append(click)
            self.view(visitor, at + timedelta(seconds=1), landing=click.id, landing_at=click.at)
        elif what == "own land":
            own = self.scene.click(self.dice.choice(self.messages), at, signs=("own",), rep=self.scene.rep.id)
            self.clicks.append(own)
            self.view(visitor, at + timedelta(seconds=1), landing=own.id, landing_at=own.at)
        elif what == "mark":
            self.view(visitor, at, landing=mark_id(to_ms(at), bytes((len(self.pages), self.dice.randrange(256)))), landing_at=to_ms(at))
        elif what == "view":
            self.view(visitor, at)
        elif mine := self.pages.get(visitor):
            page, path = self.dice.choice(mine) if what == "old beat" else mine[-1]
            active = self.dice.randint(1, 60) * 1000
            more: dict[str, Any] = {"fields": {"email": ""}} if what == "submit" else {}
            self.scene.page(visitor, path, at, KINDS.get(what, CaptureKind.BEAT), page=page, active_ms=active, scroll=active % 100, **more)

    def view(self, visitor: str, at: datetime, **more: Any) -> None:
        path, name = self.dice.choice(PATHS), f"p{sum(map(len, self.pages.values()))}"
        self.scene.page(visitor, path, at, page=name, **more)
        self.pages.setdefault(visitor, []).append((name, path))

    def state(self) -> dict[str, Any]:
        """Everything that follows from the events, without the times at which it was computed."""
        store = self.scene.store
        leads = [store.leads.get(lead) for lead in self.leads]
        alerts = [alert for alert in store.alerts.latest(limit=500) if alert.state is not AlertState.WITHDRAWN]
        return {
            "events": [(e.id, e.kind, e.at, e.lead, e.verdict.label) for e in store.events.latest(limit=1000)],
            "visits": sorted(store.dwell.fill(store.visits.latest(limit=500)), key=lambda visit: visit.id),
            "derived": [msgspec.structs.replace(lead.derived, scored_at=None) for lead in leads],
            "stages": [(lead.stage, lead.stage_since) for lead in leads],
            "alerts": sorted((a.id, a.lead, a.rule, a.title, a.text) for a in alerts),
        }

    def forget(self) -> None:
        """Everything but the leads and their mail."""
        for name in ("events", "claims", "dwell", "visitors", "visits", "facts", "alerts", "deliveries", "dirty", "moves"):
            self.scene.deps.store.database[name].delete_many({"k": {"$ne": "sent"}} if name == "events" else {})


@pytest.mark.parametrize(
    ("seed", "pauses"),
    [*((seed, PAUSES) for seed in (0, 1, 12, 13, 35, 40, 99, 141, 246, 297)), *((seed, LONG_PAUSES) for seed in range(4))],
)
def test_a_few_at_a_time_in_any_order_ends_as_all_at_once(deps: Deps, seed: int, pauses: tuple[float, ...]):
    """Everything is recomputed after every few rows, so each kind of change must find what it affects."""
    dice = random.Random(seed)
    ends_as_all_at_once(Crowd(make_scene(replace(deps, now=lambda: NOON + timedelta(hours=3))), dice, pauses))


@pytest.mark.parametrize("seed", range(12))
def test_the_same_with_a_reps_own_browser(deps: Deps, seed: int):
    """Browsers become a rep's late, early, or by a token that another browser had before."""
    ends_as_all_at_once(Crowd(make_scene(replace(deps, now=lambda: NOON + timedelta(hours=3))), random.Random(seed), PAUSES, OWN_DOINGS))


def ends_as_all_at_once(crowd: Crowd) -> None:
    """Plays the crowd, then its rows again in another order."""
    dice = crowd.dice
    crowd.live()
    crowd.scene.spool()
    crowd.scene.settle()
    expected = crowd.state()

    crowd.forget()
    rows = list(crowd.scene.captures)
    dice.shuffle(rows)
    while rows:
        cut = dice.randint(1, 4)
        crowd.scene.spool(rows[:cut])
        rows = rows[cut:]
        crowd.scene.settle()

    found = crowd.state()
    for name, wanted in expected.items():
        assert found[name] == wanted, name
