"""Tokens: accepted only as signed, for the audience they were signed for, in one spelling."""

import json
import string
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.base.errors import BadSetting, BadToken
from tracker.links import keys as keys_module
from tracker.links import tokens, urls
from tracker.links.key_file import rotate
from tracker.links.keys import Keys

WORKSPACE, MESSAGE, SITE = "0a" * 8, "1b" * 16, "2c" * 8
ALPHABET = string.ascii_letters + string.digits + "-_.=+/~ \x00é"
hex16, hex32 = (st.binary(min_size=n, max_size=n).map(bytes.hex) for n in (8, 16))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.load(tmp_path_factory.mktemp("keys") / "signing.json")


def minted(keys: Keys) -> dict[str, tuple[str, Callable[[Keys, str], Any]]]:
    click = tokens.ClickClaims(WORKSPACE, MESSAGE, None, 3, "https://acme.example/pricing?a=1&b=ü#top")
    return {
        "open": (tokens.mint_open(keys, tokens.OpenClaims(WORKSPACE, MESSAGE)), tokens.verify_open),
        "click": (tokens.mint_click(keys, click), tokens.verify_click),
        "landing": (tokens.mint_landing(keys, tokens.LandingClaims(WORKSPACE, MESSAGE, SITE, 5)), tokens.verify_landing),
        "unsubscribe": (tokens.mint_unsubscribe(keys, tokens.UnsubscribeClaims(WORKSPACE, MESSAGE)), tokens.verify_unsubscribe),
    }


@given(hex16, hex32, st.sampled_from(["message", "share"]), st.integers(0, 65_535), st.text(max_size=300).filter(lambda t: t.isprintable()))
def test_a_click_comes_back_as_it_was(keys: Keys, workspace: str, owner: str, kind: str, link: int, rest: str) -> None:
    """Every destination comes back byte for byte, of a message's link or a share link."""
    claims = tokens.ClickClaims(
        workspace, owner if kind == "message" else None, owner if kind == "share" else None, link, f"https://{rest}"
    )

    assert claims == tokens.verify_click(keys, tokens.mint_click(keys, claims))


@given(hex16, hex32, hex16, st.integers(0, 2**63))
def test_the_other_claims_come_back_as_they_were(keys: Keys, workspace: str, owner: str, site: str, minted_at: int) -> None:
    """Ids and times survive packing."""
    opened, stopped = tokens.OpenClaims(workspace, owner), tokens.UnsubscribeClaims(workspace, owner)
    landed = tokens.LandingClaims(workspace, owner, site, minted_at)

    assert opened == tokens.verify_open(keys, tokens.mint_open(keys, opened))
    assert stopped == tokens.verify_unsubscribe(keys, tokens.mint_unsubscribe(keys, stopped))
    assert landed == tokens.verify_landing(keys, tokens.mint_landing(keys, landed))


@pytest.mark.parametrize("audience", ["open", "click", "landing", "unsubscribe"])
def test_every_single_character_change_is_refused(keys: Keys, audience: str) -> None:
    """Also those base64 spellings that would decode to the same bytes."""
    token, verify = minted(keys)[audience]
    for place in range(len(token) + 1):
        changed = {token[:place] + c + token[place + 1 :] for c in ALPHABET} | {token[:place] + c + token[place:] for c in ALPHABET}
        changed |= {token[:place] + token[place + 1 :]}
        for text in changed - {token}:
            with pytest.raises(BadToken):
                verify(keys, text)


def test_a_token_is_good_for_its_own_use_only(keys: Keys) -> None:
    """An open token is no click, an unsubscribe token no open, and so on."""
    made = minted(keys)
    for audience, (token, _) in made.items():
        for other, (_, verify) in made.items():
            if other != audience:
                with pytest.raises(BadToken) as refused:
                    verify(keys, token)
                assert refused.value.workspace == WORKSPACE


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda token: token + "x", (WORKSPACE, MESSAGE)),
        (lambda token: token[:-20], (WORKSPACE, MESSAGE)),
        (lambda token: token.partition(".")[0], (WORKSPACE, MESSAGE)),
        (lambda token: token[:40].lower() + token[40:], (None, None)),
        (lambda token: token[:30], (WORKSPACE, None)),
        (lambda token: token[:20] + "%" + token[20:], (WORKSPACE, None)),
        (lambda token: token[:5], (None, None)),
    ],
)
@pytest.mark.parametrize("audience", ["open", "click", "unsubscribe"])
def test_a_refused_token_still_names_its_message(
    keys: Keys, audience: str, spoil: Callable[[str], str], named: tuple[str | None, str | None]
) -> None:
    """Where the beginning of its text still decodes. A hint: its signature is not valid."""
    token, verify = minted(keys)[audience]
    with pytest.raises(BadToken) as refused:
        verify(keys, spoil(token))

    assert (refused.value.workspace, refused.value.message) == named


def test_a_refused_share_link_names_no_message(keys: Keys) -> None:
    """A share link's id is not taken for a message's."""
    token = tokens.mint_click(keys, tokens.ClickClaims(WORKSPACE, None, MESSAGE, 0, "https://acme.example/"))
    with pytest.raises(BadToken) as refused:
        tokens.verify_click(keys, token + "x")

    assert (refused.value.workspace, refused.value.message) == (WORKSPACE, None)


