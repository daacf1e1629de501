"""SPF on the examples of RFC 7208, and its limits."""

from ipaddress import ip_address

import pytest

from tests.unit.rules.sender.zones import asking
from tracker.rules.sender.spf import evaluate
from tracker.rules.sender.spf_terms import BadSpf, expand_macros, parse_spf

APPENDIX_A = {
    "example.com": {"MX": ["10 mail-a.example.com", "20 mail-b.example.com"], "A": ["192.0.2.10", "192.0.2.11"]},
    "amy.example.com": {"A": ["192.0.2.65"]},
    "mail-a.example.com": {"A": ["192.0.2.129"]},
    "mail-b.example.com": {"A": ["192.0.2.130"]},
    "example.org": {"MX": ["10 mail-c.example.org"]},
    "mail-c.example.org": {"A": ["192.0.2.140"]},
}
"""The zone of RFC 7208, appendix A."""


def said(record: str, address: str, **more: dict[str, list[str]]) -> str:
    """What the record says of the address, as the record of example.com."""
    names = {**APPENDIX_A, **{name.replace("__", "."): found for name, found in more.items()}}
    names["example.com"] = {**APPENDIX_A["example.com"], "TXT": ["unrelated", record]}
    return evaluate("example.com", ip_address(address), asking(names)).result


@pytest.mark.parametrize(
    ("record", "passing", "failing"),
    [
        ("v=spf1 +all", ["192.0.2.1", "2001:db8::1"], []),
        ("v=spf1 a -all", ["192.0.2.10", "192.0.2.11"], ["192.0.2.65"]),
        ("v=spf1 a:example.org -all", [], ["192.0.2.10"]),
        ("v=spf1 mx -all", ["192.0.2.129", "192.0.2.130"], ["192.0.2.10"]),
        ("v=spf1 mx:example.org -all", ["192.0.2.140"], ["192.0.2.129"]),
        ("v=spf1 mx mx:example.org -all", ["192.0.2.129", "192.0.2.140"], ["192.0.2.10"]),
        ("v=spf1 mx/30 mx:example.org/30 -all", ["192.0.2.131", "192.0.2.143"], ["192.0.2.132"]),
        ("v=spf1 ip4:192.0.2.128/28 -all", ["192.0.2.129"], ["192.0.2.65", "2001:db8::1"]),
        ("v=spf1 ip6:2001:db8::/32 -all", ["2001:db8::1"], ["192.0.2.65"]),
        ("V=SPF1 IP4:192.0.2.65 -ALL", ["192.0.2.65"], ["192.0.2.66"]),
    ],
)
def test_the_examples_of_the_appendix(record: str, passing: list[str], failing: list[str]):
    """RFC 7208, A.1."""
    assert {said(record, address) for address in passing} <= {"pass"}
    assert {said(record, address) for address in failing} <= {"fail"}


@pytest.mark.parametrize(
    ("record", "result"),
    [("v=spf1 ~all", "softfail"), ("v=spf1 ?all", "neutral"), ("v=spf1", "neutral"), ("v=spf1 mx", "neutral"), ("v=spf10 -all", "none")],
)
def test_results(record: str, result: str):
    """RFC 7208, 2.6 and 4.7; another version is no record."""
    assert said(record, "192.0.2.1") == result


def test_includes_and_redirects():
    """RFC 7208, A.2: an include passes or does not match, whatever its `-all`; a redirect takes over the result."""
    names = {
        "example.org": {"TXT": ["v=spf1 include:example.com include:example.net -all"]},
        "example.com": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]},
        "example.net": {"TXT": ["v=spf1 ip4:192.0.2.2 -all"]},
        "la.example.org": {"TXT": ["v=spf1 redirect=example.org"]},
    }
    ask = asking(names)

    assert evaluate("la.example.org", ip_address("192.0.2.2"), ask).result == "pass"
    assert evaluate("la.example.org", ip_address("192.0.2.3"), ask).result == "fail"
    report = evaluate("la.example.org", None, ask)
    assert report.included == {"example.org", "example.com", "example.net"}
    assert report.lookups == 3
    missing = asking({"example.org": {"TXT": ["v=spf1 include:nowhere.example -all"]}})
    assert evaluate("example.org", None, missing).result == "permerror"


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("%%%_%-", "% %20"),
    ],
)
def test_macros(text: str, expanded: str):
    """RFC 7208, 7.4."""
    found = expand_macros(text, domain="email.example.com", address=ip_address("192.0.2.3"), sender="strong-bad")
    assert found == expanded


