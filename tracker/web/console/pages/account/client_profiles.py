"""Set-up files of email clients: Thunderbird's autoconfig (config-v1.1) and Apple's profile. Neither holds a password."""

import plistlib
import uuid
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from tracker.actions.mail_relay.server_address import PLAIN, SSL, STARTTLS, ServerAddress, ServerPort, imap_address, relay_address
from tracker.base.settings import Settings
from tracker.domain.team.rep import Rep

_SOCKETS = {SSL: "SSL", STARTTLS: "STARTTLS", PLAIN: "plain"}


def autoconfig(settings: Settings) -> bytes:
    """The XML of <https://wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat>; clients fill in the address themselves."""
    relay, imap = relay_address(settings), imap_address(settings)
    root = ET.Element("clientConfig", version="1.1")
    provider = ET.SubElement(root, "emailProvider", id=relay.host)
    ET.SubElement(provider, "domain").text = "%EMAILDOMAIN%"
    ET.SubElement(provider, "displayName").text = "Leadlight"
    ET.SubElement(provider, "displayShortName").text = "Leadlight"
    if imap is not None:
        _server(provider, "incomingServer", "imap", imap)
    _server(provider, "outgoingServer", "smtp", relay)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _server(provider: ET.Element, tag: str, kind: str, address: ServerAddress) -> None:
    for port in address.ports:
        server = ET.SubElement(provider, tag, type=kind)
        ET.SubElement(server, "hostname").text = address.host
        ET.SubElement(server, "port").text = str(port.number)
        ET.SubElement(server, "socketType").text = _SOCKETS[port.encryption]
        ET.SubElement(server, "username").text = "%EMAILADDRESS%"
        ET.SubElement(server, "authentication").text = "password-cleartext"


def apple_profile(settings: Settings, rep: Rep, imap_host: str, imap: ServerAddress | None) -> bytes:
    """The rep's account as a property list, not signed. Its ids stay the same, so that a later profile replaces the earlier one.

    Apple Mail asks for both passwords when it installs the profile. `imap` has the ports of `imap_host`, where they are known.
    """
    name = urlsplit(settings.public_url).hostname or "leadlight"
    key = f"{name}.{rep.workspace}.{rep.id}"
    account = {
        "PayloadType": "com.apple.mail.managed",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"leadlight.{key}.mail",
        "PayloadUUID": _uuid(f"{key}.mail"),
        "PayloadDisplayName": "Email with Leadlight",
        "EmailAccountType": "EmailTypeIMAP",
        "EmailAccountName": _printable(rep.name),
        "EmailAccountDescription": _printable(f"{rep.email} (Leadlight)"),
        "EmailAddress": _printable(rep.email),
        "OutgoingPasswordSameAsIncomingPassword": False,
        **_apple_server("Incoming", rep, ServerAddress(imap_host, imap.ports if imap else (ServerPort(993, SSL),))),
        **_apple_server("Outgoing", rep, relay_address(settings)),
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"leadlight.{key}",
            "PayloadUUID": _uuid(key),
            "PayloadDisplayName": f"Leadlight ({name})",
            "PayloadDescription": "Sends email through Leadlight. Incoming email stays where it is.",
            "PayloadRemovalDisallowed": False,
            "PayloadContent": [account],
        }
    )


def _apple_server(way: str, rep: Rep, server: ServerAddress) -> dict[str, object]:
    """The fields of a server; with `UseSSL`, Apple Mail finds out itself whether it is STARTTLS."""
    prefix = f"{way}MailServer"
    return {
        f"{prefix}Authentication": "EmailAuthPassword",
        f"{prefix}HostName": server.host,
        f"{prefix}PortNumber": server.best.number,
        f"{prefix}UseSSL": server.best.encryption != PLAIN,
        f"{prefix}Username": _printable(rep.email),
    }


def _uuid(key: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"leadlight:{key}")).upper()


def _printable(text: str) -> str:
    """Without characters that XML cannot hold."""
    return "".join(character for character in text if character.isprintable())