@settings(max_examples=500)
@given(st.one_of(st.text(max_size=200), st.text(alphabet=string.ascii_letters + "-_.", max_size=200), st.binary(max_size=99).map(repr)))
def test_random_text_is_no_token(keys: Keys, text: str) -> None:
    """The only result is a refusal with a short reason."""
    for _, verify in minted(keys).values():
        with pytest.raises(BadToken) as refused:
            verify(keys, text)
        assert refused.value.reason in {"shape", "signature", "too_long"}


def test_length_is_looked_at_before_anything_is_decoded(keys: Keys) -> None:
    """A megabyte is refused before it is decoded."""
    with pytest.raises(BadToken, match="too_long"):
        tokens.verify_click(keys, "A" * 1_000_000)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "ftp://x", "data:text/html,x", "HTTPS//x", ""])
def test_a_signed_destination_must_still_be_a_web_address(keys: Keys, url: str) -> None:
    """Even a signed destination is refused unless it is http or https."""
    with pytest.raises(BadToken):
        tokens.verify_click(keys, tokens.mint_click(keys, tokens.ClickClaims(WORKSPACE, MESSAGE, None, 0, url)))


def test_the_text_is_that_of_itsdangerous(keys: Keys, tmp_path: Path) -> None:
    """Another program that holds the keys can verify the tokens with the library alone."""
    own = Keys.load(tmp_path / "k.json")
    secret = json.loads((tmp_path / "k.json").read_text())[0]
    token = minted(own)["open"][0]

    assert tokens.reference_signer(secret, tokens.OPEN).unsign(token) == token.rpartition(".")[0].encode()


def test_after_a_rotation_old_links_work_and_new_ones_use_the_new_key(tmp_path: Path) -> None:
    """A running process detects a rotation by itself and never refuses a token of the newest key."""
    path = tmp_path / "k.json"
    running, old = Keys.load(path), Keys.load(path)
    before = minted(old)["click"][0]
    assert rotate(path) == 2
    after = minted(Keys.load(path))["click"][0]

    assert tokens.verify_click(running, after) == tokens.verify_click(running, before)
    assert minted(running)["click"][0] == after != before


def test_the_key_file_is_private_and_made_once(tmp_path: Path) -> None:
    """Two processes that start together use one key."""
    path = tmp_path / "keys" / "signing.json"
    first, second = Keys.load(path), Keys.load(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["signing.json"]
    assert minted(first)["open"] == minted(second)["open"]


@pytest.mark.parametrize("content", ["", "{}", "[]", '["short"]', "[1]", "\xff"])
def test_an_invalid_key_file_is_reported(tmp_path: Path, content: str) -> None:
    """A start with it fails with a message; a running process keeps the keys it knows."""
    path = tmp_path / "k.json"
    running = Keys.load(path)
    token = minted(running)["open"][0]
    path.write_text(content, "latin-1")
    with pytest.raises(BadSetting, match="SIGNING_KEYS_FILE"):
        Keys.load(path)
    assert not running.refresh()
    assert tokens.verify_open(running, token).message == MESSAGE


@pytest.mark.parametrize("content", ["", "{broken", "{}", "[]", '["short"]', "[1]", "\xff", "[" * 100_000])
def test_an_invalid_key_file_is_not_rotated(tmp_path: Path, content: str) -> None:
    """Every process would load the new file and lose the keys of all mailed links."""
    path = tmp_path / "k.json"
    running = Keys.load(path)
    token = minted(running)["open"][0]
    path.write_text(content, "latin-1")
    with pytest.raises(BadSetting, match="SIGNING_KEYS_FILE"):
        rotate(path)
    assert path.read_text("latin-1") == content
    assert not running.refresh()
    assert tokens.verify_open(running, token).message == MESSAGE
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("use", [Keys.load, rotate])
def test_unreadable_keys_are_reported(tmp_path: Path, use: Callable[[Path], object]) -> None:
    """A folder that cannot be read: for root, one with a name that no file system accepts."""
    with pytest.raises(BadSetting, match=r"SIGNING_KEYS_FILE: .* \(File name too long\)"):
        use(tmp_path / ("n" * 300) / "k.json")
    (tmp_path / "k.json").mkdir()
    with pytest.raises(BadSetting, match=r"SIGNING_KEYS_FILE: .* \(Is a directory\)"):
        use(tmp_path / "k.json")


def test_verifying_is_cheap(keys: Keys) -> None:
    """At most some tens of microseconds."""
    token = minted(keys)["click"][0]

    def hundred() -> float:
        started = time.perf_counter()
        for _ in range(100):
            tokens.verify_click(keys, token)
        return time.perf_counter() - started

    assert min(hundred() for _ in range(30)) / 100 < 100e-6
    assert keys_module._RECHECK_SECONDS == 1.0


def test_a_tracking_choice_has_its_own_audience(keys):
    """A choice token names workspace and message; it opens nothing else, and no other token is a choice."""
    claims = tokens.ChoiceClaims("00112233445566aa", "0199aabbccddeeff0011223344556677")
    choice = tokens.mint_choice(keys, claims)
    other = tokens.mint_unsubscribe(keys, tokens.UnsubscribeClaims(claims.workspace, claims.message))

    assert tokens.verify_choice(keys, choice) == claims
    for verify, token in ((tokens.verify_unsubscribe, choice), (tokens.verify_open, choice), (tokens.verify_choice, other)):
        with pytest.raises(BadToken):
            verify(keys, token)
    for appended in ("", "%27", "=3D", "&fbclid=1", "word"):
        url = urls.choice_url("https://t.example", choice) + appended
        assert urls.own(url, "https://t.example") == urls.OwnUrl("choice", choice)
