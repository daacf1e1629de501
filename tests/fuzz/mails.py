"""Random mails for the fuzzer: known samples, damaged in ways that parsers get wrong."""

import base64
import quopri
import random
import re

from tests.odd_mails import WHOLE, WITHOUT_PLACE, random_mail
from tests.unit.mail.inbound.samples import ALL

LARGEST = 200_000
_CHARSETS = ("utf-8", "iso-8859-1", "windows-1252", "iso-2022-jp", "gb18030", "us-ascii", "utf-7", "utf-16", "x-unknown")
_ENCODINGS = ("7bit", "8bit", "binary", "quoted-printable", "base64", "BASE64 ", "x-uuencode")
_TOKENS = (
    *(
        b"\r\n",
        b"\r\n\r\n",
        b"\r\n ",
        b"\r\n.\r\n",
        b"--",
        b"--b\r\n",
        b"--b--\r\n",
        b"\r\n--b",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x1b$B",
        b"\t",
    ),
    *(
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: text/html; charset=utf-16\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
    ),
    *(
        b'Content-Type: multipart/digest; boundary="b"\r\n',
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding:\r\n =?x?q?y?=\r\n",
    ),
    *(b"Content-Disposition: attachment; filename*=utf-8''%e2%82\r\n", b"Content-Type: text/html; charset*0=utf; charset*1=-8\r\n"),
    *(
        b"Bcc: a@x.example\r\n",
        b"BCC :\r\n a@x.example\r\n",
        b"Subject: =?utf-8?b?W25vIHRyYWNraW5nXSBoaQ==?=\r\n",
        b"Subject: [no tracking] x\r\n",
    ),
    *(b'From: a@x.example, <"b"@x.example>\r\n', b"X-Leadlight-Track: no\r\n", b"Date: Mon, 99 Foo 10000 99:99:99 +9999\r\n"),
    *(b"Action: failed\r\nStatus: 5.1.1\r\n", b"Content-Type: message/delivery-status\r\n\r\n", b"Auto-Submitted: auto-replied\r\n"),
    *(
        b"=?utf-8?q?",
        b"?=",
        b"=\r\n",
        b"=3",
        b"=C3=A4",
        b"<a href='https://x.example/'>",
        b"<!--[if mso]>",
        b"</body>",
        b"&#x",
        b'"',
        b"<",
        b">",
    ),
)


def random_html(chance: random.Random) -> str:
    """HTML as programs write it, or as none should."""
    known = chance.choice((*WHOLE.values(), *WITHOUT_PLACE))
    return chance.choice((random_mail(chance), known[:20_000], random_mail(chance) + known[:2_000]))


def random_bytes(chance: random.Random) -> bytes:
    """A mail with line breaks of CRLF and without NUL, as the relay keeps it."""
    raw = chance.choice((_sample, _built))(chance)
    for _ in range(chance.choice((0, 1, 1, 2, 4, 12))):
        raw = _damaged(chance, raw)[:LARGEST]
    return re.sub(rb"\r\n|\r|\n", b"\r\n", raw.replace(b"\0", b""))


def _sample(chance: random.Random) -> bytes:
    return chance.choice(ALL).raw.encode("utf-8", "surrogateescape")


def _built(chance: random.Random) -> bytes:
    head = b"From: rita@us.example\r\nTo: dana@acme.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
    return head + _part(chance, chance.choice((0, 1, 2, 3)))


def _part(chance: random.Random, depth: int) -> bytes:
    if not depth:
        return chance.choice((_html, _html, _other))(chance)
    boundary = chance.choice(("b", "=_x.'()+,-./:=?", "----=_Part_1_2.3", "a b", "--")) + str(depth)
    line = b"--" + boundary.encode()
    parts = b"".join(line + b"\r\n" + _part(chance, depth - 1) + b"\r\n" for _ in range(chance.randint(1, 3)))
    kind = chance.choice(("mixed", "alternative", "related", "digest", "signed", "report"))
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\npre\r\n'.encode() + parts + line + b"--\r\nepilogue\r\n"


def _html(chance: random.Random) -> bytes:
    charset, encoding = chance.choice(_CHARSETS), chance.choice(_ENCODINGS)
    try:
        content = random_html(chance).encode(charset, "xmlcharrefreplace")
    except LookupError:
        content = random_html(chance).encode("utf-8")
    name = encoding.strip().lower()
    if name == "base64":
        content = base64.encodebytes(content)
    elif name == "quoted-printable":
        content = quopri.encodestring(content)
    return f"Content-Type: text/html; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + content


def _other(chance: random.Random) -> bytes:
    kind = chance.choice(
        ("text/plain", "application/pdf", "message/rfc822", "text/calendar", "image/png; name=x.png", "text/html; name=a.html")
    )
    inner = b"Subject: inner\r\n\r\n" if "rfc822" in kind else b""
    return f"Content-Type: {kind}\r\n\r\n".encode() + inner + chance.randbytes(chance.randint(0, 200))


def _damaged(chance: random.Random, raw: bytes) -> bytes:
    at, end = sorted(chance.randint(0, len(raw)) for _ in range(2))
    end = min(end, at + chance.choice((1, 10, 100, 10_000)))
    piece = raw[at:end]
    replacement = chance.choice(
        (
            b"",
            piece * 2,
            piece * chance.choice((3, 50, 2_000)),
            bytes(chance.randrange(256) for _ in piece[:8]),
            chance.choice(_TOKENS) + piece,
            chance.choice(_TOKENS) * chance.choice((2, 30, 3_000)) + piece,
            piece[::-1],
        )
    )
    return raw[:at] + replacement + raw[end:]
