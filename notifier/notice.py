"""The notice: the text of an alert, the same in all channels. Pure: alert, lead and names in, text out. Channels only format it."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.base.ids import id_of
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Priority
from tracker.domain.alerting.delivery import Delivery
from tracker.domain.leads.lead import Lead
from tracker.links.urls import lead_url
from tracker.rules.alerting.withdrawal import withdrawn_text

TITLE_LONGEST = 140
TEXT_LONGEST = 2000
BRIEF_LONGEST = 600
DIGEST_LINES = 20
_WITHDRAWN = "Withdrawn: "
UNOWNED = "No owner. Assign to me"
TAKEN = "On it"
_BIDI = dict.fromkeys(map(ord, "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))
_RULE_NAMES = {
    AlertRule.FORM: ("inquiry", "inquiries"),
    AlertRule.NOT_ANSWERED: ("inquiry without answer", "inquiries without answer"),
    AlertRule.REPLY: ("reply", "replies"),
    AlertRule.OTHER_READER: ("other reader", "other readers"),
    AlertRule.WATCHED_PAGE: ("watched page", "watched pages"),
    AlertRule.CUSTOM: ("own rule", "own rules"),
    AlertRule.COMPANY: ("company with several readers", "companies with several readers"),
    AlertRule.PROPOSAL_OPENED: ("proposal opened", "proposals opened"),
    AlertRule.HOT: ("lead now hot", "leads now hot"),
    AlertRule.PRICING_AGAIN: ("look at prices again", "looks at prices again"),
    AlertRule.PRICING: ("look at prices", "looks at prices"),
    AlertRule.BACK: ("lead back", "leads back"),
    AlertRule.OPENED_AGAIN: ("email opened after quiet days", "emails opened after quiet days"),
    AlertRule.CLICK: ("click", "clicks"),
    AlertRule.FIRST_OPEN: ("first open", "first opens"),
    AlertRule.NOT_TAKEN: ("alert not taken", "alerts not taken"),
    AlertRule.NOT_DELIVERED: ("email not delivered", "emails not delivered"),
    AlertRule.TASK: ("reminder", "reminders"),
    AlertRule.PARKED: ("follow-up that waits", "follow-ups that wait"),
    AlertRule.FIGURE: ("figure out of range", "figures out of range"),
    AlertRule.TEST: ("test", "tests"),
    AlertRule.ALARM: ("alarm", "alarms"),
}
"""Singular and plural, in the order of importance."""


@dataclass(frozen=True, slots=True)
class MissedAlert:
    """An alert that a receiver did not get while it failed, with its lead and the address of the lead's page."""

    alert: Alert
    lead: Lead | None
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The text of one delivery: single lines of bounded length, without control or direction characters."""

    id: str
    """The delivery's id, or one of delivery and revision: the same at each try, so that receivers can drop repeats."""
    title: str
    """Lead and cause: the first 45 characters of what shows on a lock screen."""
    text: str
    link: str
    link_text: str
    at: datetime
    quiet: bool = False
    brief: tuple[str, ...] = ()
    """Who the lead is, what they did, what to say (rules.alerting.brief)."""
    lines: tuple[str, ...] = ()
    """The alerts of a digest, one a line; or the line about a lead without an owner."""
    thread: str = ""
    """The id that the e-mails of one thread share: the lead."""
    alert: Alert | None = None
    lead: Lead | None = None
    edited: bool = False
    taken_by: str = ""
    """Who deals with it: a name, or `Someone`; empty while no one does."""
    withdrawn: bool = False
    """The alert was delivered, and is withdrawn since."""
    missed: tuple[MissedAlert, ...] = ()
    """What the receiver missed, oldest first; the newest of them, if there are more than it lists."""
    missed_count: int = 0