def test_macros_of_ipv6():
    """RFC 7208, 7.4: the address in nibbles."""
    found = expand_macros("%{ir}.%{v}._spf.%{d2}", domain="email.example.com", address=ip_address("2001:db8::cb01"))
    assert found == "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"


def test_exists_with_a_macro():
    """A list of addresses in DNS (RFC 7208, 5.7)."""
    known = {"192.0.2.3.list__example": {"A": ["127.0.0.2"]}}
    assert said("v=spf1 exists:%{i}.list.example -all", "192.0.2.3", **known) == "pass"
    assert said("v=spf1 exists:%{i}.list.example -all", "192.0.2.4", **known) == "fail"


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 ip4:192.0.2.300 -all",
        "v=spf1 ip4:2001:db8::1 -all",
        "v=spf1 ip4 -all",
        "v=spf1 include: -all",
        "v=spf1 include -all",
        "v=spf1 a/33 -all",
        "v=spf1 mxx -all",
        "v=spf1 all:x",
        "v=spf1 redirect=a.example redirect=b.example",
        "v=spf1 \u00e4 -all",
        "v=spf1 include:%{x}.example -all",
    ],
)
def test_a_syntax_error_is_a_permanent_error(record: str):
    """RFC 7208, 4.6: anywhere in the record."""
    assert said(record, "192.0.2.1") == "permerror"


def test_limits():
    """RFC 7208, 4.6.4: ten lookups, two of them void; one record (4.5)."""
    includes = {f"i{n}.example": {"TXT": ["v=spf1 -all"]} for n in range(11)}
    ten, eleven = ("v=spf1 " + " ".join(f"include:i{n}.example" for n in range(count)) + " ~all" for count in (10, 11))
    for record, result in ((ten, "neutral"), (eleven, "permerror")):
        assert evaluate("acme.example", None, asking({**includes, "acme.example": {"TXT": [record]}})).result == result
    assert said("v=spf1 a:no1.example a:no2.example -all", "192.0.2.1") == "fail"
    assert said("v=spf1 a:no1.example a:no2.example a:no3.example -all", "192.0.2.1") == "permerror"
    two = asking({"acme.example": {"TXT": ["v=spf1 -all", "v=spf1 mx -all"]}})
    assert evaluate("acme.example", None, two).reason == "several records"


def test_a_loop_ends():
    """Two records that include each other reach the limit of lookups."""
    names = {"a.example": {"TXT": ["v=spf1 include:b.example -all"]}, "b.example": {"TXT": ["v=spf1 include:a.example -all"]}}
    assert evaluate("a.example", None, asking(names)).result == "permerror"


def test_no_answer_is_a_temporary_error():
    """RFC 7208, 4.4."""
    names = {"a.example": {"TXT": ["v=spf1 include:b.example -all"]}}
    assert evaluate("a.example", None, asking(names, silent=["b.example"])).result == "temperror"
    assert evaluate("b.example", None, asking(names, silent=["b.example"])).result == "temperror"


def test_unknown_modifiers_are_ignored():
    """RFC 7208, 6; `redirect` does not count beside `all` (6.1)."""
    assert [term.name for term in parse_spf("v=spf1 mx moo=x exp=e.example redirect=r.example -all")] == ["mx", "all"]
    with pytest.raises(BadSpf):
        parse_spf("v=spf1 exp=a exp=b")
