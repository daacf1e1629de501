"""The head of a request to the console, which may arrive in one piece with the file after it."""

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import LimitRequestHeaders

from tracker.web.console.server.http_request import StrictParser

HEAD = b"POST /api/v1/imports HTTP/1.1\r\nHost: leads.example\r\nContent-Length: %d\r\n"


def parsed(data):
    """The request in these bytes."""
    return next(StrictParser(Config(), iter([data]), ("127.0.0.1", 1)))


def test_lines_of_a_file_are_no_headers():
    """However many come with the head; too many headers are refused all the same."""
    body = b"email\r\n" + b"dana@x.example\r\n" * 300
    assert parsed(HEAD % len(body) + b"\r\n" + body).body.read() == body
    with pytest.raises(LimitRequestHeaders):
        parsed(HEAD % 0 + b"".join(b"X-%d: y\r\n" % n for n in range(300)) + b"\r\n")
