"""Confidential parts of addresses in the console: the setting, what the edge is told of it, and the replay of such a page."""

from collections.abc import Callable

import pytest

from tests.console.conftest import Browser, Office
from tracker.actions.deps import Deps
from tracker.actions.workspace import workspaces
from tracker.actions.workspace.edge_policy import policy_of
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.address_privacy import DEFAULT_WORDS

SignIn = Callable[[Rep], Browser]


def told(deps: Deps) -> list[tuple[str, ...] | None]:
    """The words that the edge and the snippet get, of all sites."""
    return [site.confidential for site in policy_of(deps.store.workspaces.all()).sites.values()]


def test_the_removal_is_on_until_an_admin_changes_it(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Words in any form of list; without the check mark nothing is removed, and the words are kept."""
    workspaces.add_site(deps, office.workspace.id, name="Site", origins=["https://us.example"])
    browser = signed_in(office.admin)
    page = browser.get("/settings/privacy").text
    assert told(deps) == [DEFAULT_WORDS]
    assert 'name="is_on" value="yes" checked' in page
    assert "token, accesstoken," in page

    answer = browser.post("/settings/privacy/addresses", {"is_on": "yes", "words": "Token, kunde\nSCHLÜSSEL; token 2"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings/privacy#addresses")
    assert told(deps) == [("token", "kunde", "schlüssel")]
    browser.post("/settings/privacy/addresses", {"words": "token"})
    assert told(deps) == [None]
    assert deps.store.workspaces.get(office.workspace.id).address_privacy.words == ("token",)


@pytest.mark.parametrize("words", ["x" * 41, " ".join("abcdefghijklmnopqrstuvwxyz"[i % 26] * (i // 26 + 1) for i in range(201))])
def test_too_many_or_too_long_words_are_refused(signed_in: SignIn, office: Office, deps: Deps, words: str) -> None:
    """The former words stay."""
    browser = signed_in(office.admin)
    browser.get("/settings/privacy")
    browser.post("/settings/privacy/addresses", {"is_on": "yes", "words": words})

    assert deps.store.workspaces.get(office.workspace.id).address_privacy.words == DEFAULT_WORDS
