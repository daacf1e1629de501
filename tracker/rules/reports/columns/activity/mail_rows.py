"""Reactions to messages, and what campaigns led to; the definitions are in `mail_metrics`."""

from collections.abc import Mapping

import numpy as np

from tracker.rules.reports.activity.mail_metrics import OUTCOMES, WITHIN, WON
from tracker.rules.reports.columns.activity.visit_rows import weeks_of
from tracker.rules.reports.columns.lead_rows import wins
from tracker.rules.reports.columns.rows import Rows
from tracker.rules.reports.columns.tables import NEVER, Array
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group

_WITHIN_MS = round(WITHIN.total_seconds() * 1000)


def opened(view: View, period: Period) -> Rows:
    """Messages with a pixel that were sent in the period; hits were opened by a person."""
    return _reactions(view, period, "has_pixel", "opened", "any_opened")


def clicked(view: View, period: Period) -> Rows:
    """Messages with a tracked link that were sent in the period; hits were clicked by a person."""
    return _reactions(view, period, "has_link", "clicked", "any_clicked")


def visited(view: View, period: Period) -> Rows:
    """The same; hits led to a page view."""
    return _reactions(view, period, "has_link", "visited", "visited")


def _reactions(view: View, period: Period, population: str, reaction: str, by_any: str) -> Rows:
    its = view.tables.mails
    row = np.flatnonzero(view.visible[its["lead"]] & its[population] & view.holds(period, its["sent"]))
    hit = its[reaction][row] <= view.now
    automatic = ~hit & (its[by_any][row] <= view.now)
    return Rows(tables=view.tables, table="mails", row=row, lead=its["lead"][row], own=_own(view, row), hit=hit, automatic=automatic)


def _own(view: View, row: Array) -> Mapping[Group, Array]:
    its = view.tables.mails
    return {Group.WEEK: weeks_of(view, its["sent"][row]), Group.CAMPAIGN: its["campaign"][row], Group.REP: its["sender"][row]}


def campaign_success(view: View, period: Period) -> Rows:
    """Messages of campaigns that were sent in the period, with what followed within 30 days by now."""
    its = view.tables.mails
    row = np.flatnonzero(view.visible[its["lead"]] & (its["campaign"] >= 0) & view.holds(period, its["sent"]))
    latest = np.minimum(its["sent"][row] + _WITHIN_MS, view.now)
    found = {name: its[name][row] <= latest for name in OUTCOMES if name != WON}
    found[WON] = _won_by(view)[row]
    return Rows(tables=view.tables, table="mails", row=row, lead=its["lead"][row], own=_own(view, row), outcomes=found)


def _won_by(view: View) -> Array:
    """Which messages were the last ones of their campaign before a win."""
    its, steps = view.tables.mails, view.tables.steps
    found = np.zeros(len(its["lead"]), dtype=bool)
    won = wins(view)
    first, end = (np.searchsorted(its["lead"], steps["lead"][won], side=side) for side in ("left", "right"))
    times = end - first
    win = np.repeat(np.arange(len(won)), times)
    mail = np.repeat(first, times) + np.arange(len(win)) - np.repeat(np.cumsum(times) - times, times)
    at, sent = steps["at"][won][win], its["sent"][mail]
    kept = (its["campaign"][mail] >= 0) & (sent <= at) & (at <= np.minimum(sent, NEVER - _WITHIN_MS) + _WITHIN_MS)
    win, mail = win[kept], mail[kept]
    ordered = np.lexsort((mail, its["campaign"][mail], win))
    pair = np.stack([win[ordered], its["campaign"][mail[ordered]]])
    is_last = np.ones(len(ordered), dtype=bool)
    is_last[:-1] = (pair[:, 1:] != pair[:, :-1]).any(axis=0)
    found[mail[ordered[is_last]]] = True
    return found
