"""The filters of a report on its page: those that apply, each with a link without it, and those that can be added."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import request

from tracker.actions.leads.lists import visible_list, visible_lists
from tracker.actions.reports.labels import labels_of
from tracker.actions.reports.period_reports import Answer
from tracker.rules.reports.records import Group
from tracker.web.console.auth import current_user, deps, workspace_store

_OFFERED = (Group.SOURCE, Group.TEAM, Group.COUNTRY, Group.INDUSTRY, Group.TAG, Group.STAGE)
_OF_SALES = (Group.PRODUCT, Group.CURRENCY, Group.KIND)
_OWN = {
    "sales": _OF_SALES,
    "revenue-per-customer": _OF_SALES,
    "alert-usefulness": (Group.RULE,),
    "visits": (Group.KIND, Group.LANDING),
    "campaign-success": (Group.CAMPAIGN, Group.OUTCOME),
}
_OF_REPS = (Group.OWNER, Group.REP)
_MOST_VALUES = 200
ALL = " "
"""What a choice has while nothing is chosen: no value of a lead is blank, and a dash is one in many imported files."""


@dataclass(frozen=True, slots=True)
class ShownFilter:
    """A filter that applies."""

    label: str
    without: str
    """The page's query without it."""


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A filter that can be added: its name, as the query has it and in words, and value and label of what it offers."""

    name: str
    label: str
    values: list[tuple[str, str]]


def given_filters() -> dict[Group, str | None]:
    """The filters of the query string; an empty one stands for no value, a blank for none chosen."""
    return {Group(key): value or None for key, value in request.args.items() if key in set(Group) and value != ALL}


def shown_filters(found: Answer) -> list[ShownFilter]:
    """Those that apply, in words."""
    return [
        ShownFilter(
            f"{group_name(group)}: {_value(found, group, value)}",
            _without(group),
        )
        for group, value in given_filters().items()
    ]


def _value(found: Answer, group: Group, value: str | None) -> str:
    if group is Group.LIST:
        return visible_list(deps(), current_user().viewer, value).name if value else "–"
    return _label(labels_of(workspace_store(), replace(found, group=group)), value)


def group_name(group: Group) -> str:
    """A group in words."""
    return "First page" if group is Group.LANDING else group.value.replace("_", " ").capitalize()


def filter_choices(name: str, found: Answer) -> list[FilterChoice]:
    """What is counted now can be narrowed down to; nothing for a group with a single value."""
    groups = [*_OFFERED, *_OWN.get(name, ()), *(_OF_REPS if current_user().workspace.policy.rep_figures else ())]
    given = given_filters()
    choices = [_choice(replace(found, group=group)) for group in groups if group not in given]
    choices = [choice for choice in choices if len(choice.values) > 1]
    return choices if Group.LIST in given else [*choices, _lists()]


def _lists() -> FilterChoice:
    return FilterChoice(
        Group.LIST.value, group_name(Group.LIST), [(one.id, one.name) for one in visible_lists(deps(), current_user().viewer)]
    )


def _choice(found: Answer) -> FilterChoice:
    labels = labels_of(workspace_store(), found, most=_MOST_VALUES)
    keys = [key for key, _ in found.report.items[:_MOST_VALUES]]
    return FilterChoice(found.group.value, group_name(found.group), [(key or "", _label(labels, key)) for key in keys])


def _label(labels: Mapping[str | None, str], key: str | None) -> str:
    return (labels.get(key) or key) if key else "(none)"


def _without(group: Group) -> str:
    return urlencode([(key, value) for key, value in request.args.items(multi=True) if key != group.value])
