"""The definitions of docs/reports.md, each with figures counted by hand."""

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
from tracker.rules.reports.alert_metrics import acted_at
from tracker.rules.reports.amounts import Converter, median, spread
from tracker.rules.reports.catalogue import METRICS
from tracker.rules.reports.facts import AlertOutcome, ReportFacts, ReportLead
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, narrowed, of_customers, report_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
DAY_MS = 86_400_000


def at(day, hour=12, month=11):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def move(stage, when, before="New", *, reason=None, withdrawn=False):
    number = f"{when.timestamp():020.3f}{stage}"
    return Move(id=number, workspace="w", lead="l", before=before, stage=stage, at=when, reason=reason, withdrawn=withdrawn)


def sale(number, amount=100, day=date(2026, 11, 5), currency="EUR", **more):
    more = {"product": "Plan", "created_at": NOW} | more
    return Sale(id=number, workspace="w", lead="l", amount=amount, currency=currency, sold_on=day, **more)


def lead(name="a", *, created=None, stage="New", moves=(), **more):
    return ReportLead(id=name, created_at=created or at(2), stage=moves[-1].stage if moves else stage, moves=moves, **more)


def facts(*leads, **more):
    return ReportFacts(leads=leads, **{"stages": DEFAULT_STAGES, "zone": ZoneInfo("UTC"), "now": NOW} | more)


def report(name, *leads, group=None, period=NOVEMBER, filters=None, **more):
    metric, known = METRICS[name], facts(*leads, **more)
    records = narrowed(known, metric.make(known, period), filters or {})
    return report_of(known, records, group or metric.group, is_share=metric.is_share)


def counts(found):
    return {key: figure.count for key, figure in found.items}


def shares(found):
    return {key: (figure.count, figure.of) for key, figure in found.items}


@pytest.mark.parametrize(
    ("first", "end", "before"),
    [
        ((2026, 11, 1), (2026, 12, 1), (date(2026, 10, 1), date(2026, 11, 1))),
        ((2026, 3, 1), (2026, 4, 1), (date(2026, 2, 1), date(2026, 3, 1))),
        ((2026, 1, 1), (2026, 4, 1), (date(2025, 10, 1), date(2026, 1, 1))),
        ((2024, 1, 1), (2025, 1, 1), (date(2023, 1, 1), date(2024, 1, 1))),
        ((2026, 11, 2), (2026, 11, 9), (date(2026, 10, 26), date(2026, 11, 2))),
        ((2026, 2, 10), (2026, 2, 20), (date(2026, 1, 31), date(2026, 2, 10))),
    ],
)
def test_a_period_is_compared_with_the_whole_one_before_or_as_many_days(first, end, before):
    found = Period(date(*first), date(*end)).before()
    assert (found.first, found.end) == before


@pytest.mark.parametrize(("zone", "day"), [("UTC", 31), ("Asia/Kolkata", 1), ("Pacific/Chatham", 1), ("America/New_York", 31)])
def test_a_moment_belongs_to_the_day_of_the_local_clock(zone, day):
    """Half past seven in the evening of 31 October in UTC."""
    born = datetime(2026, 10, 31, 19, 30, tzinfo=UTC)
    assert report("leads-added", lead(created=born), zone=ZoneInfo(zone)).total.count == (1 if day == 1 else 0)


def test_nothing_after_now_counts():
    late = lead("b", created=at(30, 13))
    assert report("leads-added", lead(), late).total.count == 1
    assert (
        report("sales", lead(sales=[sale("1", day=date(2026, 12, 1))]), period=Period(date(2026, 1, 1), date(2027, 1, 1))).total.count == 0
    )


def test_as_of_an_earlier_moment_the_pipeline_is_that_of_then():
    """Moves, archiving and creation after it did not happen."""
    moved = lead("a", moves=(move("Contacted", at(5)), move("Won", at(20), "Contacted")))
    archived = lead("b", archived_at=at(20))
    assert counts(report("pipeline", moved, archived, now=at(10), is_past=True)) == {"Contacted": 1, "New": 1}
    assert counts(report("pipeline", moved, archived, now=at(1), is_past=True)) == {}
    assert counts(report("pipeline", moved, archived)) == {}


def test_a_lead_with_two_tags_stands_in_both_groups_and_once_in_the_total():
    found = report("leads-added", lead(tags=("x", "y")), lead("b", tags=("x",)), lead("c"), group=Group.TAG)
    assert (found.total.count, counts(found)) == (3, {"x": 2, "y": 1, None: 1})


