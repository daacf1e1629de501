"""Reports counted on columns are those of the plain definitions: random leads, in zones with odd clocks, split and joined anew."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.pipeline.cost import Cost, CostPurpose
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.rate import Rate
from tracker.domain.pipeline.sale import Sale
from tracker.domain.workspace.stage import DEFAULT_STAGES, Stage
from tracker.rules.reports import lead_metrics, sale_metrics
from tracker.rules.reports.activity_facts import MailFact, VisitFact, never
from tracker.rules.reports.catalogue import METRICS
from tracker.rules.reports.columns import lead_rows, sale_rows
from tracker.rules.reports.columns.blocks import from_bytes, to_bytes
from tracker.rules.reports.columns.catalogue import COUNTED
from tracker.rules.reports.columns.counting import narrowed as narrowed_rows
from tracker.rules.reports.columns.counting import report_of as report_of_rows
from tracker.rules.reports.columns.names import Names
from tracker.rules.reports.columns.packing import packed
from tracker.rules.reports.columns.rows import RecordList
from tracker.rules.reports.columns.tables import joined
from tracker.rules.reports.columns.texts import texts_of_others
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.facts import AlertOutcome, ReportFacts, ReportLead
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, narrowed, of_customers, report_of
from tracker.rules.scoring.touch_lines import TouchFact

ZONES = ("Europe/Lisbon", "Asia/Kolkata", "Pacific/Chatham", "America/St_Johns", "UTC")
DST = {"Europe/Lisbon": datetime(2026, 10, 25, tzinfo=UTC), "Pacific/Chatham": datetime(2026, 9, 26, tzinfo=UTC)}
STAGES = [stage.id for stage in DEFAULT_STAGES]
REMOVED = "removed"
RATES = (
    ("USD", date(2026, 8, 1), "0.9137"),
    ("USD", date(2026, 9, 20), "1.05"),
    ("JPY", date(2026, 10, 1), "0.00615"),
    ("KWD", date(2026, 8, 5), "2.9"),
)


MOMENTS = [name for name in MailFact.__struct_fields__ if name.endswith("_at") and name != "sent_at"]


class World:
    """Leads with all that can happen to them, near the changes of the clock."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.zone = self.random.choice(ZONES)
        self.middle = DST.get(self.zone, datetime(2026, 9, 30, tzinfo=UTC))
        self.count = 0
        self.leads = [self.lead() for _ in range(self.random.randint(0, 40))] + [self.day_of_visits(n) for n in range(self.one(0, 2))]

    def id(self):
        self.count += 1
        return f"{self.random.getrandbits(16):04x}{self.count:04d}"

    def moment(self, after=None):
        start = after or self.middle - timedelta(days=12)
        return start + timedelta(milliseconds=self.random.choice([0, 1, 300_000, 86_400_000, self.random.randint(1, 12 * 86_400_000)]))

    def day(self):
        return (self.middle + timedelta(days=self.random.randint(-40, 25))).date()

    def one(self, *values):
        return self.random.choice(values)

    def lead(self):
        lead, created = self.id(), self.moment()
        return ReportLead(
            id=lead,
            created_at=created,
            stage=self.one(*STAGES),
            owner=self.one("r1", "r2", "r3", None),
            source=self.one("Fair", "Web", None),
            company_id=self.one("c1", "c2", None),
            country=self.one("PT", "IN", None),
            industry=self.one("Steel", None),
            first_touch=self.one("Direct", "x.example", None),
            last_touch=self.one("Direct", None),
            tags=tuple(self.random.sample(["x", "y", "erased"], self.random.randint(0, 3))),
            score=self.one(None, -5, 0, 40),
            value=self.one(None, (self.random.randint(0, 10**7), self.one("EUR", "USD", "CHF"))),
            archived_at=self.one(None, None, self.moment(created)),
            is_erased=self.one(False, False, False, True),
            moves=tuple(self.moves(created)),
            sales=tuple(self.sales()),
            inquiries=tuple(self.inquiries()),
            alerts=tuple(self.alerts()),
            visits=tuple(self.visits()),
            touches=tuple(self.touches()),
            mails=tuple(sorted(self.mails(), key=lambda mail: (mail.sent_at, mail.id))),
        )

    def touches(self):
        for _ in range(self.one(0, 2, 8)):
            kind = self.one("view", "open", "call")
            page = self.one("x.example/", "x.example/pricing") if kind == "view" else None
            yield TouchFact(at=self.moment() - timedelta(days=self.one(0, 0, 60, 90)), kind=kind, page=page)

    def mails(self):
        for _ in range(self.one(0, 1, 3, 6)):
            at = self.moment() - timedelta(days=self.one(0, 0, 30))
            yield MailFact(
                id=self.id(),
                sent_at=at,
                rep=self.one("r1", "r2", None),
                campaign=self.one("k1", "k2", None),
                has_pixel=self.one(True, False),
                has_link=self.one(True, False),
                **{name: self.one(None, None, at + timedelta(days=self.random.randint(0, 31))) for name in MOMENTS},
            )

    def day_of_visits(self, number):
        """Visits of no lead."""
        return ReportLead(
            id=f"2026-09-0{number + 1}",
            created_at=never(),
            stage="",
            is_day=True,
            visits=[*self.visits(is_named=False), *self.visits(is_named=False)],
        )

    def visits(self, *, is_named=True):
        for _ in range(self.one(0, 1, 4)):
            landing, origin = self.one("x.example/", "x.example/pricing", None), self.one("Google Ads", "Website")
            yield VisitFact(id=self.id(), at=self.moment(), origin=origin, landing=landing, is_named=is_named)

    def moves(self, created):
        at = created - timedelta(days=self.one(0, 0, 2))
        for _ in range(self.random.randint(0, 6)):
            at = self.moment(at)
            before, stage = self.one(None, *STAGES), self.one(*STAGES, REMOVED)
            reason = self.one("Price", None)
            yield Move(
                id=self.id(),
                workspace="w",
                lead="l",
                before=before,
                stage=stage,
                at=at,
                reason=reason,
                withdrawn=self.one(False, False, True),
            )

    def sales(self):
        made = []
        for _ in range(self.one(0, 0, 1, 2, 4)):
            day, is_recurring = self.day(), self.one(True, False)
            end = self.one(None, day + timedelta(days=self.random.randint(0, 40))) if is_recurring else None
            refund = self.one(None, "gone", *[one.id for one in made if one.refund_of is None]) if made else None
            made.append(
                Sale(
                    id=self.id(),
                    workspace="w",
                    lead="l",
                    product=self.one("Plan", "Seat", ""),
                    amount=self.random.randint(-(10**6), 10**6),
                    currency=self.one("EUR", "USD", "JPY", "KWD", "CHF"),
                    sold_on=day,
                    rep=self.one("r1", "r2", None),
                    is_recurring=is_recurring,
                    ended_on=end,
                    end_reason=self.one("Price", None) if end else None,
                    refund_of=refund,
                    created_at=self.middle,
                )
            )
        return made

    def inquiries(self):
        for _ in range(self.one(0, 0, 1, 2)):
            at = self.moment()
            answered = self.one(None, self.moment(at))
            elapsed = round((answered - at).total_seconds() * 1000) if answered else None
            withdrawn = self.one(None, None, self.middle)
            yield Inquiry(
                id=self.id(),
                workspace="w",
                lead="l",
                at=at,
                owner=self.one("r1", "r3", None),
                due_at=at,
                answered_at=answered,
                elapsed_ms=elapsed,
                working_ms=self.one(None, 0, 60_000),
                withdrawn_at=withdrawn,
                created_at=at,
            )

    def alerts(self):
        for _ in range(self.one(0, 0, 1, 3)):
            at, rated = self.moment(), self.one(None, self.moment())
            yield AlertOutcome(
                id=self.id(),
                at=at,
                rule=self.one("click", "form", "rule-1"),
                rep=self.one("r1", "r2", None),
                rated_at=rated,
                is_useful=bool(rated and self.one(True, False)),
                acted_at=self.one(None, self.moment(at)),
            )

    def facts(self):
        rates = [
            Rate(id=str(n), workspace="w", currency=code, on=on, rate=rate, created_at=self.middle)
            for n, (code, on, rate) in enumerate(RATES)
        ]
        cost = {"workspace": "w", "created_at": self.middle, "first_day": date(2026, 9, 1), "last_day": date(2026, 10, 17)}
        return ReportFacts(
            leads=sorted(self.leads, key=lambda lead: lead.id),
            stages=DEFAULT_STAGES,
            former_stages=(Stage("Removed", id=REMOVED, kind="lost"),) if self.one(True, False) else (),
            sources={"s": "Web"},
            teams={"r1": ("t1", "t2"), "r2": ("t1",)},
            rates=rates,
            costs=[Cost(id="1", source="s", purpose=CostPurpose.WIN, amount=100_003, currency="USD", **cost)],
            zone=ZoneInfo(self.zone),
            now=self.middle + timedelta(days=self.random.randint(-3, 20), seconds=self.random.randint(0, 86_400)),
            is_past=self.one(True, False),
        )

    def period(self):
        first = self.day()
        return Period(first, first + timedelta(days=self.one(1, 2, 7, 30, 90)))


