"""What reports keep of a lead that is erased."""

import secrets
from collections.abc import Container
from typing import Any

import msgspec

from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.sale import Sale
from tracker.domain.privacy.remains import (
    RemainingAlert,
    RemainingInquiry,
    RemainingMail,
    RemainingMove,
    RemainingSale,
    RemainingTouch,
    RemainingVisit,
    Remains,
)
from tracker.rules.reports.activity_facts import MailFact, VisitFact
from tracker.rules.reports.facts import AlertOutcome, ReportLead
from tracker.rules.scoring.touch_lines import TouchFact

_TIME_DIGITS = 12
"""Of an id: the milliseconds of its creation."""


def remains_of(lead: ReportLead, workspace: str, random_id: str, words: Container[str]) -> Remains:
    """What stays. Withdrawn moves and inquiries, and void refunds, count nowhere and do not.

    `words`: the products and reasons of the workspace, and what visits of others have in common. Any other was typed for this lead and may say anything about it: it goes.
    """
    ids = {sale.id: _like(sale.id, number) for number, sale in enumerate(sorted(lead.sales, key=lambda sale: sale.id))}
    return Remains(
        id=random_id,
        workspace=workspace,
        created_at=lead.created_at,
        stage=lead.stage,
        owner=lead.owner,
        company=lead.company_id,
        moves=tuple(
            RemainingMove(before=one.before, stage=one.stage, at=one.at, reason=_word(one.reason, words))
            for one in sorted(lead.moves, key=lambda move: (move.at, move.id))
            if not one.withdrawn
        ),
        sales=tuple(_sale(sale, ids, words) for sale in lead.sales if sale.refund_of is None or sale.refund_of in ids),
        inquiries=tuple(
            RemainingInquiry(at=one.at, owner=one.owner, answered_at=one.answered_at, elapsed_ms=one.elapsed_ms, working_ms=one.working_ms)
            for one in lead.inquiries
            if one.withdrawn_at is None
        ),
        alerts=tuple(
            RemainingAlert(**{name: getattr(one, name) for name in RemainingAlert.__struct_fields__})
            for one in sorted(lead.alerts, key=lambda alert: alert.at)
        ),
        visits=tuple(
            RemainingVisit(at=one.at, origin=_word(one.origin, words), landing=_word(one.landing, words), is_named=one.is_named)
            for one in sorted(lead.visits, key=lambda visit: (visit.at, visit.id))
        ),
        mails=tuple(_mail(one, words) for one in lead.mails),
        touches=tuple(RemainingTouch(at=one.at, kind=one.kind, page=_word(one.page, words)) for one in lead.touches),
    )


def _mail(mail: MailFact, words: Container[str]) -> RemainingMail:
    kept = {name: getattr(mail, name) for name in RemainingMail.__struct_fields__ if name != "campaign"}
    return RemainingMail(campaign=_word(mail.campaign, words), **kept)


def _sale(sale: Sale, ids: dict[str, str], words: Container[str]) -> RemainingSale:
    texts: dict[str, Any] = {"product": _word(sale.product, words) or "", "end_reason": _word(sale.end_reason, words)}
    kept = {name: getattr(sale, name) for name in RemainingSale.__struct_fields__ if name not in {"id", "refund_of", *texts}}
    return RemainingSale(id=ids[sale.id], refund_of=ids[sale.refund_of] if sale.refund_of else None, **texts, **kept)


def _word(text: str | None, words: Container[str]) -> str | None:
    return text if text in words else None


def _like(sale: str, number: int) -> str:
    """A random id of the same moment; `number` keeps the order of the lead's sales."""
    return f"{sale[:_TIME_DIGITS]}{number:04x}{secrets.token_hex(8)}"


def lead_of(remains: Remains) -> ReportLead:
    """An erased lead as reports read it."""
    from_here: dict[str, Any] = {"workspace": remains.workspace, "lead": remains.id}
    return ReportLead(
        id=remains.id,
        created_at=remains.created_at,
        stage=remains.stage,
        owner=remains.owner,
        company_id=remains.company,
        is_erased=True,
        moves=[
            Move(id=f"{remains.id}:{number:04}", **from_here, **msgspec.structs.asdict(one)) for number, one in enumerate(remains.moves)
        ],
        sales=[Sale(created_at=remains.created_at, **from_here, **msgspec.structs.asdict(one)) for one in remains.sales],
        inquiries=[
            Inquiry(id=f"{remains.id}:{number:04}", due_at=one.at, created_at=one.at, **from_here, **msgspec.structs.asdict(one))
            for number, one in enumerate(remains.inquiries)
        ],
        alerts=[AlertOutcome(id=f"{remains.id}:a{number:04}", **msgspec.structs.asdict(one)) for number, one in enumerate(remains.alerts)],
        visits=[VisitFact(id=f"{remains.id}:v{number:05}", **msgspec.structs.asdict(one)) for number, one in enumerate(remains.visits)],
        mails=[MailFact(id=f"{remains.id}:m{number:05}", **msgspec.structs.asdict(one)) for number, one in enumerate(remains.mails)],
        touches=[TouchFact(**msgspec.structs.asdict(one)) for one in remains.touches],
    )
