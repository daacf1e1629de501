"""The tracking-choice page at the edge: a page that changes nothing, and a choice that is committed before it is answered."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.edge_process import MESSAGE, SITE, WORKSPACE, EdgeProcess
from tests.ports import free_ports
from tracker.base.languages import LANGUAGES, preferred
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.leads.consent_text import company_words, text_in
from tracker.domain.mail.unsubscribe_text import unsubscribe_text
from tracker.links import tokens, urls
from tracker.spool import policy


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    """One edge for all tests of this module."""
    made = EdgeProcess(free_ports(6), tmp_path_factory.mktemp("edge") / "var")
    yield made
    made.stop()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """A client without redirects."""
    with httpx.Client(timeout=60) as made:
        yield made


def choice(edge: EdgeProcess) -> str:
    """The address in a tracked mail."""
    return urls.choice_url(edge.url, tokens.mint_choice(edge.keys, tokens.ChoiceClaims(WORKSPACE, MESSAGE)))


def test_looking_at_the_page_changes_nothing(edge: EdgeProcess, client: httpx.Client) -> None:
    """GET and HEAD store nothing; two equal buttons; the company's name is text; no script, no cookie, a strict policy."""
    before = len(edge.captures())
    page, head = client.get(choice(edge)), client.head(choice(edge))

    assert (page.status_code, head.status_code, len(edge.captures())) == (200, 200, before)
    assert "Acme &lt;Tools&gt; would like to see" in page.text
    assert page.text.count("<button") == 2
    assert '<html lang="en">' in page.text
    assert "<script" not in page.text
    assert "set-cookie" not in page.headers
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert (page.headers["vary"], "no-store" in page.headers["cache-control"]) == ("accept-language", True)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"choice=refused", "refused"),
        (b"choice=granted", "granted"),
        (b"choice=grant", "granted"),
        (b"", "refused"),
        (b"List-Unsubscribe=One-Click", "refused"),
        (b"choice=granted&choice=refused", "refused"),
        (b"\xff\xfe", "refused"),
        (b"x" * 70_000, "refused"),
        (b"a=1&" * 900 + b"choice=granted", "refused"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_choice_is_committed_with_what_was_shown(edge: EdgeProcess, client: httpx.Client, body: bytes, kept: str) -> None:
    """Only a clear yes allows tracking; mail goes on, which the page says."""
    before = len(edge.captures())
    done = client.post(choice(edge), content=body, headers={"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "de"})

    assert done.status_code == 200
    assert ("Tracking ist aus" if kept == "refused" else "Tracking ist erlaubt") in done.text
    (found,) = edge.captures()[before:]
    assert (found.kind, found.workspace, found.message, found.choice) == (CaptureKind.TRACKING, WORKSPACE, MESSAGE, kept)
    assert found.wording is not None
    assert found.wording.startswith("Acme <Tools> möchte sehen")


def test_seven_languages_by_the_browser(edge: EdgeProcess, client: httpx.Client) -> None:
    """Each page is complete in its language; another language gets English."""
    for language in LANGUAGES:
        words = text_in(language)
        page = client.get(choice(edge), headers={"Accept-Language": f"xx, {language.upper()}-XX;q=0.8, en;q=0.1"})
        assert f'<html lang="{language}">' in page.text
        for part in (words.title, words.note, words.refuse, words.grant):
            assert part in page.text
        assert "{company}" not in page.text
    assert '<html lang="en">' in client.get(choice(edge), headers={"Accept-Language": "ja"}).text


def test_own_wording_is_shown_as_text(edge: EdgeProcess, client: httpx.Client) -> None:
    """The company's own text replaces the standard one and is no markup."""
    known = policy.WorkspacePolicy("Acme", "https://acme.example/", "<b>{company}</b> asks {0}")
    policy.write(policy.Policy({WORKSPACE: known}, {SITE: policy.SitePolicy(WORKSPACE)}), policy.path_of(edge.settings))
    try:
        until = [client.get(choice(edge)).text for _ in range(200)]
        assert any("<p>&lt;b&gt;Acme&lt;/b&gt; asks {0}</p>" in text for text in until)
    finally:
        edge.write_policy(())


def test_own_texts_go_by_language(edge: EdgeProcess, client: httpx.Client) -> None:
    """On the choice and the unsubscribe page: the language's own text, then that for all others, then the standard text; never markup."""
    texts = {"choice": {"de": "<i>{company}</i> fragt"}, "unsubscribe": {"fr": "Stop <b>{company}</b>", "": "Leave {company}"}}
    known = policy.WorkspacePolicy("Acme", "https://acme.example/", "Own {company}", texts)

    def shown(url: str, language: str) -> str:
        return client.get(url, headers={"Accept-Language": language}).text

    policy.write(policy.Policy({WORKSPACE: known}, {SITE: policy.SitePolicy(WORKSPACE)}), policy.path_of(edge.settings))
    try:
        assert any("<p>&lt;i&gt;Acme&lt;/i&gt; fragt</p>" in shown(choice(edge), "de") for _ in range(200))
        assert "<p>Own Acme</p>" in shown(choice(edge), "it")
        assert "<p>Stop &lt;b&gt;Acme&lt;/b&gt;</p>" in shown(edge.unsubscribe(), "fr")
        assert "<p>Leave Acme</p>" in shown(edge.unsubscribe(), "en")
    finally:
        edge.write_policy(())


def test_the_unsubscribe_page_has_seven_languages(edge: EdgeProcess, client: httpx.Client) -> None:
    """Complete in each; the answer too."""
    for language in LANGUAGES:
        words, headers = unsubscribe_text(language), {"Accept-Language": language}
        asked, done = client.get(edge.unsubscribe(), headers=headers), client.post(edge.unsubscribe(), headers=headers)
        for page, parts in ((asked, (words.title, words.button)), (done, (words.done_title,))):
            assert f'<html lang="{language}">' in page.text
            assert "{company}" not in page.text
            assert all(part in page.text for part in parts)


def test_other_tokens_and_methods_choose_nothing(edge: EdgeProcess, client: httpx.Client) -> None:
    """An unsubscribe token, a cut token and other methods store no choice; an opt-out stays a different thing."""
    before = len([c for c in edge.captures() if c.kind is CaptureKind.TRACKING])
    swapped = edge.unsubscribe().replace("/u/", "/p/")
    assert client.post(swapped).status_code == 404
    assert client.post(choice(edge)[:-3]).status_code == 404
    assert client.post(choice(edge).replace("/p/", "/u/")).status_code == 404
    assert client.put(choice(edge)).status_code == 405
    assert client.options(choice(edge)).headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert len([c for c in edge.captures() if c.kind is CaptureKind.TRACKING]) == before


def test_a_choice_that_is_not_committed_is_not_confirmed(tmp_path: Path, client: httpx.Client) -> None:
    """503 with the same two buttons, so that the lead can try again; the choice is kept once the spool works."""
    made = EdgeProcess(free_ports(6), tmp_path / "var")
    made.settings.spool_dir.rename(tmp_path / "away")
    made.settings.spool_dir.write_text("no folder")
    failed = client.post(choice(made), headers={"Accept-Language": "fr"})
    assert (failed.status_code, failed.headers["retry-after"]) == (503, "60")
    assert "Non enregistré" in failed.text
    made.settings.spool_dir.unlink()
    assert client.post(choice(made)).status_code == 200
    made.stop()

    assert [(c.kind, c.choice) for c in made.captures()] == [(CaptureKind.TRACKING, "refused")]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("ja,fr;q=0.2,nl;q=0.5", "nl"),
        ("en;q=0,pt-BR", "pt"),
        ("*", "en"),
        ("it;q=abc, es;q=0.1", "es"),
        (",,;q=1,de;q=", "en"),
        ("x," * 500 + "de", "en"),
    ],
)
def test_the_preferred_language(header: str, language: str) -> None:
    """RFC 9110, 12.5.4: by weight, then by order; what cannot be read does not count."""
    assert preferred(header) == language


def test_texts_are_complete_and_plain() -> None:
    """Every language has every text, names the company, and holds no markup and no label of a lead."""
    for language in LANGUAGES:
        words = text_in(language)
        values = [getattr(words, name) for name in words.__struct_fields__]
        assert all(values)
        assert not any("<" in value for value in values)
        for text in (words.explanation, words.refused, words.granted):
            assert "A{b}" in company_words(text, "A{b}")
