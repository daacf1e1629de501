"""Rewriting a message: links become tracked ones, and every other byte stays."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.base.errors import Invalid
from tracker.links.html_tokens import Tag, decode_text, decode_value, tokens
from tracker.links.pixel import insert_pixel
from tracker.links.rewrite import MOST_LISTED, MOST_TRACKED, REASONS, OwnLinks, rewrite

EDGE = "https://go.acme.example"


def track(index: int, _url: str) -> str:
    return f"{EDGE}/c/T{index}"


def unwrap(token: str) -> str | None:
    return "https://acme.example/old?a=1&b=2" if token == "good.token" else None


ODD = (
    *("https://x.example/a\nb", "https://x.example/\ta", "ht\ntps://x.example/", "https://x.example/a\u00a0", "https:/x.example/a"),
    *("https:x.example/a", "https://x.example:/a", "https://x.example?@name", "https://x.example/?path=C:\\dir", "https://u:p@x.example/"),
    *(
        "http://https://x.example/",
        "https://*.x.example/",
        "https://[2001:db8::1]/",
        "https://x.example/a&#11;b",
        "https://x.example/a&#xb;b",
    ),
)
OWN_LINKS = OwnLinks(EDGE, unwrap, frozenset({f"{EDGE}/u/mine"}))


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ('"https://a.example/?x=1&amp;y=2"', "https://a.example/?x=1&y=2"),
        ('"https://a.example/?x=1&amp;amp;y=2"', "https://a.example/?x=1&amp;y=2"),
        ('"https://a.example/?x=1&copy=2&lt=3"', "https://a.example/?x=1&copy=2&lt=3"),
        ("'https://a.example/?q=\"x\"'", 'https://a.example/?q="x"'),
        ("https://a.example/?x=1&y=2", "https://a.example/?x=1&y=2"),
        ('" https://a.example/&#x2F;b&#38;c\n"', "https://a.example//b&c"),
        ('"https://a.example/ü?{}!*,@#é"', "https://a.example/ü?{}!*,@#é"),
    ],
)
def test_the_destination_is_what_the_browser_would_open(written: str, seen: str) -> None:
    """References are resolved once, quotes or none."""
    html, links = rewrite(f"<p><A class=x HREF={written} id=y>Go</A>", track)

    assert [link.url for link in links] == [seen]
    assert html == f'<p><A class=x HREF="{EDGE}/c/T0" id=y>Go</A>'


@pytest.mark.parametrize(
    "left",
    [
        '<a href="mailto:dana@acme.example">mail</a>',
        "<a href='tel:+123'>call</a><a href=sms:1>sms</a><a href='#top'>up</a><a name=x>anchor</a>",
        '<a href="/relative">r</a><a href="//other.example/x">protocol-relative</a><a href="">e</a>',
        '<a href="{{unsubscribe}}">u</a><a href="*|LINK|*">m</a>',
        "<!-- <a href='https://a.example'>x</a> --><script>'<a href=\"https://a.example\">'</script>",
        "<style>a[href='https://a.example']{}</style><textarea><a href='https://a.example'></textarea>",
        "<a href='https://a.example",
        "1 < 2 <3 </> <!doctype x> <?php <a href=https://x ?> &amp; <b",
        "<!--[if mso]><v:roundrect href='https://a.example<![endif]-->",
        "<!--[if mso]><link href='https://a.example'><v:fill src='https://a.example/x.png'><![endif]--><!--[if x <a href='https://a.example'>-->",
    ],
)
def test_what_is_no_web_link_stays_to_the_byte(left: str) -> None:
    """Only http and https links in a and area are tracked."""
    assert rewrite(left, track, OWN_LINKS) == (left, [])


@pytest.mark.parametrize(
    ("anchor", "reason"),
    [
        ('<a href="https://a.example/x">https://a.example/x</a>', "text_is_address"),
        ('<a href="https://www.a.example/x"><b>a.example</b></a>', "text_is_address"),
        ('<a href="https://a.example/x">www.other.example</a>', "text_is_address"),
        ('<a href="https://a.example/{{name}}">x</a>', "merge_tag"),
        ('<a href="https://user@a.example/">x</a>', "bad_address"),
        ('<a href="http://127.1/">x</a>', "bad_address"),
        *((f'<a href="{odd}">x</a>', "bad_address") for odd in ODD),
        ('<a href="javascript:void(0)">x</a>', "not_web"),
        ('<a href=" java&#10;script:x">x</a>', "not_web"),
        ('<a data-x href="data:text/html,x">x</a>', "not_web"),
    ],
)
def test_some_links_stay_and_say_why(anchor: str, reason: str) -> None:
    """The rep sees the reason beside the link."""
    html, links = rewrite(anchor, track)

    assert html == anchor
    assert [(link.tracked_url, link.reason) for link in links] == [(None, reason)]
    assert reason in REASONS


@pytest.mark.parametrize("marker", ["data-no-track", 'data-no-track="1"', 'clicktracking="off"', "CLICKTRACKING=off"])
def test_a_marked_link_stays_and_loses_its_mark(marker: str) -> None:
    """App links do not work behind a redirect; the marker is for Leadlight alone."""
    html, links = rewrite(f'<a class="x" {marker} href="https://a.example/">x</a>', track)

    assert html == '<a class="x" href="https://a.example/">x</a>'
    assert links[0].reason == "marked"


def test_a_link_that_would_be_too_long_stays() -> None:
    """With the reason: `make_link` refuses, or the result is too long."""

    def refuse(_index: int, _url: str) -> str:
        raise Invalid("url", "too long")

    for make in (refuse, lambda _i, _u: "x" * 2_001):
        html, links = rewrite('<a href="https://a.example/">x</a>', make)
        assert (html, links[0].reason) == ('<a href="https://a.example/">x</a>', "too_long")
    assert rewrite('<a href="https://a.example/">x</a>', lambda _i, _u: None)[1][0].reason == "declined"


def test_quoted_history_loses_our_traces() -> None:
    """Old pixels are removed; old links are tracked again with their real destination; another message's unsubscribe link is removed."""
    quoted = (
        f'<img src="{EDGE}/o/x.y.gif" width=1><a href="{EDGE}/c/good.token">Old</a><a href="{EDGE}/c/bad">Bad</a>'
        f'<a href="{EDGE}/u/theirs">Stop</a><a href="{EDGE}/u/mine">Stop</a><img src="https://a.example/o/x.gif">'
    )
    html, links = rewrite(quoted, track, OWN_LINKS)

    assert html == (
        f'<a href="{EDGE}/c/T0">Old</a><a href="{EDGE}/c/bad">Bad</a>'
        f'<a href="#">Stop</a><a href="{EDGE}/u/mine">Stop</a><img src="https://a.example/o/x.gif">'
    )
    assert [link.url for link in links] == ["https://acme.example/old?a=1&b=2"]
    untracked, _ = rewrite(quoted, lambda _i, _u: None, OWN_LINKS)
    assert '<a href="https://acme.example/old?a=1&amp;b=2">Old</a>' in untracked


