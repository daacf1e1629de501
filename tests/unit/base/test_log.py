"""The log: one JSON object a line, and never a token, a key, a password or an address of mail in it."""

import json
import logging

import pytest

from tracker.base.log import JsonLines, redacted
from tracker.links import tokens
from tracker.links.keys import Keys


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("550 <dana@acme.example> unknown", "550 <***> unknown"),
        ("mongodb://joe:s3cret@db.example/x", "mongodb://***@db.example/x"),
        ("https://hooks.slack.com/services/T1/B2/abcdef to", "https://hooks.slack.com/services/*** to"),
        ("xoxb-1234567890-abc refused", "*** refused"),
        ("/sign-in/Zm9vYmFyYmF6cXV1eFRoaXNJc0FUb2tlbjAxMjM0NTY3 x", "/sign-in/*** x"),
        ("01a2007009ab75b5962a2d460026aa3c and 5777995e52a783c7", "01a2007009ab75b5962a2d460026aa3c and 5777995e52a783c7"),
        ("workers/drain/process.py:85 in _save_corrupt_files_that_nobody_can_read_any_more", None),
    ],
)
def test_secrets_are_redacted_and_ids_stay(text, kept):
    """Whatever an error quotes: secrets go, what an operator follows an event by stays."""
    assert redacted(text) == (text if kept is None else kept)


def test_no_token_survives_a_log_line(tmp_path):
    """Tokens of every audience, as text, as part of an address, in a trace."""
    keys = Keys.load(tmp_path / "keys.json")
    ws, message = "ab" * 8, "cd" * 16
    minted = [
        tokens.mint_open(keys, tokens.OpenClaims(ws, message)),
        tokens.mint_click(keys, tokens.ClickClaims(ws, message, None, 1, "https://acme.example/pricing?x=1")),
        tokens.mint_landing(keys, tokens.LandingClaims(ws, message, "5e" * 8, 1)),
        tokens.mint_unsubscribe(keys, tokens.UnsubscribeClaims(ws, message)),
    ]
    for token in minted:
        record = logging.makeLogRecord({"msg": f"GET /c/{token} failed", "path": f"/o/{token}.gif", "levelname": "INFO"})
        line = JsonLines().format(record)

        assert json.loads(line)["text"] == "GET /c/*** failed"
        assert not any(part in line for part in token.split("."))


@pytest.mark.parametrize(
    "text",
    [
        "a" * 39 + "A1",
        f"head.{'x' * 37}Y9z!",
        f"{'-' * 38}Z0.",
        "no run, no mark",
        "://u:p@h",
        "xoxb-12345678",
        "https://hooks.slack.com/services/T/B/x",
        f"é{'q' * 20}.{'r' * 39}S1",
    ],
)
def test_the_quick_look_misses_nothing(text):
    """What the quick look lets pass has nothing that the whole pattern would blot out."""
    assert redacted(text) == redacted(f"{text} a@b.example").removesuffix(" ***")
