"""The reports by name, with what they count in words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tracker.rules.reports import alert_metrics, inquiry_metrics, lead_metrics, sale_metrics
from tracker.rules.reports.activity import mail_metrics, touch_metrics, visit_metrics
from tracker.rules.reports.facts import ReportFacts
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, Record

Shows = tuple[str, ...]
"""Which members of a figure a report shows: count, share, amount, mean, median, working, score, number, named, automatic, outcomes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A report. `group` is how it is grouped unless the reader chooses otherwise."""

    title: str
    meaning: str
    make: Callable[[ReportFacts, Period], Iterator[Record]]
    group: Group
    shows: Shows
    unit: str = "lead"
    """What one record is, in the singular."""
    units: str = "leads"
    """The same in the plural."""
    counted: str = ""
    """What `count` is, where it is not all of them."""

    @property
    def is_share(self) -> bool:
        """Whether its figures are a part of a whole."""
        return "share" in self.shows


_L = lead_metrics
METRICS: Mapping[str, Metric] = {
    "pipeline": Metric(
        title="Pipeline now",
        meaning="Open leads by stage with what they are expected to buy for, at today's rates. Archived leads are left out.",
        make=_L.pipeline,
        group=Group.STAGE,
        shows=("count", "amount"),
    ),
    "leads-added": Metric(
        title="Leads added",
        meaning="Leads that were created in the period.",
        make=_L.leads_added,
        group=Group.SOURCE,
        shows=("count",),
    ),
    "source-quality": Metric(
        title="Quality of sources",
        meaning="Of the leads created in the period, those that ever came into the stage marked Qualified or a later one.",
        make=_L.source_quality,
        group=Group.SOURCE,
        shows=("count", "share", "score"),
    ),
    "entered": Metric(
        title="Stages entered",
        meaning="Leads that were created in a stage or moved into it in the period, each once a stage.",
        make=_L.entered,
        group=Group.STAGE,
        shows=("count",),
    ),
    "conversion": Metric(
        title="Conversion",
        meaning="Of the leads that came into a stage in the period, those that came into a later one after that, by now.",
        make=_L.conversion,
        group=Group.STEP,
        shows=("count", "share"),
    ),
    "time-in-stage": Metric(
        title="Time in stage",
        meaning="The median of stays that ended in the period.",
        make=_L.time_in_stage,
        group=Group.STAGE,
        shows=("count", "median"),
        unit="stay",
        units="stays",
    ),
    "time-so-far": Metric(
        title="Time in stage so far",
        meaning="The median of how long open leads have been in their stage by now. Archived leads are left out.",
        make=_L.time_so_far,
        group=Group.STAGE,
        shows=("count", "median"),
        unit="stay",
        units="stays",
    ),
    "won": Metric(
        title="Won, and time to close",
        meaning="Moves into Won in the period, and the median time since those leads were created. A lead can win twice.",
        make=_L.won,
        group=Group.REASON,
        shows=("count", "median"),
        unit="win",
        units="wins",
    ),
    "lost": Metric(
        title="Lost, and why",
        meaning="Moves into Lost in the period, with the reason recorded then.",
        make=_L.lost,
        group=Group.REASON,
        shows=("count",),
        unit="loss",
        units="losses",
    ),
    "sales": Metric(
        title="Sales",
        meaning="Sales dated in the period, converted by the rate of their day. Refunds are in the amount and not in the number.",
        make=sale_metrics.sales,
        group=Group.PRODUCT,
        shows=("count", "amount"),
        unit="sale",
        units="sales",
    ),
    "revenue-per-customer": Metric(
        title="Revenue per customer",
        meaning="The amount of the sales dated in the period, divided by the customers with a sale in it. A company is one customer.",
        make=sale_metrics.revenue_per_customer,
        group=Group.SOURCE,
        shows=("count", "amount", "mean"),
        unit="customer",
        units="customers",
    ),
    "churn": Metric(
        title="Churn",
        counted="Lost customers",
        meaning="Of the customers with a recurring sale when the period began, those without one when it was over.",
        make=sale_metrics.churn,
        group=Group.REASON,
        shows=("count", "share"),
        unit="customer",
        units="customers",
    ),
    "win-back": Metric(
        title="Customers to win back",
        meaning="Customers that were lost in the period, as in Churn, and have no recurring sale that runs today.",
        make=sale_metrics.win_back,
        group=Group.REASON,
        shows=("count",),
        unit="customer",
        units="customers",
    ),
    "response-time": Metric(
        title="Response time",
        meaning="Inquiries of the period: the median time to the first contact, and those answered within five minutes.",
        make=inquiry_metrics.response_time,
        group=Group.REP,
        shows=("count", "share", "median", "working"),
        unit="inquiry",
        units="inquiries",
    ),
    "alert-usefulness": Metric(
        title="Usefulness of alerts",
        counted="Useful",
        meaning="Of the alerts about leads, those that were useful: as the last button says; else taken, or acted on within 24 hours.",
        make=alert_metrics.alert_usefulness,
        group=Group.RULE,
        shows=("count", "share"),
        unit="alert",
        units="alerts",
    ),
    "opened": Metric(
        title="Emails opened",
        counted="Opened",
        meaning="Of the emails sent in the period whose opens are tracked, those opened by a person. A click is no open.",
        make=mail_metrics.opened,
        group=Group.WEEK,
        shows=("count", "share", "automatic"),
        unit="email",
        units="emails",
    ),
    "clicked": Metric(
        title="Emails clicked",
        counted="Clicked",
        meaning="Of the emails sent in the period with a tracked link, those in which a person clicked one.",
        make=mail_metrics.clicked,
        group=Group.WEEK,
        shows=("count", "share", "automatic"),
        unit="email",
        units="emails",
    ),
    "visited": Metric(
        title="Visits from emails",
        counted="With a visit",
        meaning="Of the emails sent in the period with a tracked link, those that led to a visit.",
        make=mail_metrics.visited,
        group=Group.WEEK,
        shows=("count", "share"),
        unit="email",
        units="emails",
    ),
    "campaign-success": Metric(
        title="Success of campaigns",
        meaning="Emails of campaigns sent in the period, and what followed within 30 days. A win counts once for a campaign.",
        make=mail_metrics.campaign_success,
        group=Group.CAMPAIGN,
        shows=("count", "outcomes"),
        unit="email",
        units="emails",
    ),
    "touches-before-win": Metric(
        title="Touches before a win",
        meaning="Of the leads that were won for the first time in the period, those with such a touch in the 90 days before, and how many they had.",
        make=touch_metrics.touches_before_win,
        group=Group.TOUCH,
        shows=("count", "share", "number"),
        unit="win",
        units="wins",
    ),
    "pages-before-win": Metric(
        title="Pages before a win",
        meaning="Of the leads that were won for the first time in the period, those who viewed the page in the 90 days before, and how often.",
        make=touch_metrics.pages_before_win,
        group=Group.PAGE,
        shows=("count", "share", "number"),
        unit="win",
        units="wins",
    ),
    "visits": Metric(
        title="Visits per week",
        meaning="Visits that began in the period: named ones are of leads that are known by now. The source is where the visit came from.",
        make=visit_metrics.visits,
        group=Group.WEEK,
        shows=("count", "named"),
        unit="visit",
        units="visits",
    ),
}
"""In the order in which they are shown."""