def compose(
    alert: Alert, lead: Lead | None, *, delivery: str, public_url: str, now: datetime, brief: Sequence[str] = (), taken_by: str = ""
) -> Notice:
    """The notice of one alert as it is at `now`; if the alert is withdrawn, the notice says so and why. `taken_by`: as in Notice."""
    is_test, is_withdrawn = alert.rule is AlertRule.TEST, alert.state is AlertState.WITHDRAWN
    title = clean(alert.title_at(now), TITLE_LONGEST) or clean(lead.name if lead else "Your lead", TITLE_LONGEST)
    if is_test and not title.lower().startswith("test"):
        title = f"Test: {title}"
    return Notice(
        id=delivery,
        title=f"{_WITHDRAWN}{title}" if is_withdrawn else title,
        text=withdrawn_text(alert.withdrawn) if is_withdrawn else clean(alert.text, TEXT_LONGEST),
        link=lead_url(public_url, lead.id) if lead else f"{public_url}{alert.path}",
        link_text=f"Open {clean(lead.first_name, 40)} in Leadlight" if lead else "Open Leadlight",
        at=alert.at,
        quiet=alert.priority is Priority.QUIET and not is_test,
        brief=() if is_withdrawn else tuple(clean(line, BRIEF_LONGEST) for line in brief),
        lines=() if is_withdrawn or is_test else _lines(alert, lead, taken_by),
        taken_by=clean(taken_by, 60),
        thread=lead.id if lead else alert.id,
        alert=alert,
        lead=lead,
        edited=alert.revision > 0,
        withdrawn=is_withdrawn,
    )


def _lines(alert: Alert, lead: Lead | None, taken_by: str) -> tuple[str, ...]:
    if taken_by:
        return (f"{TAKEN}: {clean(taken_by, 60)}",)
    return (UNOWNED,) if alert.rep is None and lead is not None else ()


def withdrawn_line(alert: Alert) -> str:
    """A withdrawn alert as one line of a later notice."""
    return f"Withdrawn since then: {clean(alert.past or alert.title, TITLE_LONGEST)}. {withdrawn_text(alert.withdrawn)}"


def compose_digest(alerts: Sequence[Alert], *, key: Sequence[str], at: datetime, public_url: str) -> Notice:
    """Several alerts in one notice, the most important first; its counts add up to the number of alerts. `key`: the ids of the deliveries."""
    order = {rule: place for place, rule in enumerate(_RULE_NAMES)}
    ranked = sorted(alerts, key=lambda a: (order.get(a.rule, len(order)), a.at))
    counts = Counter(alert.rule for alert in ranked)
    summary = ", ".join(
        f"{count:,} {_RULE_NAMES[rule][count > 1]}" for rule, count in sorted(counts.items(), key=lambda row: order[row[0]])
    )
    leads = len({alert.lead for alert in alerts if alert.lead})
    source = f" from {leads:,} lead{'s' if leads > 1 else ''}" if leads else ""
    lines = [clean(alert.title_at(at), TITLE_LONGEST) for alert in ranked[:DIGEST_LINES]]
    if len(ranked) > DIGEST_LINES:
        lines.append(f"and {len(ranked) - DIGEST_LINES:,} more")
    digest = id_of("digest", *sorted(key))
    return Notice(
        id=digest,
        title=f"{len(alerts):,} alerts{source}",
        text=f"{summary}.",
        link=public_url if leads else f"{public_url}/alerts",
        link_text="Open Leadlight",
        at=at,
        quiet=all(alert.priority is Priority.QUIET for alert in alerts),
        lines=tuple(lines),
        thread=digest,
    )


def compose_stopped(delivery: Delivery, *, title: str, reason: str, missed: Alert | None, lead: Lead | None, public_url: str) -> Notice:
    """The notice that a channel refused an alert, with the text of that alert."""
    refused = clean(f"{missed.title} {missed.text}", TEXT_LONGEST) if missed else ""
    return Notice(
        id=id_of("stopped", delivery.id, reason),
        title=clean(title, TITLE_LONGEST),
        text=clean(reason, 400),
        link=lead_url(public_url, lead.id) if lead else public_url,
        link_text="Open Leadlight",
        at=missed.at if missed else delivery.created_at,
        lines=(f"Not delivered: {refused}",) if refused else (),
        thread=id_of("channel", delivery.workspace, delivery.rep or "team", delivery.channel),
    )


def clean(text: str, longest: int) -> str:
    """One line without line breaks, control characters or changes of direction, cut with an ellipsis."""
    spaced = "".join(
        " " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp", "Co", "Cn") else c for c in text.translate(_BIDI)[: longest * 4]
    )
    joined = " ".join(spaced.split())
    return joined if len(joined) <= longest else joined[: longest - 1].rstrip() + "…"
