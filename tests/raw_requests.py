"""HTTP requests as bytes for tests of strict parsing: unambiguous ones, and ones that two parsers may read differently."""

import socket
from urllib.parse import urlsplit

HOST = b"Host: localhost\r\n"


def get(target: bytes = b"/healthz", headers: bytes = HOST, version: bytes = b"HTTP/1.1", method: bytes = b"GET") -> bytes:
    """A request without a body. The last header line needs its end."""
    return b"%b %b %b\r\n%b\r\n" % (method, target, version, headers)


def post(framing: bytes, body: bytes = b"", version: bytes = b"HTTP/1.1") -> bytes:
    """A POST whose body is framed by these header lines."""
    return b"POST /e %b\r\n%b%b\r\n%b" % (version, HOST, framing, body)


def chunks(body: bytes, headers: bytes = b"") -> bytes:
    """A POST with a body in chunks."""
    return post(b"Transfer-Encoding: chunked\r\n" + headers, body)


ACCEPTED: dict[str, bytes] = {
    "plain": get(),
    "lower-case names": get(headers=b"host: localhost\r\naccept: */*\r\n"),
    "HTTP/1.0": get(version=b"HTTP/1.0"),
    "HTTP/1.0 without Host": get(version=b"HTTP/1.0", headers=b""),
    "HTTP/1.0 keep-alive": get(version=b"HTTP/1.0", headers=HOST + b"Connection: keep-alive\r\n"),
    "an empty line before": b"\r\n" + get(),
    "Host with a port": get(headers=b"Host: localhost:8080\r\n"),
    "Host in brackets": get(headers=b"Host: [::1]:8080\r\n"),
    "tab as white space": get(headers=HOST + b"Accept:\t*/*\t\r\n"),
    "no space after the colon": get(headers=b"Host:localhost\r\n"),
    "empty value": get(headers=HOST + b"Accept:\r\nX-Empty: \r\n"),
    "UTF-8 in a value": get(headers=HOST + "User-Agent: Jörg\r\nReferer: https://a.example/ü\r\n".encode()),
    "latin-1 in a value": get(headers=HOST + b"User-Agent: J\xf6rg\r\n"),
    "long cookie": get(headers=HOST + b"Cookie: a=" + b"x" * 7000 + b"\r\n"),
    "all of a token": get(headers=HOST + b"X!#$%&'*+.^`|~-9: 1\r\n"),
    "list header twice": get(headers=HOST + b"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n"),
    "escapes": get(b"/healthz?a=%20%C3%BC%zz%00"),
    "odd characters in a query": get(b'/healthz?a="<>{}|^`[]\\'),
    "absolute target": get(b"http://localhost/healthz"),
    "absolute target with the default port": get(b"http://LOCALHOST:80/healthz"),
    "length of nothing": get(headers=HOST + b"Content-Length: 0\r\n"),
    "an expectation without a body": get(headers=HOST + b"Expect: 100-continue\r\n"),
    "an upgrade that is not taken": get(headers=HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n"),
    "body": post(b"Content-Length: 2\r\n", b"{}"),
    "no space before a length": post(b"content-length:2\r\n", b"{}"),
    "body in chunks": chunks(b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"),
    "chunked in capitals": post(b"Transfer-Encoding: Chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "hexadecimal sizes": chunks(b"0000001A\r\n" + b" " * 26 + b"\r\n00\r\n\r\n"),
    "chunk extensions": chunks(b'2;a=b;c;d="e f"\r\n{}\r\n0;x\r\n\r\n'),
    "a body with a method that no route accepts": get(method=b"TRACE", headers=HOST + b"Content-Length: 2\r\n") + b"{}",
    "no body": post(b"Content-Length: 0\r\n"),
}
"""By name. The application does not respond that they are malformed."""

_LINES = {
    "bare LF after the request line": b"GET /healthz HTTP/1.1\n" + HOST + b"\r\n",
    "bare LF everywhere": get().replace(b"\r\n", b"\n"),
    "bare LF after a header": b"GET /healthz HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
    "bare LF as the empty line": b"GET /healthz HTTP/1.1\r\n" + HOST + b"\n",
    "bare CR after a header": b"GET /healthz HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n",
    "bare CR in a value": get(headers=HOST + b"X: a\rb\r\n"),
    "two CRs": b"GET /healthz HTTP/1.1\r\r\n" + HOST + b"\r\n",
    "two empty lines before": b"\r\n\r\n" + get(),
    "bare LF before": b"\n" + get(),
    "space before": b" " + get(),
    "folded header": get(headers=HOST + b"X: a\r\n b\r\n"),
    "folded header by tab": get(headers=HOST + b"X: a\r\n\tb\r\n"),
    "folded first header": get(headers=b" " + HOST),
    "space in a name": get(headers=HOST + b"X Y: a\r\n"),
    "space before the colon": get(headers=b"Host : localhost\r\n"),
    "tab before the colon": get(headers=HOST + b"X\t: a\r\n"),
    "no colon": get(headers=HOST + b"X\r\n"),
    "no name": get(headers=HOST + b": a\r\n"),
    "NUL in a name": get(headers=HOST + b"X\0: a\r\n"),
    "NUL in a value": get(headers=HOST + b"X: a\0\r\n"),
    "vertical tab in a value": get(headers=HOST + b"X: a\x0b\r\n"),
    "DEL in a value": get(headers=HOST + b"X: a\x7f\r\n"),
    "escape in a value": get(headers=HOST + b"X: \x1b[2J\r\n"),
    "brackets in a name": get(headers=HOST + b"X(y): a\r\n"),
    "letter beyond ASCII in a name": get(headers=HOST + b"X\xe4: a\r\n"),
}
_REQUEST_LINES = {
    "no version": b"GET /healthz\r\n\r\n",
    "HTTP/1.2": get(version=b"HTTP/1.2"),
    "HTTP/2.0": get(version=b"HTTP/2.0"),
    "HTTP/0.9": get(version=b"HTTP/0.9"),
    "HTTP/1.10": get(version=b"HTTP/1.10"),
    "HTTP/01.1": get(version=b"HTTP/01.1"),
    "http/1.1": get(version=b"http/1.1"),
    "HTTP": get(version=b"HTTP"),
    "H": b"GET /healthz H\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "two spaces": b"GET  /healthz HTTP/1.1\r\n" + HOST + b"\r\n",
    "tab": b"GET\t/healthz\tHTTP/1.1\r\n" + HOST + b"\r\n",
    "space behind": b"GET /healthz HTTP/1.1 \r\n" + HOST + b"\r\n",
    "space within the target": get(b"/healthz /x"),
    "lower-case method": get(method=b"get"),
    "mixed-case method": get(method=b"Get"),
    "method that is no word": get(method=b"G@T"),
    "method of special characters": get(method=b"G#T"),
    "no method": b"/healthz HTTP/1.1\r\n" + HOST + b"\r\n",
    "long method": get(method=b"A" * 40),
    "no target": b"GET  HTTP/1.1\r\n" + HOST + b"\r\n",
    "no slash": get(b"healthz"),
    "asterisk": get(b"*"),
    "authority": get(b"localhost:80", method=b"CONNECT"),
    "authority for GET": get(b"localhost:80"),
    "another authority": get(b"http://other.example/healthz"),
    "another port": get(b"http://localhost:81/healthz"),
    "userinfo in the target": get(b"http://localhost@localhost/healthz"),
    "another scheme": get(b"ftp://localhost/healthz"),
    "fragment": get(b"/healthz#x"),
    "fragment in the query": get(b"/healthz?x#y"),
    "backslash": get(b"/\\healthz"),
    "bytes beyond ASCII": get("/healthz?ü".encode()),
    "NUL in the target": get(b"/healthz\0"),
    "DEL in the target": get(b"/healthz\x7f"),
}
_HOSTS = {
    "no Host": get(headers=b"Accept: */*\r\n"),
    "no headers": get(headers=b""),
    "two Hosts": get(headers=HOST + HOST),
    "two Hosts by HTTP/1.0": get(headers=HOST + b"host: b\r\n", version=b"HTTP/1.0"),
    **{
        f"Host {value!r}": get(headers=b"Host: " + value + b"\r\n")
        for value in (b"", b"a,b", b"a, b", b"a b", b"user@localhost", b"a/b", b"a?b", b"a#b", b"http://a", b"a:b", b"a:", b"a:80:80")
    },
    **{
        f"Host {value!r}": get(headers=b"Host: " + value + b"\r\n")
        for value in (
            b":80",
            b"a:99999",
            b"a:0",
            b"[::1",
            b"::1",
            b"[1:2]",
            b"[::1]x",
            b"[fe80::1%25eth0]",
            b"a\\b",
            b'"a"',
            b"\xe4.example",
            b"a%20b",
        )
    },
}
_LENGTHS = {
    "lengths that differ": post(b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{}"),
    "lengths that are equal": post(b"Content-Length: 2\r\nContent-Length: 2\r\n", b"{}"),
    **{
        f"length {value!r}": post(b"Content-Length:" + value + b"\r\n", b"{}")
        for value in (
            b"",
            b" ",
            b" +2",
            b" -2",
            b" 0x2",
            b" 2,2",
            b" 2, 2",
            b"  2",
            b" 2 ",
            b"\t2",
            b" 02",
            b" 2.0",
            b" 2e0",
            b" 1_0",
            b" 2a",
        )
    },
    **{
        f"length {value!r}": post(b"Content-Length: " + value + b"\r\n", b"{}")
        for value in (b"\xb2", b"99999999999999999999", b"18446744073709551618", b"\xd9\xa2", b'"2"')
    },
    "body of GET": get(headers=HOST + b"Content-Length: 2\r\n") + b"{}",
    "chunks of GET": get(headers=HOST + b"Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
}
_CODINGS = {
    **{
        f"coding {value!r}": post(b"Transfer-Encoding:" + value + b"\r\n", b"2\r\n{}\r\n0\r\n\r\n")
        for value in (
            b"",
            b" identity",
            b" gzip",
            b" xchunked",
            b" chunkedx",
            b" chunked, chunked",
            b" gzip, chunked",
            b" identity, chunked",
        )
    },
    **{
        f"coding {value!r}": post(b"Transfer-Encoding:" + value + b"\r\n", b"2\r\n{}\r\n0\r\n\r\n")
        for value in (
            b" chunked, identity",
            b" chunked;q=1",
            b' "chunked"',
            b"  chunked",
            b" chunked ",
            b"\tchunked",
            b" chunked,",
            b" ,chunked",
        )
    },
    "coding and length": post(b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "two codings": chunks(b"2\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked\r\n"),
    "coding twice, one of them other": chunks(b"2\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: identity\r\n"),
    "coding by HTTP/1.0": post(b"Transfer-Encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n", b"HTTP/1.0"),
    "coding with an underscore": post(b"Transfer_Encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "length with an underscore": post(b"Content_Length: 2\r\n", b"{}"),
    "forwarded address with an underscore": get(headers=HOST + b"X_Forwarded_For: 192.0.2.1\r\n"),
}
_OTHERS = {
    **{
        f"Connection names {name}": get(headers=HOST + b"Connection: keep-alive, " + name + b"\r\n")
        for name in (b"Content-Length", b"host", b"Transfer-Encoding", b"COOKIE", b"authorization", b"x-forwarded-for")
    },
    "Connection names a length in a second line": post(b"Content-Length: 2\r\nConnection: content-length\r\nConnection: close\r\n", b"{}"),
    "Host with an empty label": get(headers=b"Host: a..b\r\n"),
    "Host that begins with a dot": get(headers=b"Host: .localhost\r\n"),
    "two Authorizations": get(headers=HOST + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"),
    "two Cookies": get(headers=HOST + b"Cookie: a=1\r\nCookie: b=2\r\n"),
    "two types": post(b"Content-Length: 2\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n", b"{}"),
    "two origins": post(b"Content-Length: 2\r\nOrigin: http://a\r\nOrigin: http://b\r\n", b"{}"),
    "another expectation": post(b"Content-Length: 2\r\nExpect: something\r\n", b"{}"),
    "expectations": post(b"Content-Length: 2\r\nExpect: 100-continue, x\r\n", b"{}"),
}
BAD_CHUNKS: dict[str, bytes] = {
    "plus": b"+2\r\n{}\r\n0\r\n\r\n",
    "minus": b"-2\r\n{}\r\n0\r\n\r\n",
    "prefix": b"0x2\r\n{}\r\n0\r\n\r\n",
    "underscore": b"0_2\r\n{}\r\n0\r\n\r\n",
    "space before": b" 2\r\n{}\r\n0\r\n\r\n",
    "space behind": b"2 \r\n{}\r\n0\r\n\r\n",
    "space before an extension": b"2 ;a\r\n{}\r\n0\r\n\r\n",
    "tab behind": b"2\t\r\n{}\r\n0\r\n\r\n",
    "no size": b"\r\n{}\r\n0\r\n\r\n",
    "no size but an extension": b";a\r\n{}\r\n0\r\n\r\n",
    "no number": b"g\r\n{}\r\n0\r\n\r\n",
    "too many digits": b"000000002\r\n{}\r\n0\r\n\r\n",
    "more than fits": b"1" + b"0" * 16 + b"2\r\n{}\r\n0\r\n\r\n",
    "LF behind the size": b"2\n{}\r\n0\r\n\r\n",
    "CR behind the size": b"2\r{}\r\n0\r\n\r\n",
    "LF behind the content": b"2\r\n{}\n0\r\n\r\n",
    "CR behind the content": b"2\r\n{}\r0\r\n\r\n",
    "nothing behind the content": b"2\r\n{}0\r\n\r\n",
    "more content than size": b"1\r\n{}\r\n0\r\n\r\n",
    "LF behind the last size": b"2\r\n{}\r\n0\n\r\n",
    "LF at the end": b"2\r\n{}\r\n0\r\n\n",
    "CR at the end": b"2\r\n{}\r\n0\r\n\rx",
    "LF in an extension": b"2;a\nb\r\n{}\r\n0\r\n\r\n",
    "CR in an extension": b"2;a\rb\r\n{}\r\n0\r\n\r\n",
    "LF in a quoted extension": b'2;a="\n"\r\n{}\r\n0\r\n\r\n',
    "NUL in an extension": b"2;a=\0\r\n{}\r\n0\r\n\r\n",
    "extension without a name": b"2;\r\n{}\r\n0\r\n\r\n",
    "long extension": b"2;" + b"a" * 300 + b"\r\n{}\r\n0\r\n\r\n",
    "line without an end": b"2;" + b"a" * 9000,
    "trailer": b"2\r\n{}\r\n0\r\nX: y\r\n\r\n",
    "trailer that frames": b"2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n",
}
"""Bodies in chunks, by name."""

REFUSED: dict[str, bytes] = {
    **(_LINES | _REQUEST_LINES | _HOSTS | _LENGTHS | _CODINGS | _OTHERS),
    **{f"chunk: {name}": chunks(body) for name, body in BAD_CHUNKS.items()},
}
"""By name. Each gets one response with status 400, and bytes after it are ignored."""
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


def exchange(url: str, sent: bytes, seconds: float = 30) -> bytes:
    """The response bytes until the server closes the connection."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=seconds) as peer:
        peer.sendall(sent)
        found = b""
        try:
            while part := peer.recv(65_536):
                found += part
        except ConnectionResetError:
            return found
        return found
