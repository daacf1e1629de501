"""Whether a recipient's mail exchanger belongs to a service that is known to open links before the recipient does.

The answer is a prior: it decides how long a click is held, never a verdict alone.
"""

from collections.abc import Iterable
from typing import NamedTuple


class MailExchanger(NamedTuple):
    """The service behind a mail exchanger."""

    vendor: str = ""
    scans: bool | None = None
    """Whether the service is known to open links; None: unknown service."""


UNKNOWN_EXCHANGER = MailExchanger()

_SCANNING = {
    "Microsoft": ("mail.protection.outlook.com", "mx.microsoft", "mail.eo.outlook.com", "mail.protection.partner.outlook.cn"),
    "Proofpoint": ("pphosted.com", "ppe-hosted.com", "gpphosted.com"),
    "Mimecast": ("mimecast.com", "mimecast.co.za", "mimecast-offshore.com"),
    "Barracuda": ("barracudanetworks.com", "barracuda.com"),
    "Cisco": ("iphmx.com",),
    "Broadcom Symantec": ("messagelabs.com",),
    "Trend Micro": (
        "tmes.trendmicro.com",
        "tmes.trendmicro.eu",
        "tmes-anz.trendmicro.com",
        "tmes-sg.trendmicro.com",
        "tmes-in.trendmicro.com",
        "tmes-jp.trendmicro.com",
        "tmes-uae.trendmicro.com",
        "hes.trendmicro.com",
        "hes.trendmicro.eu",
    ),
    "Sophos": ("sophos.com", "reflexion.net"),
    "Forcepoint": ("mailcontrol.com",),
    "Fortinet": ("fortimailcloud.com", "fortimail.com"),
    "Hornetsecurity": ("hornetsecurity.com", "antispameurope.com", "antispamcloud.de"),
    "Vade": ("vadesecure.com",),
    "Trellix": ("fireeyecloud.com", "trellix.com"),
    "Zix": ("zixmail.net", "arsmtp.com", "appriver.com"),
    "Check Point": ("avanan.net", "avanan.com"),
    "Cloudflare": ("mxrecord.io", "mxrecord.mx"),
    "N-able SpamExperts": ("antispamcloud.com", "spamexperts.com"),
    "TitanHQ": ("spamtitan.com",),
    "Libraesva": ("esvacloud.com",),
    "VIPRE": ("electric.net", "vipre.com"),
}
_NOT_SCANNING = {
    "Google": ("google.com", "googlemail.com", "smtp.goog"),
    "Yahoo": ("yahoodns.net",),
    "Apple": ("icloud.com",),
    "Microsoft consumer": ("olc.protection.outlook.com", "hotmail.com"),
    "Zoho": ("zoho.com", "zoho.eu", "zoho.in", "zohomail.com"),
    "Proton": ("protonmail.ch",),
    "Fastmail": ("messagingengine.com",),
    "GMX": ("gmx.net", "web.de", "mail.com"),
    "IONOS": ("kundenserver.de", "ionos.com", "1and1.com"),
    "OVHcloud": ("ovh.net",),
    "Yandex": ("yandex.net", "yandex.ru"),
}
"""Mailbox providers that are not known to open links on delivery."""

_SUFFIXES = {
    suffix: MailExchanger(vendor, scans)
    for table, scans in ((_SCANNING, True), (_NOT_SCANNING, False))
    for vendor, suffixes in table.items()
    for suffix in suffixes
}


def exchanger_of(host: str) -> MailExchanger:
    """The service behind one mail exchanger; the longest known ending of the name decides."""
    labels = host.strip().rstrip(".").lower().split(".")
    for start in range(len(labels)):
        found = _SUFFIXES.get(".".join(labels[start:]))
        if found is not None:
            return found
    return UNKNOWN_EXCHANGER


def exchanger_of_domain(hosts: Iterable[str] | None) -> MailExchanger:
    """The service of a domain with these mail exchangers, best first. A scanning one decides, else the first known one.

    `None` (the look-up failed) and an empty list are unknown.
    """
    known = [found for found in map(exchanger_of, hosts or ()) if found.scans is not None]
    return next((found for found in known if found.scans), known[0] if known else UNKNOWN_EXCHANGER)