def test_a_label_is_what_the_reader_sees() -> None:
    """Text with its blanks folded, the alt text where there is no text, eighty characters at most."""
    html = (
        '<a href="https://a.example/1">Our <b>new</b>\n pricing &amp; terms</a><a href="https://a.example/2"><img alt="Big button"></a>'
        f'<map><area href="https://a.example/3" alt="Map"></map><a href="https://a.example/4">{"word " * 40}</a>'
    )
    labels = [link.label for link in rewrite(html, track)[1]]

    assert labels[:3] == ["Our new pricing & terms", "Big button", "Map"]
    assert len(labels[3]) <= 80


@pytest.mark.parametrize(
    ("written", "url", "label"),
    [
        (
            '<!--[if mso]><v:roundrect xmlns:v="v" href="{}"><center>Buy &amp; go</center></v:roundrect><![endif]-->',
            "https://a.example/1",
            "Buy & go",
        ),
        ("<!--[if (gte mso 9)|(IE)]><a href='{}'>Buy</a><![endif]-->", "https://a.example/1", "Buy"),
        ('<!--[if mso]><table><tr><td><a href="{}">Buy<![endif]-->', "https://a.example/1", "Buy"),
        ('<v:rect href="{}">Buy</v:rect>', "https://a.example/1", "Buy"),
    ],
)
def test_links_that_only_outlook_shows_are_tracked(written: str, url: str, label: str) -> None:
    """Conditional comments and VML; every byte beside the address stays, and texts beside the comment keep their own label."""
    html, links = rewrite(f'<a href="https://a.example/0">Zero {written.format(url)}</a>', track)

    assert html.replace('"', "'") == f'<a href="{EDGE}/c/T0">Zero {written.format(f"{EDGE}/c/T1")}</a>'.replace('"', "'")
    assert [(link.url, link.label) for link in links][1] == (url, label)


