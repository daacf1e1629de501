"""Mails: headers safe from injection, unchanged parts, merge fields, plain text."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from tracker.base.errors import Invalid
from tracker.domain.workspace.smtp_url import read_url
from tracker.mail import merge, mime, plain


def build(**more):
    """A mail with one thing changed."""
    values = {
        "sender": ("Rosa", "rosa@us.example"),
        "recipient": ("Dana", "dana@acme.example"),
        "subject": "Offer",
        "text": "Hi",
        "html": "<p>Hi</p>",
        "message_id": "1@us.example",
        "at": datetime(2027, 3, 1, tzinfo=UTC),
    }
    return mime.build(**(values | more))


@pytest.mark.parametrize(
    "more",
    [
        {"subject": "hi\r\nBcc: x@y.example"},
        {"subject": "hi\nX: y"},
        {"sender": ("Rosa\nBcc: x", "rosa@us.example")},
        {"recipient": ("Dana", "a@b>\r\nRCPT TO:<c@d.example>")},
        {"recipient": ("Dana\r\n", "dana@acme.example")},
        {"recipient": ("Dana", "not an address")},
        {"headers": {"List-Unsubscribe": "<https://x>\r\nX: y"}},
        {"message_id": "1\r\nX: y"},
    ],
    ids=repr,
)
def test_nothing_breaks_out_of_its_header(more):
    """What would add a header or a recipient is refused by name."""
    with pytest.raises(Invalid):
        build(**more)


def test_every_letter_arrives():
    """Names, subject and both parts are read back as they were, whatever the language; lines stay short on the wire."""
    html = "<p>Olá, жизнь 🎉 " + "x" * 5000 + "</p>"
    mail = build(subject="Grüße 🎉 " + "long " * 40, sender=("Jörg, Müller", "j@us.example"), html=html, text="Olá\nжизнь")

    raw = mail.as_bytes()
    read = message_from_bytes(raw, policy=default)

    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert read["Subject"].strip() == ("Grüße 🎉 " + "long " * 40).strip()
    assert read["From"].addresses[0].display_name == "Jörg, Müller"
    assert read.get_content_type() == "multipart/alternative"
    assert read.get_body(("html",)).get_content().rstrip() == html
    assert read.get_body(("plain",)).get_content().splitlines() == ["Olá", "жизнь"]


@pytest.mark.parametrize(
    "html", ["<p>a\x00b\x0b\x0cc\x1f</p>", "<p>a\u2028b\x85</p>", "<p>.\n..\nFrom x\n" + "x" * 3000 + "</p>", "<p>a \n\tb</p>"]
)
def test_odd_characters_arrive_as_they_were(html):
    """Encoded, so that no server refuses or changes them."""
    raw = build(html=html).as_bytes()

    assert b"\x00" not in raw
    assert message_from_bytes(raw, policy=default).get_body(("html",)).get_content().replace("\r\n", "\n").removesuffix("\n") == html


def test_unsubscribing_takes_one_click():
    """The headers of RFC 2369 and 8058."""
    mail = build(headers=mime.unsubscribe_headers("https://edge.example/u/t"))

    assert mail["List-Unsubscribe"] == "<https://edge.example/u/t>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_text_is_made_of_html():
    """Words in lines, addresses behind their words, nothing of scripts and styles."""
    html = "<style>p{}</style><h1>Offer</h1><p>Hello <b>Dana</b>,<br>see <a href='https://a.example/x'>prices</a></p><ul><li>one<li>two</ul><script>x</script>"

    assert plain.text_of(html) == "Offer\n\nHello Dana,\nsee prices (https://a.example/x)\n\n- one\n- two"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<html><head><title>t</title><p>Hello", "Hello"),
        ("<head><style>p{}</style><body><p>Hello</p>", "Hello"),
        ("<head></head><p>Hello</p>", "Hello"),
        ("<!--[if mso]><p>Outlook</p><![endif]--><p>Hello</p>", "Hello"),
    ],
)
def test_the_text_keeps_its_words_where_the_head_has_no_end(html, text):
    """Browsers show them too."""
    assert plain.text_of(html) == text


def test_merge_fields_with_fallbacks():
    """A value, a fallback, or a refusal; in addresses percent-encoded, in HTML escaped."""
    values = {"first_name": "D&a", "company": ""}

    assert merge.fill_text("text", "Hi {{ first_name }} at {{company|work}}", values) == "Hi D&a at work"
    assert (
        merge.fill_html("html", "<a href='https://x/?n={{first_name}}'>{{first_name}}</a>", values)
        == "<a href='https://x/?n=D%26a'>D&amp;a</a>"
    )
    assert merge.fill_text("text", "{{firstName}} {{First Name}} {{FIRST-NAME|x}}", values) == "D&a D&a D&a"
    for wrong in (
        "{{company}}",
        "{{first_name}",
        "{{first_name|there}",
        "{{first_name: there}}",
        "{{first_name, there}}",
        "{{company|{x}}}",
    ):
        with pytest.raises(Invalid):
            merge.fill_text("text", wrong, values)


@pytest.mark.parametrize(
    "text",
    [
        "Use {{ user.name }} in Jinja",
        "{{nick}}",
        "{{}}",
        "{{7*7}}",
        "@media print{{x}}",
        "{{name.first}}",
        "{{#each a}}{{/each}}",
        "{{names}}",
        "{",
    ],
)
def test_other_braces_are_text(text):
    """Only our own fields are replaced or refused, in text, HTML and addresses."""
    assert merge.fill_text("text", text, {"name": "Dana"}) == text
    assert merge.fill_html("html", f"<a href='{text}'>{text}</a>", {"name": "Dana"}) == f"<a href='{text}'>{text}</a>"


def test_a_backslash_keeps_a_merge_field_as_it_is():
    """It is removed before our own fields, right or wrong, and nowhere else."""
    text = r"\{{first_name}} \{{first_name|there}} \{{first_name} \{{ user.name }} C:\dir {{name}}"
    expected = r"{{first_name}} {{first_name|there}} {{first_name} \{{ user.name }} C:\dir Dana"

    assert merge.fill_text("text", text, {"name": "Dana"}) == expected
    assert merge.fill_html("html", f"{text}<a href='/{text}'>", {"name": "Dana"}) == f"{expected}<a href='/{expected}'>"


def test_custom_fields_have_a_prefix():
    """Any spelling of the name, with a fallback and the escape; a name with an entity; without value and fallback it is refused."""
    names = {"Contract end": "2027", "Größe (m²)": "40", "R&D": "<x>", "empty": ""}
    values = {merge.custom_key(name): value for name, value in names.items()}
    text = r"{{fields.contract_end}} {{ Fields.Contract-End }} {{fields.größe (M²)|0}} {{fields.empty|soon}} {{fields.other|}} \{{fields.empty}}"

    assert merge.fill_text("text", text, values) == r"2027 2027 40 soon  {{fields.empty}}"
    assert merge.fill_html("html", "{{fields.R&amp;D}} <a href='/{{fields.R&amp;D}}'>", values) == "&lt;x&gt; <a href='/%3Cx%3E'>"
    assert merge.unknown_fields("{{fields.empty}}") == []
    for wrong in ("{{fields.empty}}", "{{fields.other}}", "{{fields.contract end}"):
        with pytest.raises(Invalid, match="fields"):
            merge.fill_text("text", wrong, values)
    for text in ("{{fields.}}", "{{fields}}", "{{ fields.a\nb }}", "{{my.fields.a}}", "{{fields." + "x" * 61 + "}}"):
        assert merge.fill_text("text", text, values) == text
    assert [merge.is_mergeable(name) for name in ("a b", "R&D", "a|b", "{a}", " ")] == [True, True, False, False, False]


def test_names_in_braces_that_are_no_fields_are_told():
    """Each once, for a note before sending."""
    assert merge.unknown_fields("{{first_nam}} {{name}} {{ a.b }} {{first_nam|x}} {{7*7}} {{x}") == ["first_nam", "a.b"]


@pytest.mark.parametrize("url", ["", "mail.example.com", "http://x", "smtp://", "smtp://a b", "smtp://host:99999"])
def test_what_is_no_mail_server_is_refused(url):
    """The answer shows how one is written."""
    with pytest.raises(Invalid, match="smtp://user:password@"):
        read_url(url)


def test_a_mail_server_is_read_from_its_url():
    """User and password may hold any letter; ports have defaults."""
    found = read_url("smtp://rosa%40us.example:p%3Aw%2Fd@mail.example")

    assert (found.host, found.port, found.user, found.password, found.security) == (
        "mail.example",
        587,
        "rosa@us.example",
        "p:w/d",
        "starttls",
    )
    assert "p:w/d" not in repr(found)
    assert read_url("smtps://mail.example").port == 465
