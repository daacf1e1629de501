"""Odd HTML mails: hand-written ones, and random ones of fragments that browsers repair in surprising ways."""

import random

PARAGRAPHS = "<p>One of many paragraphs, <b>long</b> enough to matter. </p>\n" * 1_700
"""About 100 kB."""

WHOLE = {
    "table": '<!DOCTYPE html><html><body style="margin:0"><table bgcolor="#334455" width="100%"><tr><td>Hi</td></tr></table></body></html>',
    "style first": "<style>p{color:red}</style><p>Hi</p>",
    "open end": '<html><head><meta charset="utf-8"><style>p{color:red}</style></head><p>Hi',
    "no head end": '<html><head><meta charset="utf-8"><style>p{color:red}</style><p>Hi',
    "base": '<base href="https://x.example/d/"><a href="p">x</a>',
    "comment before doctype": "<!-- built -->\n<!DOCTYPE html>\n<p>Hi</p>",
    "byte order mark": "\ufeff<!DOCTYPE html><html><body><p>Hi</p></body></html>",
    "body ends twice": "<html><body>a</body>b</body></html>",
    "text after the end": "<html><body><p>a</p></body></html>\n more",
    "comment after the end": "<html><body><p>a</p></body></html><!-- x -->",
    "open bold": "<body><p><b>Hi</p></body></html>",
    "open font": '<body><font size="2"><div>Hi</div></body>',
    "open cell": "<table><tr><td><i>Hi",
    "open row": "<p>x</p><table><tr><td>Hi</td></tr></body></html>",
    "text in table": "<table>Hi<tr><td>x</td></tr></table>",
    "open select": "<p>Hi</p><select><option>1</body>",
    "open svg": "<p>Hi</p><svg><g></body>",
    "misnested": "<b><p>x</b>y</p><a href='https://x.example/1'>1<a href='https://x.example/2'>2</a>",
    "fragment": "Hi <b>Dana</b>",
    "frames of text": "<center><h1>Hi</h1></center><hr>",
    "quirks": "<p>x<table><tr><td>y</table>",
    "noscript": "<html><head><noscript><style>p{}</style></noscript></head><body><p>Hi</p></body></html>",
    "outlook": (
        '<!--[if mso]><table><tr><td><![endif]--><p>Hi <a href="https://x.example/">x</a></p><!--[if mso]></td></tr></table><![endif]-->'
    ),
    "important": "<style>img{width:100%!important;height:auto!important;display:inline!important}</style><p>Hi</p>",
    "image rules": "<style>img{margin:20px;padding:9px;border:3px solid;float:right}</style><p>Hi</p><p>there</p>",
    "long": f"<!DOCTYPE html><html><body><table width='100%'><tr><td>{PARAGRAPHS}</td></tr></table></body></html>",
    "long, no body": f"<style>p{{margin:3px}}</style>\n{PARAGRAPHS}",
    "long, text first": f"<!DOCTYPE html><title>x</title>\n  Hello {PARAGRAPHS}",
    "long, body after text": f"Hello <body bgcolor=red>{PARAGRAPHS}",
    "long, noscript": f"<head><noscript>words</noscript><title>x</title></head><body class=a>{PARAGRAPHS}",
    "nothing": "",
    "blank": " \n ",
    "title only": "<title>x</title>\n",
}
"""Mails with a place for the pixel, by name."""

_CARD = '<div style="width:300px;padding:20px;background:#eee"><p>Hi</p><p>there</p></div>'
ARRANGED = {
    "row": f'<!DOCTYPE html><html><body style="display:flex">{_CARD}{_CARD}</body></html>',
    "row with gaps": f'<!DOCTYPE html><body style="display:flex;justify-content:space-between;gap:20px">{_CARD}{_CARD}</body>',
    "centred": f'<body style="margin:0;display:flex;justify-content:center;align-items:center;height:100%">{_CARD}</body>',
    "centred by a rule": f"<style>html, body {{display:flex;min-height:100vh;align-items:center}}</style><body>{_CARD}</body>",
    "centred in the window": f"<!DOCTYPE html><body style='display:grid;place-items:center;min-height:100vh'>{_CARD}</body>",
    "grid": f"<body style='display:grid;grid-template-columns:1fr 1fr;gap:10px'>{_CARD}{_CARD}</body>",
    "column": f"<body style='display:flex;flex-direction:column;align-items:center'>{_CARD}</body>",
    "as high as the window": f"<!DOCTYPE html><style>html,body{{height:100%;margin:0}}</style><body>{_CARD * 9}<p>Hi</p></body>",
    "from right to left": f"<body dir=rtl style='height:100%'>{_CARD}</body>",
}
"""Mails whose bodies arrange their children, where any further child could move them."""

