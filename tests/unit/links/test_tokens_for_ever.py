"""Tokens for ever: what was mailed by the first version verifies in every later one. Nothing in this file may ever change."""

import json

import pytest

from tracker.links import tokens
from tracker.links.key_file import rotate
from tracker.links.keys import Keys

KEY = "0123456789abcdef" * 4
WORKSPACE, MESSAGE = "00112233445566aa", "0199aabbccddeeff0011223344556677"
OPEN = "AQARIjNEVWaqAZmqu8zd7v8AESIzRFVmdw.WjhqIb4yuCCE-14HlZznRl73xfg3tmntYkXZh6uH6Wc"
CLICK = (
    "AQARIjNEVWaqAZmqu8zd7v8AESIzRFVmdwAAA2h0dHBzOi8vYWNtZS5leGFtcGxlL3ByaWNpbmc_YT0xJmI9w7wjeA.KUpKzAr2YYnfzyu0g-QhdI-vQ1UuIVZ7Za4McZoUmWo"
)
SHARE = "AQARIjNEVWaqAZmqu8zd7v8AESIzRFVmdwEAAGh0dHA6Ly9hY21lLmV4YW1wbGUv.izBi8ttCbkZurJwPRrTbQ1aD7GCeXDHLngyQLwkItDY"
LANDING = "AQARIjNEVWaqAZmqu8zd7v8AESIzRFVmd15eXl5eXl5eAAABoMRQbAA.fTM30sZU1GtrOyVhXTIwAYtq_9qaodQMHB7wvexbOOw"
UNSUBSCRIBE = "AQARIjNEVWaqAZmqu8zd7v8AESIzRFVmdw.zfqqwA5mfSi6hOyLWaPPPH3mjS1VDhg1n5rxOYmZ8Ps"


@pytest.fixture(params=["as mailed", "keys rotated since"])
def keys(tmp_path, request) -> Keys:
    path = tmp_path / "signing.json"
    path.write_text(json.dumps([KEY]))
    if request.param == "keys rotated since":
        rotate(path)
    return Keys.load(path)


def test_links_mailed_by_the_first_version_still_lead_where_they_led(keys):
    """A lead opens a mail years later: the address in it is the same, and so is what it means."""
    url = "https://acme.example/pricing?a=1&b=ü#x"
    assert tokens.verify_click(keys, CLICK) == tokens.ClickClaims(WORKSPACE, MESSAGE, None, 3, url)
    assert tokens.verify_click(keys, SHARE) == tokens.ClickClaims(WORKSPACE, None, MESSAGE, 0, "http://acme.example/")
    assert tokens.verify_open(keys, OPEN) == tokens.OpenClaims(WORKSPACE, MESSAGE)
    assert tokens.verify_landing(keys, LANDING) == tokens.LandingClaims(WORKSPACE, MESSAGE, "5e" * 8, 1_790_000_000_000)
    assert tokens.verify_unsubscribe(keys, UNSUBSCRIBE) == tokens.UnsubscribeClaims(WORKSPACE, MESSAGE)
