"""Confidential parts of addresses at the edge: nothing of them is in a capture, whatever snippet or program sent the event."""

import msgspec
import pytest

from tests.edge_process import SITE, WORKSPACE, batch, event
from tracker.domain.activity.capture import Capture
from tracker.domain.workspace.address_privacy import DEFAULT_WORDS
from tracker.links import tokens
from tracker.links.confidential import page_mark
from tracker.links.keys import Keys
from tracker.spool.policy import SitePolicy
from tracker.web.edge.capture import RequestFacts, request_facts
from tracker.web.edge.page_events import PageEventBatch

POLICY = SitePolicy(WORKSPACE, ("https://acme.example",))
SECRET = "Hunter2Hunter2Hunter2"
RESET = f"https://acme.example/reset/{SECRET}?token={SECRET}&utm_source=mail#/x?sid={SECRET}"
NOW = 1_790_000_000_000


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.load(tmp_path_factory.mktemp("keys") / "k.json")


def facts(**headers: str) -> RequestFacts:
    scope = {"headers": [(name.encode(), value.encode()) for name, value in headers.items()], "client": ("192.0.2.1", 1), "method": "POST"}
    return msgspec.structs.replace(request_facts(scope, ()), received=NOW)


def captures(keys: Keys, body: bytes, policy: SitePolicy = POLICY, **headers: str) -> list[Capture]:
    return PageEventBatch(body).captures(facts(**headers), policy, keys)


def test_nothing_confidential_is_captured(keys: Keys) -> None:
    """Page, referrer, targets, addresses of forms and the Referer header; campaign parameters stay."""
    body = batch(
        event("1", url=RESET, referrer=RESET),
        event("2", kind="click", url=RESET, target=f"https://u:{SECRET}@other.example/?next=%2Fr%3Fkey%3D{SECRET}"),
        event("3", kind="download", url=RESET, target=f"/files/{SECRET}.pdf"),
        event("4", kind="submit", url=RESET, target=f"/go/{SECRET}", form={"action": f"/go/{SECRET}", "fields": []}),
    )
    found = captures(keys, body, referer=RESET)

    assert SECRET not in str(found)
    assert {one.url for one in found} == {"https://acme.example/reset/…?token=…&utm_source=mail#/x?sid=…"}
    assert [one.target for one in found] == [None, "https://…@other.example/?next=…", "/files/….pdf", "/go/…"]
    assert {one.headers["referer"] for one in found} == {"https://acme.example"}


def test_a_forms_id_is_no_address(keys: Keys) -> None:
    """It identifies the form, and may have letters and digits."""
    sent = event("1", kind="submit", target="form_a1b2c3d4e5f6a7b8", form={"id": "form_a1b2c3d4e5f6a7b8", "fields": []})

    assert captures(keys, batch(sent))[0].target == "form_a1b2c3d4e5f6a7b8"


def test_the_workspace_chooses_words(keys: Keys) -> None:
    """Or none at all; an edge without a policy uses the default."""
    url = "https://acme.example/?token=a&kundeNr=b"
    body = batch(event("1", url=url))

    assert captures(keys, body, SitePolicy(WORKSPACE, confidential=("kunde",)))[0].url == "https://acme.example/?token=a&kundeNr=…"
    assert captures(keys, body, SitePolicy(WORKSPACE, confidential=None))[0].url == url
    assert captures(keys, body, SitePolicy(""))[0].url == "https://acme.example/?token=…&kundeNr=b"
    assert msgspec.json.decode(b'{"workspace": "1"}', type=SitePolicy).confidential == DEFAULT_WORDS


def test_the_page_of_a_mailed_link_stays(keys: Keys) -> None:
    """The landing token names it. Other pages of the batch, and the same page without the token, are cleaned."""
    mailed = "https://acme.example/offer/a1b2c3d4e5f6g7h8i9?key=ü"
    seen = "https://acme.example/offer/a1b2c3d4e5f6g7h8i9?key=%C3%BC"
    claims = tokens.LandingClaims(WORKSPACE, "11" * 16, SITE, NOW, page_mark(mailed))
    events = (event("1", url=seen), event("2", url=RESET, referrer=seen))
    first, second = captures(keys, batch(*events, ll=tokens.mint_landing(keys, claims)))
    later = captures(keys, batch(event("3", url=seen)))

    assert first.url == seen
    assert (second.url or "").startswith("https://acme.example/reset/…")
    assert second.referrer == later[0].url == "https://acme.example/offer/…?key=…"


def test_landing_tokens_of_earlier_versions_are_valid(keys: Keys) -> None:
    """They name no page."""
    old = tokens.LandingClaims(WORKSPACE, "11" * 16, SITE, NOW)
    token = tokens.mint_landing(keys, old)

    assert tokens.verify_landing(keys, token) == old
    assert captures(keys, batch(event("1"), ll=f"{token}%27"))[0].landing == old.click
