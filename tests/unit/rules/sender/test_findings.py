"""The findings of the sender check, and the records to set."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.unit.rules.sender.zones import Names, asking
from tracker.domain.mail.sender_check import FindingLevel, FindingTopic, SenderFinding, ServerTls
from tracker.rules.sender.check import SenderFacts, check_sender
from tracker.rules.sender.dkim import key_problem
from tracker.rules.sender.dmarc import read_dmarc
from tracker.rules.sender.own_mail import one_click_problem
from tracker.rules.sender.spf_advice import with_term
from tracker.rules.sender.subject import USUAL_SELECTORS

OK, INFO, WARN, FAIL = FindingLevel.OK, FindingLevel.INFO, FindingLevel.WARN, FindingLevel.FAIL
GOOGLE = ServerTls(host="smtp.gmail.com", port=587, address="142.250.1.109", version="TLSv1.3")
OWN = ServerTls(host="mail.acme.example", port=587, address="185.1.2.3", version="TLSv1.3")


def key_of(bits: int) -> str:
    """A public RSA key as it stands in a record."""
    key = rsa.generate_private_key(65537, bits).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


KEY = key_of(2048)
SAMPLE = b"From: a@b.example\r\nList-Unsubscribe: <https://t.example/u/x>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nx"
GOOD: Names = {
    "acme.example": {"TXT": ["v=spf1 ip4:185.1.2.3 -all"], "MX": ["10 mail.acme.example"]},
    "mail.acme.example": {"A": ["185.1.2.3"]},
    "s1._domainkey.acme.example": {"TXT": [f"v=DKIM1; k=rsa; p={KEY}"]},
    "_dmarc.acme.example": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@acme.example"]},
    "3.2.1.185.in-addr.arpa": {"PTR": ["mail.acme.example"]},
}


def findings(names: Names, *, domain: str = "acme.example", server: ServerTls | None = OWN, **more: object) -> dict[str, SenderFinding]:
    """The findings by topic."""
    values = {"selectors": (), "edge_host": "track.acme.example", "sample": SAMPLE, **more}
    facts = SenderFacts(domains=(domain,), server=server, **values)  # type: ignore[arg-type] - the values are of the fields' types
    return {finding.topic.value: finding for finding in check_sender(facts, asking(names))}


def test_a_sender_that_is_set_up_has_no_problem():
    """Every topic is fine, so that an admin is not sent after nothing."""
    found = findings(GOOD)
    assert {topic: finding.level for topic, finding in found.items()} == dict.fromkeys(
        ("server", "ptr", "one_click", "spf", "dkim", "dmarc", "alignment", "mx", "tracking"), OK
    )
    assert all(finding.record is None for finding in found.values())


def test_a_domain_without_records_gets_them_to_paste():
    """Each record has a host, a type and a value."""
    found = findings({"acme.example": {}})
    rows = {topic: (f.level, f.record and (f.record.host, f.record.type, f.record.value)) for topic, f in found.items() if f.domain}
    assert rows["spf"] == (FAIL, ("acme.example", "TXT", "v=spf1 mx ip4:185.1.2.3 ~all"))
    assert rows["dkim"] == (WARN, ("<selector>._domainkey.acme.example", "TXT", "v=DKIM1; k=rsa; p=<public key>"))
    assert rows["dmarc"] == (FAIL, ("_dmarc.acme.example", "TXT", "v=DMARC1; p=none; rua=mailto:postmaster@acme.example"))
    assert rows["alignment"] == (FAIL, None)
    assert rows["mx"] == (FAIL, ("acme.example", "MX", "10 <your incoming mail server>"))
    ptr = found["ptr"]
    assert ptr.level is WARN
    assert ptr.record is not None
    assert (ptr.record.host, ptr.record.value) == ("3.2.1.185.in-addr.arpa", "mail.acme.example.")


def test_a_providers_server_is_allowed_by_its_include():
    """The submission server's own address does not matter; a missing include is put before `all`."""
    allowed = {
        "acme.example": {"TXT": ["v=spf1 include:_spf.google.com ~all"]},
        "_spf.google.com": {"TXT": ["v=spf1 ip4:35.190.247.0/24 ~all"]},
    }
    assert findings(allowed, server=GOOGLE)["spf"].level is OK
    found = findings({"acme.example": {"TXT": ["v=spf1 mx -all"]}}, server=GOOGLE)
    assert found["spf"].level is FAIL
    assert found["spf"].record is not None
    assert found["spf"].record.value == "v=spf1 mx include:_spf.google.com -all"
    assert found["ptr"].level is INFO
    assert found["ptr"].record is None


@pytest.mark.parametrize(
    ("record", "extended"),
    [
        ("v=spf1 a mx ~all", "v=spf1 a mx ip4:1.2.3.4 ~all"),
        ("v=spf1 mx redirect=x.example", "v=spf1 mx ip4:1.2.3.4 redirect=x.example"),
        ("v=spf1 mx", "v=spf1 mx ip4:1.2.3.4"),
        ("v=spf1 a:all.example ALL", "v=spf1 a:all.example ip4:1.2.3.4 ALL"),
    ],
)
def test_a_term_is_added_where_it_counts(record: str, extended: str):
    """Terms after `all` are never read."""
    assert with_term(record, "ip4:1.2.3.4") == extended


