"""What a rep types becomes proper, harmless mail HTML."""

import pytest

from tracker.web.console.text.mail.plain_mail import html_of


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Hi {{first_name|there}},\n\nhow are you?", "<p>Hi {{first_name|there}},</p>\n<p>how are you?</p>"),
        ("one\ntwo\r\n\r\n\r\nthree", "<p>one<br>two</p>\n<p>three</p>"),
        ("See [our prices](https://a.test/p?x=1&y=2).", '<p>See <a href="https://a.test/p?x=1&amp;y=2">our prices</a>.</p>'),
        ("Look: https://a.test/x.", '<p>Look: <a href="https://a.test/x">https://a.test/x</a>.</p>'),
        ("[stop]({{unsubscribe_url}})", '<p><a href="{{unsubscribe_url}}">stop</a></p>'),
        ("- a\n- b & c", "<ul><li>a</li><li>b &amp; c</li></ul>"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ('[x](https://a.test/"onclick="y)', '<p><a href="https://a.test/&quot;onclick=&quot;y">x</a></p>'),
        ("[wiki](https://a.test/A_(b))", '<p><a href="https://a.test/A_(b)">wiki</a></p>'),
        ("", ""),
    ],
)
def test_plain_words_become_html(text, html):
    """Paragraphs, breaks, lists and links; markup that was typed is text."""
    assert html == html_of(text)
