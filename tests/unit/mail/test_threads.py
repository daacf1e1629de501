"""Conversations: the Message-ID that a mail server tells in its reply."""

import pytest

from tracker.mail.threads import told_id

OWN = "<1@us.example>"
SES = "0100018c2e8f7a3b-1a2b3c4d-5e6f-4a1b-8c2d-0123456789ab-000000"


@pytest.mark.parametrize(
    ("answer", "host", "expected"),
    [
        ("250 2.0.0 OK <AM0@eurprd.example> [Hostname=AM0.eurprd.example]", "smtp.office365.com", "<AM0@eurprd.example>"),
        ("250 2.6.0 <1@us.example> [InternalId=42, Hostname=ex.us.example] Queued mail for delivery", "ex.us.example", None),
        ("250 2.0.0 Ok: queued as 4F2A", "mail.us.example", None),
        ("250 2.0.0 OK 1700000000 a1-2b3c.4 - gsmtp", "smtp.gmail.com", None),
        ("250 OK, mail from <Rosa@us.example> to <dana@acme.example> accepted", "mail.us.example", None),
        ("250 <dana@acme.example> queued as <7@relay.example>", "mail.us.example", "<7@relay.example>"),
        ("250 <a@b.example\r\nBcc: x@y.example> <é@x.example> <>", "mail.us.example", None),
        (f"250 Ok {SES}", "email-smtp.us-east-1.amazonaws.com", f"<{SES}@email.amazonses.com>"),
        (f"250 Ok {SES}", "email-smtp.eu-west-1.amazonaws.com", f"<{SES}@eu-west-1.amazonses.com>"),
        (f"250 Ok {SES}", "mail.us.example", None),
        ("", "", None),
    ],
)
def test_the_id_that_a_server_tells(answer: str, host: str, expected: str | None) -> None:
    """Only where it replaces ours: other servers repeat it, a queue number or an address."""
    assert told_id(answer, host, own=OWN, addresses=("rosa@us.example", "dana@acme.example")) == expected