@pytest.mark.parametrize(
    ("records", "level", "text"),
    [
        (["v=spf1 +all"], FAIL, "allows every server"),
        (["v=spf1 -all", "v=spf1 mx -all"], FAIL, "several SPF records"),
        (["v=spf1 ip4:x -all"], FAIL, "invalid SPF record (syntax: ip4:x)"),
        (["v=spf1 ip4:9.9.9.9 -all"], WARN, "does not allow mail.acme.example"),
    ],
)
def test_spf(records: list[str], level: FindingLevel, text: str):
    """What an own server needs."""
    found = findings({"acme.example": {"TXT": records}})["spf"]
    assert (found.level, text in found.text) == (level, True)


def test_a_server_without_a_public_address_is_not_judged():
    """A relay inside the company sends from another address."""
    inside = ServerTls(host="relay.acme.example", port=25, address="10.0.0.5", version="TLSv1.2")
    found = findings({"acme.example": {"TXT": ["v=spf1 ip4:9.9.9.9 -all"]}}, server=inside)
    assert found["spf"].level is INFO
    assert "ptr" not in found


@pytest.mark.parametrize(
    ("record", "level", "text"),
    [
        (f"v=DKIM1; k=rsa; p={KEY}", OK, ""),
        (f"k=rsa; p={KEY[:40]} {KEY[40:]}", OK, ""),
        (f"v=DKIM1; t=y:s; p={KEY}", WARN, "test mode"),
        ("v=DKIM1; p=", FAIL, "revoked"),
        (f"v=DKIM1; p={key_of(1024)}", WARN, "1024 bits"),
        (f"v=DKIM1; p={KEY[:-20]}", FAIL, "damaged"),
        ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", OK, ""),
        ("v=DKIM1; k=ed25519; p=AAAA", FAIL, "damaged"),
        ("v=DKIM1; k=dsa; p=AAAA", FAIL, "kind"),
        ("v=spf1 -all", FAIL, "no key"),
        ("v=DKIM2; p=AAAA", FAIL, "no key"),
    ],
)
def test_dkim_keys(record: str, level: FindingLevel, text: str):
    """RFC 6376, 3.6.1; RFC 8301: 1024 bits at least; RFC 8463: the key of its example."""
    found, problem = key_problem(record)
    assert (found, text in problem) == (level, True)


def test_the_workspaces_selectors_are_tried_too():
    """One good key is enough; a wildcard record that is no key does not count."""
    names = {**GOOD, "s1._domainkey.acme.example": {"TXT": ["hello"]}, "crm7._domainkey.acme.example": {"TXT": [f"p={KEY}"]}}
    assert findings(names)["dkim"].level is WARN
    assert findings(names, selectors=("crm7",))["dkim"].level is OK
    both = {**names, "s2._domainkey.acme.example": {"TXT": ["v=DKIM1; p="]}}
    assert findings(both, selectors=("crm7",))["dkim"].level is OK
    assert "revoked" in findings(both)["dkim"].text


@pytest.mark.parametrize(
    ("names", "domain", "status", "policy"),
    [
        ({"_dmarc.acme.example": {"TXT": ["v=DMARC1; p=reject; sp=none"]}}, "acme.example", "found", "reject"),
        ({"_dmarc.acme.example": {"TXT": ["v=DMARC1; p=reject; sp=none"]}}, "mail.acme.example", "found", "none"),
        ({"_dmarc.acme.example": {"TXT": ["v=DMARC1;p=quarantine"]}}, "a.b.acme.example", "found", "quarantine"),
        ({"_dmarc.acme.example": {"TXT": ["v=DMARC1; p=oops; rua=mailto:a@b.example"]}}, "acme.example", "found", "none"),
        ({"_dmarc.acme.example": {"TXT": ["v=DMARC1; p=oops"]}}, "acme.example", "invalid", "none"),
        ({"_dmarc.acme.example": {"TXT": ["v=DMARC1"]}}, "acme.example", "invalid", "none"),
        ({"_dmarc.acme.example": {"TXT": ["v=DMARC1; p=none", "v=DMARC1; p=none"]}}, "acme.example", "several", ""),
        ({"_dmarc.acme.example": {"TXT": ["something else"]}}, "acme.example", "missing", ""),
        ({"_dmarc.acme.co.uk": {"TXT": ["v=DMARC1; p=reject"]}}, "news.acme.co.uk", "found", "reject"),
    ],
)
def test_dmarc_policies(names: Names, domain: str, status: str, policy: str):
    """RFC 7489, 6.6.3, with the organisational domain by the public suffix list."""
    found = read_dmarc(domain, asking(names))
    assert (found.status, found.policy) == (status, policy)


