"""An email's HTML as a document for sandboxed frames: no scripts, only https images, no navigation."""

from flask import Response

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; font-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><base target="_blank">'
    "<style>body{margin:20px 22px;font:15px/1.55 -apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;color:#1b1a17;background:#fff;overflow-wrap:anywhere}"
    "a{color:#086245}img{max-width:100%}p{margin:0 0 1em}</style></head><body>"
)


def framed(html: str) -> Response:
    """The response for a frame. The HTML is unchanged; the content security policy makes it inert."""
    # The base element makes each click open a window, which the sandbox forbids.
    answer = Response(f"{_HEAD}{html}</body></html>", content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer
