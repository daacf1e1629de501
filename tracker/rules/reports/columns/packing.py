"""From leads to tables, and from a row back to its lead."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tracker.rules.reports.activity_facts import MailFact, VisitFact
from tracker.rules.reports.columns.names import NOTHING, Names
from tracker.rules.reports.columns.tables import NEVER, Tables, made_of
from tracker.rules.reports.facts import AlertOutcome, ReportLead
from tracker.rules.reports.history import is_guessed, standing_entries

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
NO_SCORE = -(2**31)
"""A score may be below 0."""

Lists = dict[str, dict[str, list[Any]]]


def millis(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return (moment - _EPOCH) // _MILLISECOND


def moment_of(milliseconds: int) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + milliseconds * _MILLISECOND


def packed(leads: Iterable[ReportLead], names: Names, first_stage: str) -> Tables:
    """The tables of these leads. `first_stage`: the first one of the pipeline, where a lead began of which nothing else is known."""
    lists: Lists = defaultdict(lambda: defaultdict(list))
    for row, lead in enumerate(leads):
        _add(lists["leads"], _lead(lead, names))
        for entry in standing_entries(lead, first_stage):
            move = entry.move
            values = {"stage": names.code(entry.stage), "at": millis(entry.at), "reason": names.code(move.reason if move else None)}
            _add(lists["steps"], {"lead": row, "id": (move.id if move else lead.id).encode(), **values})
        for sale in _sales(lead, names):
            _add(lists["sales"], {"lead": row, **sale})
        for inquiry in _inquiries(lead, names):
            _add(lists["inquiries"], {"lead": row, **inquiry})
        for alert in lead.alerts:
            _add(lists["alerts"], {"lead": row, **_alert(alert, names)})
        for tag in lead.tags:
            _add(lists["tags"], {"lead": row, "tag": names.code(tag)})
        for mail in lead.mails:
            _add(lists["mails"], {"lead": row, **_mail(mail, names)})
        for touch in lead.touches:
            values = {"at": millis(touch.at), "touch": names.code(touch.kind), "page": names.code(touch.page)}
            _add(lists["touches"], {"lead": row, **values})
        for visit in lead.visits:
            _add(lists["visits"], {"lead": row, **_visit(visit, names)})
    return made_of(names, lists)


def _add(table: dict[str, list[Any]], values: dict[str, Any]) -> None:
    for name, value in values.items():
        table[name].append(value)


def _lead(lead: ReportLead, names: Names) -> dict[str, Any]:
    amount, currency = lead.value or (0, None)
    return {
        "id": lead.id.encode(),
        "created": millis(lead.created_at),
        "stage": names.code(lead.stage or None),
        "owner": names.code(lead.owner),
        "source": names.code(lead.source),
        "company": names.code(lead.company_id),
        "country": names.code(lead.country),
        "industry": names.code(lead.industry),
        "first_touch": names.code(lead.first_touch),
        "last_touch": names.code(lead.last_touch),
        "score": NO_SCORE if lead.score is None else lead.score,
        "value": amount,
        "currency": names.code(currency),
        "archived": millis(lead.archived_at) if lead.archived_at else NEVER,
        "erased": lead.is_erased,
        "is_guessed": is_guessed(lead),
        "is_day": lead.is_day,
    }


def _sales(lead: ReportLead, names: Names) -> Iterable[dict[str, Any]]:
    """Those that count: a refund of a sale that is not there is void. `refunds`: how many rows further the sale stands that is paid back."""
    known = {sale.id for sale in lead.sales}
    counted = [sale for sale in lead.sales if sale.refund_of is None or sale.refund_of in known]
    places = {sale.id: place for place, sale in enumerate(counted)}
    for place, sale in enumerate(counted):
        yield {
            "id": sale.id.encode(),
            "product": names.code(sale.product or None),
            "rep": names.code(sale.rep),
            "currency": names.code(sale.currency),
            "amount": sale.amount,
            "sold_on": sale.sold_on.toordinal(),
            "refunds": places[sale.refund_of] - place if sale.refund_of else 0,
            "is_recurring": sale.is_recurring,
            "ended_on": sale.ended_on.toordinal() if sale.ended_on else NEVER,
            "reason": names.code(sale.end_reason),
        }


def _inquiries(lead: ReportLead, names: Names) -> Iterable[dict[str, Any]]:
    for one in lead.inquiries:
        if one.withdrawn_at is None:
            yield {
                "id": one.id.encode(),
                "at": millis(one.at),
                "owner": names.code(one.owner),
                "answered": millis(one.answered_at) if one.answered_at else NEVER,
                "elapsed": NOTHING if one.elapsed_ms is None else one.elapsed_ms,
                "working": NOTHING if one.working_ms is None else one.working_ms,
            }


def _alert(alert: AlertOutcome, names: Names) -> dict[str, Any]:
    return {
        "id": alert.id.encode(),
        "at": millis(alert.at),
        "rule": names.code(alert.rule),
        "recipient": names.code(alert.rep),
        "rated": millis(alert.rated_at) if alert.rated_at else NEVER,
        "is_useful": alert.is_useful,
        "acted": millis(alert.acted_at) if alert.acted_at else NEVER,
    }


def _mail(mail: MailFact, names: Names) -> dict[str, Any]:
    moments = {
        "opened": mail.opened_at,
        "clicked": mail.clicked_at,
        "visited": mail.visited_at,
        "replied": mail.replied_at,
        "any_opened": mail.any_opened_at,
        "any_clicked": mail.any_clicked_at,
    }
    return {
        "id": mail.id.encode(),
        "sent": millis(mail.sent_at),
        "sender": names.code(mail.rep),
        "campaign": names.code(mail.campaign),
        "has_pixel": mail.has_pixel,
        "has_link": mail.has_link,
        **{name: millis(at) if at else NEVER for name, at in moments.items()},
    }


def _visit(visit: VisitFact, names: Names) -> dict[str, Any]:
    return {
        "id": visit.id.encode(),
        "at": millis(visit.at),
        "origin": names.code(visit.origin),
        "landing": names.code(visit.landing),
        "named": visit.is_named,
    }


def lead_of(tables: Tables, row: int) -> ReportLead:
    """What groups and lists need of a lead; without its moves, sales and inquiries."""
    own, names = tables.leads, tables.names
    first, end = tables.first_tags[row], tables.first_tags[row + 1]
    archived, currency = int(own["archived"][row]), names.text(own["currency"][row])
    return ReportLead(
        id=own["id"][row].decode(),
        created_at=moment_of(int(own["created"][row])),
        stage=names.text(own["stage"][row]) or "",
        owner=names.text(own["owner"][row]),
        source=names.text(own["source"][row]),
        company_id=names.text(own["company"][row]),
        country=names.text(own["country"][row]),
        industry=names.text(own["industry"][row]),
        first_touch=names.text(own["first_touch"][row]),
        last_touch=names.text(own["last_touch"][row]),
        tags=tuple(names.texts[code] for code in tables.tags["tag"][first:end]),
        score=None if own["score"][row] == NO_SCORE else int(own["score"][row]),
        value=(int(own["value"][row]), currency) if currency else None,
        archived_at=moment_of(archived) if archived != NEVER else None,
        is_erased=bool(own["erased"][row]),
        is_day=bool(own["is_day"][row]),
    )
