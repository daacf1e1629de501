"""What the lead that is kept takes over from the one that is merged with it, and how that is taken back. Pure.

Values that are taken over are remembered with the merge (domain.duplicates.merge), so that its undo restores what was there before, but for
values that were edited since: those stay.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from tracker.domain.duplicates.merge import MergedValues
from tracker.domain.leads.lead import Lead

CUSTOM = "fields."
FIELDS = (
    *("name", "company", "phone", "job_title", "country", "timezone", "source", "owner", "value", "buying_role", "need", "timeline"),
    *("referred_by", "external_url"),
)
"""Fields of which one value is kept, besides custom fields; the address and its consent are not among them: both addresses stay."""
_WITH = {"company": ("company_id",), "source": ("source_detail",), "owner": ("owner_since",)}
"""Fields that follow another one."""
SETS = ("tags", "categories", "dated_facts")
"""Fields of which all values are kept."""
_BORN, _STAGE = "created_at", ("stage", "stage_since", "lost_reason")


def stored(value: object) -> Any:
    """A value as documents hold it: tuples as lists."""
    found = msgspec.to_builtins(value, builtin_types=(datetime,))
    if isinstance(found, dict):
        return {name: stored(one) for name, one in found.items()}
    return [stored(one) for one in found] if isinstance(found, list | tuple) else found


def value_of(lead: Lead, name: str) -> Any:
    """The value of a field or custom field (`fields.NAME`); None for one without a value. A name that is the address is none."""
    if name.startswith(CUSTOM):
        return lead.fields.get(name.removeprefix(CUSTOM))
    value = stored(getattr(lead, name))
    return None if value == "" or (name == "name" and value in (lead.email, "Unknown")) else value


def choices(kept: Lead, other: Lead) -> list[str]:
    """The fields in which the two differ and both have a value, in their order: a person chooses between them."""
    custom = [f"{CUSTOM}{name}" for name in sorted(kept.fields.keys() & other.fields.keys())]
    both = [(name, value_of(kept, name), value_of(other, name)) for name in (*FIELDS, *custom)]
    return [name for name, one, another in both if one is not None and another is not None and one != another]


def taken_over(kept: Lead, other: Lead, at: datetime, chosen: Iterable[str] = ()) -> MergedValues:
    """What `kept` takes over: values of fields without one, those of the `chosen` fields, and all of `SETS`."""
    names = [*FIELDS, *(f"{CUSTOM}{name}" for name in sorted(other.fields))]
    wanted = set(chosen)
    filled = [n for n in names if value_of(other, n) is not None and (n in wanted or value_of(kept, n) is None)]
    filled = [n for n in filled if value_of(kept, n) != value_of(other, n)]
    paths = [path for name in filled for path in (name, *_WITH.get(name, ()))]
    values = {path: _raw(other, path) for path in paths} | {name: stored(getattr(other, name)) for name in SETS}
    former = {path: _raw(kept, path) for path in paths} | {name: stored(getattr(kept, name)) for name in SETS}
    values |= {name: stored(getattr(other, name)) for name in (_BORN, *_STAGE)}
    former |= {name: own_value(kept, name) for name in (_BORN, *_STAGE)}
    return MergedValues(lead=other.id, at=at, values=values, former=former, chosen=tuple(name for name in filled if name in wanted))


def own_value(lead: Lead, name: str) -> Any:
    """`created_at`, `stage`, `stage_since` or `lost_reason` of the lead, as it was before the first merge."""
    return lead.merged_values[0].former[name] if lead.merged_values else stored(getattr(lead, name))


def values_with(kept: Lead, taken: MergedValues) -> dict[str, Any]:
    """The values to set on `kept`, with the record of what it took over. The stage follows from the moves: see `stage_without_moves`."""
    plain = [name for name in taken.values if name not in (*SETS, _BORN, *_STAGE)]
    values = {name: taken.values[name] for name in plain if not name.startswith(CUSTOM)}
    custom = {name.removeprefix(CUSTOM): taken.values[name] for name in plain if name.startswith(CUSTOM)}
    if custom:
        values["fields"] = dict(kept.fields) | custom
    for name in SETS:
        own = stored(getattr(kept, name))
        if added := [one for one in taken.values[name] if one not in own]:
            values[name] = [*own, *added]
    merged = (*kept.merged_values, taken)
    return values | {"merged_values": stored(merged), _BORN: _born(kept, merged)}


def values_without(kept: Lead, lead: str) -> dict[str, Any]:
    """The values to set on `kept` so that nothing is left of what it took over from that lead, but for what was edited since."""
    place = next((n for n, one in enumerate(kept.merged_values) if one.lead == lead), None)
    if place is None:
        return {}
    taken, later = kept.merged_values[place], list(kept.merged_values[place + 1 :])
    values: dict[str, Any] = {}
    fields = dict(kept.fields)
    for name in [name for name in taken.values if name not in (*SETS, _BORN, *_STAGE)]:
        mine, before = taken.values[name], taken.former.get(name)
        after = next((n for n, one in enumerate(later) if name in one.values), None)
        if after is not None:
            later[after] = _with_former(later[after], name, before) if later[after].former.get(name) == mine else later[after]
        elif name.startswith(CUSTOM) and fields.get(name.removeprefix(CUSTOM)) == mine:
            fields = {key: one for key, one in (fields | {name.removeprefix(CUSTOM): before}).items() if one is not None}
        elif not name.startswith(CUSTOM) and stored(getattr(kept, name)) == mine:
            values[name] = before
    if fields != kept.fields:
        values["fields"] = fields
    left = [*kept.merged_values[:place], *later]
    for name in SETS:
        gone = [one for one in taken.values[name] if one not in taken.former[name]]
        left = [*left[:place], *(_with_former(o, name, [e for e in o.former[name] if e not in gone]) for o in left[place:])]
        others = [one for rest in left for one in rest.values[name]]
        own = stored(getattr(kept, name))
        if (still := [one for one in own if one not in gone or one in others]) != own:
            values[name] = still
    own_born = own_value(kept, _BORN)
    values |= {name: own_value(kept, name) for name in _STAGE}
    return values | {"merged_values": stored(left), _BORN: min([own_born, *(one.values[_BORN] for one in left)])}


def stage_without_moves(lead: Lead, merged: Iterable[MergedValues]) -> dict[str, Any]:
    """The stage in which the earliest of the leads was created, where none of them ever moved."""
    own = {name: own_value(lead, name) for name in (_BORN, *_STAGE)}
    first = min([own, *(one.values for one in merged)], key=lambda values: values[_BORN])
    return {name: first[name] for name in _STAGE}


def _born(kept: Lead, merged: Iterable[MergedValues]) -> datetime:
    found: datetime = min([own_value(kept, _BORN), *(one.values[_BORN] for one in merged)])
    return found


def _with_former(taken: MergedValues, name: str, value: Any) -> MergedValues:
    former: Mapping[str, Any] = taken.former
    return msgspec.structs.replace(taken, former={**former, name: value})


def _raw(lead: Lead, path: str) -> Any:
    return lead.fields.get(path.removeprefix(CUSTOM)) if path.startswith(CUSTOM) else stored(getattr(lead, path))