WITHOUT_PLACE = [
    '<p>Hi</p><a href="https://x.example/2',
    "<p>Hi</p><textarea>x",
    "<title>Hi<p>x</p>",
    "<p>Hi</p><style>p{}",
    "<p>Hi</p><style>",
    "<p>Hi</p><!-- x",
    "<p>Hi</p><![if !mso",
    "<p>Hi</p></",
    "<frameset cols=*><frame src=x></frameset>",
    "<p>Hi</p><plaintext>x",
    "<select><option>x",
]
"""Mails without one."""

FRAGMENTS = (
    *("<!DOCTYPE html>", "<html>", "<head>", "</head>", "<body>", "<body class=x>", "</body>", "</html>", "<!-- c -->", "\n", " ", "text"),
    *("<style>p{}</style>", "<meta charset=utf-8>", "<title>t</title>", "<base href=https://x.example/>", "<link rel=icon href='data:,'>"),
    *("<p>", "</p>", "<div>", "</div>", "<br>", "<img src=x>", "<hr>", "<li>", "<ul>", "</ul>", "<h1>", "</h1>", "<center>", "</center>"),
    *(
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<font color=red>",
        "</font>",
        "<a href=https://x.example/a>",
        "</a>",
        "<span>",
        "</span>",
        "<u>",
        "</u>",
    ),
    *(
        "<table>",
        "</table>",
        "<tbody>",
        "</tbody>",
        "<tr>",
        "</tr>",
        "<td>",
        "</td>",
        "<th>",
        "</th>",
        "<caption>",
        "</caption>",
        "<thead>",
    ),
    *(
        "<form>",
        "</form>",
        "<input>",
        "<button>",
        "</button>",
        "<object>",
        "</object>",
        "<select>",
        "<option>",
        "</select>",
        "<textarea></textarea>",
    ),
    *(
        "<svg>",
        "<path />",
        "</svg>",
        "<!--[if mso]><v:rect href='https://x.example/v'></v:rect><![endif]-->",
        "<o:p></o:p>",
        "<nobr>",
        "</nobr>",
    ),
    *(
        "<noscript>",
        "</noscript>",
        "<template>",
        "</template>",
        "&nbsp;",
        "<script>1</script>",
        "<center>",
        "<col>",
        "<colgroup>",
        "<small>",
    ),
)


def random_mail(chance: random.Random) -> str:
    """A mail of up to thirty fragments."""
    return "".join(chance.choices(FRAGMENTS, k=chance.randint(1, 30)))


HREF_PARTS = (
    *(
        "https://",
        "http://",
        "HTTPS://",
        "https:/",
        "//",
        "x.example",
        "www.x.example:8443",
        "xn--mller-kva.example",
        "müller.example",
        "/",
        "/a/../b",
    ),
    *(
        "?q=1&amp;r=2",
        "?a=1&copy=2",
        "&lt;",
        "&#11;",
        "&#x41;",
        "&#0;",
        "&amp;amp;",
        "%0B",
        "%zz",
        " ",
        "\n",
        "\t",
        "\u00a0",
        "é",
        "{{x}}",
        "[[a]]",
    ),
    *(
        "${id}",
        "*|X|*",
        "#",
        "#top",
        "\\",
        "@",
        ":",
        ":80",
        "|",
        "^",
        "'",
        "=",
        "+",
        ",",
        ";",
        "~",
        "&nbsp;",
        "&notin",
        "&not;",
        "\x0c",
        "javascript:",
    ),
    *("a", "b-c", "1.2.3.4", "0x7f.1", "[2001:db8::1]", "*.", "..", "`", "&#xD800;", "&#128;", "\u200b", "😀", "ß.example", "."),
)


def random_link(chance: random.Random) -> str:
    """A link whose address is mostly one."""
    written = "".join(chance.choices(HREF_PARTS, k=chance.randint(0, 5)))
    if chance.random() < 0.8:
        written = f"{chance.choice(('https://', 'http://'))}{chance.choice(('x.example', 'shop.x.example', 'x.example:8080'))}/{written}"
    quote = chance.choice(('"', "'", ""))
    if (quote and quote in written) or (not quote and (not written or any(c in " \n\t\f>" for c in written))):
        quote = "" if not written.strip(" \n\t\f") else '"'
    return f"<a href={quote}{written}{quote}>x</a>"
