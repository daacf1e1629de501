"""International names: one spelling in ASCII for host names, one key for email addresses; `ß` and `ss` are different letters."""

import pytest

from tracker.base.mail_addresses import address_key, domain_of, mailbox_key, wire_address
from tracker.base.network.host_names import ascii_host
from tracker.base.setting_parsers import parse_web_url

EQUAL = (
    ("bücher.example", "xn--bcher-kva.example"),
    ("BÜCHER.Example", "xn--bcher-kva.example"),
    ("bu\u0308cher.example", "xn--bcher-kva.example"),
    ("bücher\uff0eexample", "xn--bcher-kva.example"),
    ("ｅｘａｍｐｌｅ.com", "example.com"),
    ("straße.example", "xn--strae-oqa.example"),
    ("STRAẞE.example", "xn--strae-oqa.example"),
    ("βόλος.example", "xn--nxasmm1c.example"),
    ("پاکستان.example", "xn--mgbai9azgqp6j.example"),
    ("नेपाली.example", "xn--l2bey1cl2b.example"),
    ("XN--BCHER-KVA.EXAMPLE", "xn--bcher-kva.example"),
    ("my_host.bücher.example", "my_host.xn--bcher-kva.example"),
    ("♥.example", "xn--g6h.example"),
)


@pytest.mark.parametrize(("name", "ascii_form"), EQUAL)
def test_a_name_has_one_spelling_in_ascii(name: str, ascii_form: str) -> None:
    """As browsers send it and mail servers take it: in origins, in keys of addresses, in the envelope."""
    assert ascii_host(name) == ascii_form
    assert (address_key(f"Dana@{name}"), domain_of(f"d@{name}")) == (f"dana@{ascii_form}", ascii_form)
    assert mailbox_key(f"DANA@{name}") == f"dana@{ascii_form}"
    assert wire_address(f"Dana@{name}").lower() == f"dana@{ascii_form}"


@pytest.mark.parametrize("name", ["a..bücher.example", f"{'ü' * 63}.example", "a\u0378.example", "\u0628a.example", "-ü.example"])
def test_what_no_name_has_is_refused(name: str) -> None:
    """Empty and long labels, unassigned characters, mixed directions."""
    with pytest.raises(ValueError, match=r"\w"):
        ascii_host(name)


def test_eszett_is_not_ss() -> None:
    """Two names, two owners; before the @ too."""
    assert mailbox_key("a@straße.example") != mailbox_key("a@strasse.example")
    assert mailbox_key("groß@a.example") != mailbox_key("gross@a.example")
    assert mailbox_key("Jörg@a.example") == mailbox_key("JÖRG@A.example") == mailbox_key("jo\u0308rg@a.example")


def test_an_address_without_a_valid_domain_still_has_a_key() -> None:
    """Rows of earlier versions; the key is unique in the workspace."""
    assert mailbox_key(" A@\u0378 ") == "a@\u0378"


def test_a_setting_with_an_international_host_is_ascii() -> None:
    """Browsers name the host like this in Host and Origin."""
    assert parse_web_url("https://klicks.Bücher.example:8443/a/") == "https://klicks.xn--bcher-kva.example:8443/a"
    with pytest.raises(ValueError, match="host"):
        parse_web_url("https://a\u0378.example")
