"""The keys of international addresses after an upgrade: equal pairs are kept, listed and left alone."""

import pytest

from tests.console.conftest import make_office
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.base.errors import Conflict
from tracker.domain.leads.lead import Lead
from tracker.store.address_keys import EqualAddresses, equal_addresses, renew_address_keys


def lead_with_old_key(deps: Deps, workspace: str, email: str, key: str) -> Lead:
    """A lead as an earlier version stored it."""
    made = leads.add_lead(deps, workspace, email=f"{len(email)}-{len(key)}@old.example", name=email)
    deps.store.database.leads.update_one({"_id": f"{workspace}:{made.id}"}, {"$set": {"email": email, "keys.email": key}})
    return deps.store.of(workspace).leads.get(made.id)


def test_equal_pairs_are_kept_and_listed(deps: Deps) -> None:
    """The lead in the present form is found by both spellings; the other stays, and may be changed and given another address."""
    ws = make_office(deps, "Northbeam").workspace.id
    here = deps.store.of(ws).leads
    present = leads.add_lead(deps, ws, email="dana@xn--bcher-kva.example", name="Dana")
    pair = lead_with_old_key(deps, ws, "dana@bücher.example", "dana@bücher.example")
    alone = lead_with_old_key(deps, ws, "kim@straße.example", "kim@strasse.example")
    other = leads.add_lead(deps, ws, email="kim@strasse.example.org", name="Kim")
    for _ in range(2):
        renew_address_keys(deps.store)

    assert equal_addresses(deps.store) == [EqualAddresses(ws, "lead", pair.id, present.id)]
    assert here.by_email("Dana@BÜCHER.example") == present
    assert here.by_email("kim@straße.example") == alone
    assert here.by_email("kim@strasse.example") is None
    assert here.get(other.id) == other
    assert here.change(pair.id, name="Dana B.").name == "Dana B."
    here.change(pair.id, email="dana@other.example")
    assert equal_addresses(deps.store) == []


def test_a_second_lead_with_an_equal_address_is_refused(deps: Deps) -> None:
    """Whichever spelling came first; `ß` and `ss` are two domains."""
    ws = make_office(deps, "Northbeam").workspace.id
    leads.add_lead(deps, ws, email="dana@bücher.example", name="Dana")
    with pytest.raises(Conflict):
        leads.add_lead(deps, ws, email="DANA@xn--bcher-kva.example", name="Dana")
    leads.add_lead(deps, ws, email="kim@straße.example", name="Kim")
    leads.add_lead(deps, ws, email="kim@strasse.example", name="Kim")
