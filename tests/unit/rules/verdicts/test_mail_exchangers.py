"""Mail exchangers: which services are known to open links."""

import pytest

from tracker.rules.verdicts.mail_exchangers import UNKNOWN_EXCHANGER, exchanger_of, exchanger_of_domain


@pytest.mark.parametrize(
    ("host", "vendor", "scans"),
    [
        ("acme-com.mail.protection.outlook.com", "Microsoft", True),
        ("ACME-com.mail.protection.outlook.com.", "Microsoft", True),
        ("acme-com.o-v1.mx.microsoft", "Microsoft", True),
        ("outlook-com.olc.protection.outlook.com", "Microsoft consumer", False),
        ("mxa-00012301.gslb.pphosted.com", "Proofpoint", True),
        ("mx1-us1.ppe-hosted.com", "Proofpoint", True),
        ("eu-smtp-inbound-1.mimecast.com", "Mimecast", True),
        ("d12345a.ess.barracudanetworks.com", "Barracuda", True),
        ("mx1.hc123-45.iphmx.com", "Cisco", True),
        ("cluster5.eu.messagelabs.com", "Broadcom Symantec", True),
        ("acme.in.tmes.trendmicro.com", "Trend Micro", True),
        ("mx-01-eu-west-1.prod.hydra.sophos.com", "Sophos", True),
        ("cust123-s.in.mailcontrol.com", "Forcepoint", True),
        ("gw123.fortimailcloud.com", "Fortinet", True),
        ("mx01.hornetsecurity.com", "Hornetsecurity", True),
        ("aspmx.l.google.com", "Google", False),
        ("mx.acme.example", "", None),
        ("notmimecast.com", "", None),
        ("", "", None),
    ],
)
def test_a_host_belongs_to_a_service(host: str, vendor: str, *, scans: bool | None):
    """By whole labels, from the longest known ending."""
    assert (vendor, scans) == tuple(exchanger_of(host))


def test_one_scanning_exchanger_is_enough():
    """Mail may pass through it, whichever is preferred."""
    assert exchanger_of_domain(["aspmx.l.google.com", "us-smtp-inbound-1.mimecast.com"]).vendor == "Mimecast"
    assert exchanger_of_domain(["mx.acme.example", "aspmx.l.google.com"]).vendor == "Google"


@pytest.mark.parametrize("hosts", [None, [], ["mx.acme.example"]])
def test_what_is_not_known_does_not_scan(hosts: list[str] | None):
    """Unknown, not *no*: it is never a reason against a person."""
    assert exchanger_of_domain(hosts) == UNKNOWN_EXCHANGER