def test_entries_are_collapsed_and_withdrawn_moves_do_not_count():
    moves = (
        move("Contacted", at(3)),
        move("Qualified", at(4), "Contacted", withdrawn=True),
        move("Contacted", at(5), "Contacted"),
        move("Qualified", at(6), "Contacted"),
        move("Contacted", at(7), "Qualified"),
    )
    assert counts(report("entered", lead(moves=moves))) == {"New": 1, "Contacted": 1, "Qualified": 1}
    stays = report("time-in-stage", lead(moves=moves))
    assert {key: (figure.count, figure.median_ms) for key, figure in stays.items} == {
        "New": (1, DAY_MS),
        "Contacted": (1, 3 * DAY_MS),
        "Qualified": (1, DAY_MS),
    }


def test_a_lead_that_was_created_in_a_stage_entered_no_other():
    """A move at the time of its creation, or before, is where it began; being created in Won is no win."""
    created = lead(moves=(move("Won", at(2)),))
    assert counts(report("entered", created)) == {"Won": 1}
    assert report("won", created).total.count == 0


def test_conversion_follows_the_order_of_entries_and_of_stages():
    """Losing afterwards counts, going back does not, and an entry before the period is none."""
    through = lead("a", moves=(move("Contacted", at(3)), move("Won", at(5), "Contacted"), move("Lost", at(6), "Won")))
    back = lead("b", moves=(move("Qualified", at(3)), move("Contacted", at(4), "Qualified")))
    old = lead("c", created=at(2, month=9), moves=(move("Contacted", at(3, month=9)), move("Qualified", at(4), "Contacted")))
    found = shares(report("conversion", through, back, old))
    assert found["New>Contacted"] == (2, 2)
    assert found["New>Won"] == (1, 2)
    assert found["Contacted>Qualified"] == (0, 2)
    assert found["Contacted>Won"] == (1, 2)
    assert found["Qualified>Won"] == (0, 2)
    assert not any("Lost" in str(key) or str(key).startswith("Won") for key in found)


def test_a_lead_wins_twice_if_it_was_reopened_in_between():
    moves = (
        move("Lost", at(3), reason="Price"),
        move("Won", at(4), "Lost", reason="Better offer"),
        move("Negotiation", at(5), "Won"),
        move("Won", at(6), "Negotiation"),
    )
    won, lost = report("won", lead(moves=moves)), report("lost", lead(moves=moves))
    assert (won.total.count, won.total.median_ms) == (2, 3 * DAY_MS)
    assert counts(won) == {"Better offer": 1, None: 1}
    assert counts(lost) == {"Price": 1}


def test_the_bottleneck_is_the_stage_that_takes_longest_compared_with_usual():
    stages = (Stage("New", usual_days=1), Stage("Contacted", usual_days=7), Stage("Other"), Stage("Won", "won"))
    slow = lead("a", moves=(move("Contacted", at(4)), move("Won", at(25), "Contacted")))
    assert lead_metrics.bottleneck(facts(slow, stages=stages), NOVEMBER) == ("Contacted", 3.0)
    assert lead_metrics.bottleneck(facts(lead()), NOVEMBER) is None


def test_quality_is_ever_having_reached_qualified_or_later():
    moved_back = lead("a", source="Fair", moves=(move("Proposal Sent", at(3)), move("New", at(4), "Proposal Sent")))
    lost = lead("b", source="Fair", moves=(move("Lost", at(3)),))
    born_won = lead("c", moves=(move("Won", at(2)),))
    assert shares(report("source-quality", moved_back, lost, born_won)) == {"Fair": (1, 2), None: (1, 1)}


def test_amounts_are_converted_by_the_rate_of_their_day_half_to_even():
    rates = [
        Rate(id=day, workspace="w", currency="USD", on=date.fromisoformat(day), rate=rate, created_at=NOW)
        for day, rate in (("2026-10-01", "0.5"), ("2026-11-10", "2"))
    ]
    converter = Converter("EUR", rates)
    assert [converter.convert(amount, "USD", date(2026, 11, 9)).amount for amount in (1, 3, 5, -1, -3)] == [0, 2, 2, 0, -2]
    assert converter.convert(10, "USD", date(2026, 11, 10)).amount == 20
    early = converter.convert(10, "USD", date(2026, 9, 1))
    assert (early.amount, early.is_estimated) == (5, True)
    assert converter.convert(10, "CHF", date(2026, 11, 10)) is None


