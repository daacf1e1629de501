"""The signature of a webhook, by fixed test vectors."""

from datetime import UTC, datetime

import pytest

from notifier.channels.webhook import sign
from tracker.base.errors import DeliveryError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1_614_265_330, UTC), '{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""Computed with `hmac` by hand, and the vector of the Standard Webhooks libraries."""
OF_PLAIN_TEXT = "v1,ELhqG0Ku1gwOc1f4jyKdp3SFGFLAOdJ9bvpWLciCakI="


@pytest.mark.parametrize(
    ("secret", "signatures"),
    [
        (SECRET, SIGNATURE),
        (SECRET.removeprefix("whsec_"), f"{OF_PLAIN_TEXT} {SIGNATURE}"),
        (f"{SECRET} {SECRET}", f"{SIGNATURE} {SIGNATURE}"),
        ("", ""),
    ],
    ids=["with prefix", "base64 without prefix", "rotation", "none"],
)
def test_signatures_match_the_vectors(secret: str, signatures: str) -> None:
    """Base64 without the prefix signs as plain text and as the bytes that it encodes."""
    assert sign(secret, KEY, AT, BODY) == signatures


def test_plain_secret_signs_the_utf8_body() -> None:
    """The body is signed as it is sent."""
    at = datetime.fromtimestamp(1_731_705_121, UTC)

    assert sign("plain-secret", "m1", at, '{"name":"Jürgen – 例"}') == "v1,I6jSoWZSHqJ7t1cc1kEvzqFwPJ6gNJ7IyQyabSG4ttY="


def test_prefix_without_base64_is_a_permanent_error() -> None:
    """Another try cannot help."""
    with pytest.raises(DeliveryError, match="whsec_") as error:
        sign("whsec_!", KEY, AT, BODY)

    assert error.value.permanent
