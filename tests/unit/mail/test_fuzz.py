"""A short run of the fuzzer: its checks hold, and it finds what is wrong."""

from datetime import UTC, datetime

import pytest

from tests.fuzz import checks
from tests.fuzz.__main__ import run
from tracker.mail.inbound.reader import read_mail
from tracker.mail.splice.headers import read_header


def test_a_short_run_finds_nothing():
    """Each check in turn, on the same inputs each time."""
    ran, findings = run(7, list(checks.CHECKS), rounds=80)

    assert (findings, ran["splice"]) == ([], 20)
    assert checks._in_order([b"ab", b"ef"], b"abXXef")
    assert not checks._in_order([b"ab", b"ef"], b"abXXeg")


@pytest.mark.parametrize(
    "field",
    [b"From: " + b"a:" * 5_000, b"From: a@x.example\r\nTo: " + b"a:;" * 5_000, b"From: " + b"(" * 20_000, b"From: " + b"<" * 20_000],
)
def test_fields_in_which_the_standard_library_goes_too_deep(field: bytes):
    """An address field of thousands of colons or brackets reads as one without an address."""
    raw = field + b"\r\nSubject: s\r\n\r\nx\r\n"

    assert read_header(raw).to == ()
    assert read_mail(raw, datetime(2026, 10, 5, tzinfo=UTC)).subject == "s"


def test_a_charset_of_other_letters_is_unknown():
    """Encoded words with such a charset stay as they are."""
    raw = "From: a@x.example\r\nSubject: =?u\u00e4f-8?q?hi?=\r\n\r\nx\r\n".encode()

    assert read_header(raw).subject.endswith("f-8?q?hi?=")
    assert read_mail(raw, datetime(2026, 10, 5, tzinfo=UTC)).subject.endswith("f-8?q?hi?=")