def test_a_rate_is_for_one_unit_whatever_the_decimals():
    """1,000 yen and 1.500 dinars in euros; one euro in yen."""

    def converted(amount, currency, rate, to):
        rates = [Rate(id="r", workspace="w", currency=currency, on=date(2026, 1, 1), rate=rate, created_at=NOW)]
        return Converter(to, rates).convert(amount, currency, date(2026, 2, 1)).amount

    assert converted(1000, "JPY", "0.00615", "EUR") == 615
    assert converted(1500, "KWD", "3", "EUR") == 450
    assert converted(100, "EUR", "162.5", "JPY") == 162, "half to even"


def test_sales_are_new_once_a_customer_and_refunds_only_in_the_amount():
    """The company is the customer; a refund has the kind of its sale and the rate of its own day."""
    first, second = sale("1", 1000), sale("2", 500, date(2026, 11, 20), "USD", is_recurring=True)
    refund = sale("3", -200, date(2026, 11, 25), refund_of="1")
    rates = [Rate(id="r", workspace="w", currency="USD", on=date(2026, 1, 1), rate="0.9", created_at=NOW)]
    leads = (
        lead("a", company_id="acme", sales=[first, refund]),
        lead("b", company_id="acme", sales=[second]),
        lead("c", sales=[sale("4", 7, currency="JPY")]),
    )
    found = report("sales", *leads, group=Group.KIND, rates=rates)
    assert (found.total.count, found.total.amount, found.total.foreign) == (3, 1000 + 450 - 200, {"JPY": 7})
    assert {key: (figure.count, figure.amount) for key, figure in found.items} == {"new": (2, 800), "repeat": (1, 450)}
    void = report("sales", lead(sales=[refund]))
    assert (void.total.count, void.total.amount) == (0, 0)


def test_churn_counts_customers_without_a_successor():
    """The base runs when the period begins; a successor, also of another lead of the company, prevents churn."""
    october = date(2026, 10, 1)
    ended = lead("a", sales=[sale("1", 1, october, is_recurring=True, ended_on=date(2026, 11, 10), end_reason="Budget")])
    renewed = lead("b", company_id="x", sales=[sale("2", 1, october, is_recurring=True, ended_on=date(2026, 11, 10))])
    successor = lead("c", company_id="x", sales=[sale("3", 1, date(2026, 11, 11), is_recurring=True)])
    fresh = lead("d", sales=[sale("4", 1, date(2026, 11, 2), is_recurring=True, ended_on=date(2026, 11, 3))])
    to_the_end = lead("e", sales=[sale("5", 1, october, is_recurring=True, ended_on=date(2026, 11, 30))])
    found = report("churn", ended, renewed, successor, fresh, to_the_end)
    assert (found.total.count, found.total.of) == (1, 3)
    assert shares(found) == {"Budget": (1, 1), None: (0, 2)}
    later = {"now": datetime(2026, 12, 15, tzinfo=UTC)}
    assert report("churn", to_the_end, **later).total.count == 1


def test_revenue_is_divided_by_the_customers_with_a_sale():
    """Each once, also where a company buys by two leads; whose sale is refunded in another period is in the amount only."""
    leads = (
        lead("a", source="Fair", company_id="acme", sales=[sale("1", 1000), sale("2", 500, date(2026, 11, 20))]),
        lead("b", source="Web", company_id="acme", sales=[sale("3", 300)]),
        lead("c", source="Web", sales=[sale("4", 101)]),
        lead("d", source="Web", sales=[sale("5", 50, date(2026, 10, 5)), sale("6", -50, date(2026, 11, 6), refund_of="5")]),
    )
    found = report("revenue-per-customer", *leads)
    assert (found.total.count, found.total.amount, found.total.mean_amount) == (2, 1851, 925.5)
    assert {key: (one.count, one.mean_amount) for key, one in found.items} == {"Fair": (1, 1500), "Web": (2, 175.5)}
    behind = of_customers(METRICS["revenue-per-customer"].make(facts(*leads), NOVEMBER))
    assert [(one.id, one.lead.id, one.amount) for one in behind] == [("acme", "a", 1800), ("c", "c", 101)]
    assert report("revenue-per-customer", lead()).total.mean_amount is None


def test_customers_to_win_back_are_those_who_have_not_come_back():
    """Lost in October; one bought again in November, one again and ended that, too, and one runs until today."""

    def recurring(number, first, last=None):
        return sale(number, 1, first, is_recurring=True, ended_on=last, end_reason="Budget" if last else None)

    def lost(number):
        return recurring(number, date(2026, 9, 1), date(2026, 10, 10))

    leads = (
        lead("a", sales=[lost("1")]),
        lead("b", sales=[lost("2"), recurring("3", date(2026, 11, 20))]),
        lead("c", sales=[lost("4"), recurring("5", date(2026, 11, 2), date(2026, 11, 29))]),
        lead("d", sales=[lost("6"), recurring("7", date(2026, 11, 2), date(2026, 11, 30))]),
        lead("e", sales=[recurring("8", date(2026, 9, 1))]),
    )
    october = Period(date(2026, 10, 1), date(2026, 11, 1))
    assert report("churn", *leads, period=october).total.count == 4
    assert counts(report("win-back", *leads, period=october)) == {"Budget": 2}
    assert report("win-back", *leads, period=october, now=at(1)).total.count == 4