def test_merge_tags_are_an_address_where_we_send_it() -> None:
    """Another program would fill them; ours never does."""
    for url in ("https://a.example/?filter[[a]]=1", "https://a.example/?q=${id}", "https://a.example/%%x%%", "https://a.example/{{x}}"):
        assert rewrite(f'<a href="{url}">x</a>', track)[1][0].reason == "merge_tag"
        assert rewrite(f'<a href="{url}">x</a>', track, merge_tags=False)[1][0].url == url


def test_of_very_many_links_the_first_are_tracked() -> None:
    """None is dropped from the message; the list of links ends somewhere."""
    html, links = rewrite('<a href="https://a.example/">x</a>' * (MOST_LISTED + 1), track)

    assert html.count("/c/T") == MOST_TRACKED
    assert html.count("https://a.example/") == MOST_LISTED + 1 - MOST_TRACKED
    assert [link.reason for link in links] == [None] * MOST_TRACKED + ["too_many"] * (MOST_LISTED - MOST_TRACKED)


@given(st.text(alphabet="<>a /='\"!-hrefb&;\n", max_size=60))
def test_text_without_web_links_is_never_changed(source: str) -> None:
    """With any markup, everything that is not rewritten stays unchanged, and the tokenizer reaches the end."""
    assert rewrite(source, track) == (source, [])
    assert all(token.start <= token.end <= len(source) for token in tokens(source))


class _Reference(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(reversed(attrs))))


@given(
    st.lists(
        st.sampled_from(
            ["<a href=x>", '<p class="a>b">', "<br/>", "text", "<!-- <a> -->", "</p>", "<A HREF='y' disabled>", "<img src = z>"]
        ),
        max_size=12,
    )
)
def test_tags_are_those_another_parser_finds(parts: list[str]) -> None:
    """Compared with Python's own parser."""
    source = "".join(parts)
    reference = _Reference()
    reference.feed(source)
    reference.close()

    found = [(t.name, {a.name: a.value or None for a in t.attributes}) for t in tokens(source) if isinstance(t, Tag) and not t.is_end]
    assert found == reference.found


def test_a_hundred_kilobytes_of_anything_is_quick() -> None:
    """Time is linear in the length of the text."""
    for part in (
        "<b>",
        "</i><b>",
        "<table><td>",
        "<svg>",
        "<!--[if mso]><a href=x><![endif]-->",
        "<a ",
        "<!--",
        "<a href='",
        "<",
        "</",
        "&amp",
        "<script>",
        "<a href=x ",
    ):
        source = part * (100_000 // len(part))
        assert rewrite(source, track)[0] == source
        insert_pixel(source, f"{EDGE}/o/P.gif")


def test_a_value_keeps_what_only_looks_like_a_reference() -> None:
    """`&copy=` in a query is a parameter, `&copy;` a sign."""
    assert decode_value("?a&copy=1&copy;&nosuch;&#65;&ampx=2&reg") == "?a&copy=1©&nosuch;A&ampx=2®"


def test_a_number_is_the_character_that_browsers_see() -> None:
    """Control characters too; what is no character becomes the replacement character."""
    read = decode_value("&#11;&#x0B;&#0000000000000000065;&#x80;&#0;&#xD800;&#x110000;&#99999999999999999999;&#1")

    assert read == "\x0b\x0bA€" + "\ufffd" * 4 + "\x01"
    assert decode_text("&#11;&lt;&notit;") == "\x0b<¬it;"