def tables_of(world, names):
    """Made in parts, of which one is stored and one holds leads that changed since."""
    shuffled = world.random.sample(world.leads, len(world.leads))
    cut = len(shuffled) // 2
    stored = from_bytes(to_bytes(packed(shuffled, Names(["other"]), STAGES[0])), names)
    late = {lead.id for lead in shuffled[cut:]}
    return joined([stored.only(~stored.rows_of(late)), packed(shuffled[cut:], names, STAGES[0])])


@pytest.mark.parametrize("start", range(0, 60, 15))
def test_columns_count_what_the_definitions_count(start):
    for seed in range(start, start + 15):
        world = World(seed)
        facts, names = world.facts(), Names(["other"])
        owners = world.one(None, frozenset({"r1", None}), frozenset({"r2", "r3"}))
        seen = facts if owners is None else replace(facts, leads=[lead for lead in facts.leads if lead.owner in owners or lead.is_day])
        view = View(tables_of(world, names), replace(facts, leads=()), owners)
        for name, metric in METRICS.items():
            group = world.one(metric.group, *Group)
            other = world.one(*Group)
            period = world.period()
            filters = world.one({}, {other: world.one("r1", "t1", "x", "PT", "Web", "Price", "EUR", "new", "erased", "nothing", None)})
            records = narrowed(seen, metric.make(seen, period), filters)
            rows = narrowed_rows(view, COUNTED[name](view, period), filters)
            asked = (seed, name, group, filters, period, world.zone)
            found = report_of_rows(view, rows, group, is_share=metric.is_share)
            assert found == report_of(seen, records, group, is_share=metric.is_share), asked
            for key, figure in found.items[:3]:
                behind = RecordList(narrowed_rows(view, rows, {group: key}).of_customers())
                assert sum(one.is_counted for one in behind) == (figure.count if figure.of is None else figure.of), (asked, key)
            listed, records = RecordList(rows.of_customers()), of_customers(records)
            assert len(listed) == len(records), asked
            assert sorted((one.id, one.lead.id, one.amount, one.ms or 0, one.is_hit) for one in listed) == sorted(
                (one.id, one.lead.id, one.amount, one.ms or 0, one.is_hit) for one in records
            ), asked
        period = world.period()
        assert sale_rows.returns(view, period) == sale_metrics.returns(seen, period), seed
        assert lead_rows.bottleneck(view, period) == lead_metrics.bottleneck(seen, period), seed


def test_texts_of_others_leave_out_visits_that_are_the_lead_s_all_the_same():
    """Its browsers of no lead stand in the row of a day, beside strangers."""
    visits = [
        VisitFact(id=key, at=never(), origin=f"from {key}", landing=page, is_named=False) for key, page in (("1", "/own"), ("2", "/"))
    ]
    day = ReportLead(id="2026-11-16", created_at=never(), stage="", visits=visits, is_day=True)
    tables = packed([ReportLead(id="a", created_at=never(), stage="New"), day], Names(), STAGES[0])
    assert texts_of_others(tables, "a") == {"from 1", "from 2", "/own", "/"}
    assert texts_of_others(tables, "a", ["1"]) == {"from 2", "/"}