def test_exchangers():
    """A null MX, and one whose host has no address."""
    assert "accepts no mail" in findings({"acme.example": {"MX": ["0 "]}})["mx"].text
    assert findings({"acme.example": {"MX": ["10 gone.acme.example"]}})["mx"].level is WARN
    assert findings({"acme.example": {"MX": ["10 192.0.2.1"]}})["mx"].level is WARN
    assert "does not exist" in findings({})["mx"].text


@pytest.mark.parametrize(
    ("host", "level"),
    [("acme.example", OK), ("a.b.acme.example", OK), ("acme-example.com", WARN), ("localhost", FAIL), ("203.0.113.9", FAIL), ("", FAIL)],
)
def test_the_tracking_host(host: str, level: FindingLevel):
    """Under the sender's organisational domain."""
    found = findings(GOOD, edge_host=host)["tracking"]
    assert found.level is level
    if level is WARN:
        assert found.record is not None
        assert (found.record.host, found.record.type, found.record.value) == ("track.acme.example", "CNAME", "acme-example.com.")


def test_one_tracking_host_serves_several_domains():
    """It cannot be under each of them, so it is only a note."""
    facts = SenderFacts(domains=("acme.example", "acme.test"), server=None, selectors=(), edge_host="t.acme.example", sample=SAMPLE)
    found = [f for f in check_sender(facts, asking({})) if f.topic is FindingTopic.TRACKING]
    assert [(f.domain, f.level) for f in found] == [("acme.example", OK), ("acme.test", INFO)]


def test_a_public_providers_domain_gets_one_finding():
    """Its records belong to the provider."""
    found = findings(GOOD, domain="gmail.com")
    assert [topic for topic, finding in found.items() if finding.domain] == ["alignment"]


def test_the_mail_server():
    """No encryption and failures are told; a server on this machine needs none."""
    for server, level in (
        (None, WARN),
        (ServerTls(host="m.example", port=25, address="185.1.2.3"), FAIL),
        (ServerTls(host="m.example", port=25, problem="the mail server m.example:25 cannot be reached (no answer in time)"), FAIL),
        (ServerTls(host="localhost", port=25, address="127.0.0.1", is_local=True), OK),
    ):
        assert findings(GOOD, server=server)["server"].level is level


def test_a_ptr_record_has_to_lead_back():
    """Else receivers take it for forged."""
    names = {**GOOD, "3.2.1.185.in-addr.arpa": {"PTR": ["host-3.provider.example"]}, "host-3.provider.example": {"A": ["185.1.2.4"]}}
    assert findings(names)["ptr"].level is WARN


def test_without_answers_nothing_is_blamed():
    """A name server that is away is no fault of the domain."""
    silent = [f"{name}._domainkey.acme.example" for name in USUAL_SELECTORS]
    silent += ["acme.example", "_dmarc.acme.example", "3.2.1.185.in-addr.arpa"]
    facts = SenderFacts(domains=("acme.example",), server=OWN, selectors=(), edge_host="t.acme.example", sample=SAMPLE)
    found = {f.topic.value: f.level for f in check_sender(facts, asking(GOOD, silent=silent))}
    topics = ("spf", "dkim", "dmarc", "alignment", "mx", "ptr")
    assert {topic: found[topic] for topic in topics} == dict.fromkeys(topics, INFO)


def test_without_dns_only_own_facts_are_checked():
    """DNS_SERVERS is off."""
    facts = SenderFacts(domains=("acme.example",), server=OWN, selectors=(), edge_host="t.acme.example", sample=SAMPLE)
    assert [f.topic.value for f in check_sender(facts, None)] == ["lookup", "server", "one_click"]


POST = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        (b"List-Unsubscribe: <https://t.example/u/x>\r\n" + POST, ""),
        (b"List-Unsubscribe: <mailto:u@t.example>,\r\n <https://t.example/u/x>\r\n" + POST, ""),
        (b"List-Unsubscribe:\r\n <https://t.example/u/x>\r\n" + POST, ""),
        (b"List-Unsubscribe: =?utf-8?q?=3Chttps=3A//t.example/u/x=3E?=\r\n" + POST, "encoded"),
        (b"List-Unsubscribe: <http://t.example/u/x>\r\n" + POST, "no https"),
        (b"List-Unsubscribe: <https://t.example/u/\r\n x>\r\n" + POST, "no https"),
        (POST, "List-Unsubscribe is missing"),
        (b"List-Unsubscribe: <https://t.example/u/x>\r\n", "List-Unsubscribe-Post is missing"),
        (b"List-Unsubscribe: <https://t.example/u/x>\r\nList-Unsubscribe-Post: yes\r\n", "another value"),
        (POST + POST + b"List-Unsubscribe: <https://t.example/u/x>\r\n", "2 times"),
    ],
)
def test_one_click(head: bytes, problem: str):
    """RFC 8058, 3.1, on the bytes."""
    found = one_click_problem(b"From: a@b.example\r\n" + head + b"\r\nList-Unsubscribe: <https://body.example/>\r\n")
    assert (problem in found) if problem else found == ""