def test_costs_are_spread_in_whole_units_and_only_seen_by_those_who_may():
    assert [spread(10, 3, k, k + 1) for k in range(3)] == [3, 3, 4]
    win = Cost(
        id="c",
        workspace="w",
        source="s1",
        purpose=CostPurpose.WIN,
        first_day=date(2026, 10, 31),
        last_day=date(2026, 11, 2),
        amount=10,
        currency="EUR",
        created_at=NOW,
    )
    added = lead("a", source="Fair", sales=[sale("1", 40), sale("2", 5, date(2026, 11, 9))])
    known = facts(added, costs=[win], sources={"s1": "Fair"})
    (row,) = sale_metrics.returns(known, NOVEMBER)
    assert (row.source, row.cost_to_win, row.cost_to_keep, row.sales, row.repeat_sales) == ("Fair", 7, 0, 45, 5)
    assert sale_metrics.returns(facts(added, costs=None), NOVEMBER) == []


def test_the_median_of_an_even_number_is_the_mean_of_the_middle():
    assert (median([]), median([3]), median([4, 1]), median([9, 1, 5])) == (None, 3, 2.5, 5)


def test_response_times_leave_out_what_may_still_be_answered_in_time():
    def inquiry(number, when, ms=None):
        answered = None if ms is None else datetime.fromtimestamp(when.timestamp() + ms / 1000, UTC)
        return Inquiry(
            id=number, workspace="w", lead="a", at=when, owner="rita", due_at=when, answered_at=answered, elapsed_ms=ms, created_at=when
        )

    its = [
        inquiry("1", at(2), 300_000),
        inquiry("2", at(3), 300_001),
        inquiry("3", at(4)),
        inquiry("4", datetime(2026, 11, 30, 11, 58, tzinfo=UTC)),
    ]
    found = report("response-time", lead(inquiries=its))
    assert (found.total.count, found.total.of, found.total.median_ms) == (1, 3, 300_000.5)
    assert [key for key, _ in found.items] == ["rita"]


def test_the_usefulness_of_alerts_is_what_the_last_button_says_or_what_was_done():
    """In time by the recipient: from the alert on for 24 hours."""
    night = timedelta(hours=24)
    assert acted_at(at(3), None, [at(2), at(3) + night + timedelta(seconds=1)]) is None
    assert acted_at(at(3), None, [at(3) + night, at(4, 11)]) == at(4, 11)
    assert acted_at(at(3), at(20), []) == at(20)

    def alert(number, rule="click", day=3, **more):
        return AlertOutcome(id=number, at=at(day), rule=rule, rep="rita", **more)

    its = [
        alert("1", rated_at=at(5), is_useful=True),
        alert("2", rated_at=at(5), is_useful=False, acted_at=at(3)),
        alert("3", acted_at=at(4)),
        alert("4", "form"),
        alert("5", "form", 1, acted_at=at(1)),
    ]
    leads = (lead(alerts=its), lead("b", is_erased=True, alerts=[alert("6", "form", acted_at=at(3))]))
    assert shares(report("alert-usefulness", *leads)) == {"click": (2, 3), "form": (2, 3)}
    assert shares(report("alert-usefulness", *leads, group=Group.REP)) == {"rita": (4, 6)}
    assert shares(report("alert-usefulness", *leads, group=Group.SOURCE)) == {None: (3, 5), "erased": (1, 1)}
    assert shares(report("alert-usefulness", *leads, now=at(4, 11))) == {"click": (1, 3), "form": (2, 3)}
    assert report("alert-usefulness", *leads, period=Period(date(2026, 11, 3), date(2026, 11, 4))).total.of == 5


def test_filters_narrow_to_the_records_behind_a_figure():
    """Each item of a report has as many records as it says."""
    leads = [lead(str(n), source="Fair" if n % 3 else None, tags=("x",) if n % 2 else ()) for n in range(9)]
    for group in (Group.SOURCE, Group.TAG):
        for key, figure in report("leads-added", *leads, group=group).items:
            assert report("leads-added", *leads, filters={group: key}).total.count == figure.count
